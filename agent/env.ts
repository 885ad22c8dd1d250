import { oneOf, readEnv, text, type Values, wholeNumber } from "../lib/env.ts";

const second = 1000;

/** The agent's variables. */
export const agentVariables = {
  STYRMIN_SERVER_URL: { about: "the server's address", read: readUrl },
  STYRMIN_AGENT_TOKEN_FILE: { about: "the file with the agent's token", read: text },
  STYRMIN_KUBECONFIG: {
    about: "a kubeconfig file; without it the pod's service account is used",
    read: text,
    fallback: "",
  },
  STYRMIN_KUBECONFIG_CONTEXT: {
    about: "the kubeconfig's context; its current one by default",
    read: text,
    fallback: "",
  },
  STYRMIN_NAMESPACE: { about: "the agent's own namespace", read: text, fallback: "styrmin-system" },
  STYRMIN_AGENT_HOME: {
    about: "where the agent keeps its id and drivers' files",
    read: text,
    fallback: ".styrmin/agent",
  },
  STYRMIN_HEALTH_HOST: { about: "the address of /healthz", read: text, fallback: "127.0.0.1" },
  STYRMIN_HEALTH_PORT: { about: "the port of /healthz; 0 is any", read: wholeNumber(0, 65_535), fallback: 0 },
  STYRMIN_STATUS_MS: {
    about: "how often the whole observed state is posted, milliseconds",
    read: wholeNumber(10, 600 * second),
    fallback: 5 * second,
  },
  STYRMIN_LEASE_DURATION_MS: {
    about: "how long the cluster Lease that guards operator and publisher lasts unrenewed, milliseconds",
    read: wholeNumber(500, 600 * second),
    fallback: 15 * second,
  },
  STYRMIN_CONCURRENCY: { about: "tasks that run side by side", read: wholeNumber(1, 200), fallback: 8 },
  STYRMIN_ACTION_SOCKET: {
    about: "the socket of the sidecar that runs drivers' actions; without it the agent runs them by a child",
    read: text,
    fallback: "",
  },
  STYRMIN_ACTION_TIMEOUT_MS: {
    about: "how long one action of a driver may take, milliseconds",
    read: wholeNumber(second, 24 * 60 * 60 * second),
    fallback: 10 * 60 * second,
  },
  STYRMIN_LOG: { about: "json lines, or none", read: oneOf("json", "none"), fallback: "json" as const },
};

export type AgentEnv = Values<typeof agentVariables>;

/** Reads the agent's variables. Throws INVALID naming every one that is missing or wrong. */
export function readAgentEnv(source: Record<string, string | undefined>): AgentEnv {
  return readEnv(agentVariables, source);
}

function readUrl(value: string): string {
  if (!/^https?:\/\//.test(value) || !URL.canParse(value))
    throw new Error(`must be an http(s) address, not "${value}"`);
  return value.replace(/\/+$/, "");
}
