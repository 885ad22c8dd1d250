import { flag, readEnv, text, type Values, wholeNumber } from "../lib/env.ts";
import { defaultLoadLimits } from "./drivers/limits.ts";
import { defaultSettings, type Settings } from "./settings.ts";

const [second, hour] = [1000, 60 * 60 * 1000];
const milliseconds = (fallback: number, about: string) => ({
  about: `${about}, milliseconds`,
  read: wholeNumber(10, 24 * hour),
  fallback,
});

/** The server's variables. */
export const serverVariables = {
  DATABASE_URL: { about: "the Postgres that holds all state", read: text },
  HOST: { about: "the address to listen on", read: text, fallback: "127.0.0.1" },
  PORT: { about: "the port to listen on; 0 is any", read: wholeNumber(0, 65_535), fallback: 8000 },
  STYRMIN_AGENT_HOST: {
    about: "the address of the listener for agents, which serves nobody else; used with STYRMIN_AGENT_PORT",
    read: text,
    fallback: "0.0.0.0",
  },
  STYRMIN_AGENT_PORT: {
    about: "the port of a listener for agents alone; without it agents use that of people",
    read: wholeNumber(0, 65_535),
    fallback: undefined as number | undefined,
  },
  STYRMIN_AGENT_URL: {
    about: "the address under which agents reach this server, told to whoever installs one",
    read: text,
    fallback: "",
  },
  STYRMIN_HOME: {
    about: "the folder that keeps what is not in the database",
    read: text,
    fallback: ".styrmin",
  },
  STYRMIN_SEALING_KEY_FILE: {
    about:
      "the file with the key that seals secrets; made when missing. $STYRMIN_HOME/server/sealing.key by default",
    read: text,
    fallback: "",
  },
  STYRMIN_ALLOWED_HOSTS: {
    about: "more host names that requests may be sent to",
    read: list,
    fallback: [] as string[],
  },
  STYRMIN_INTROSPECTION: { about: "whether the schema may be asked for", read: flag, fallback: true },
  STYRMIN_KUBECONFIG: { about: "how to reach the clusters with intent direct", read: text, fallback: "" },
  STYRMIN_KUBECONFIG_CONTEXT: { about: "its context; the current one by default", read: text, fallback: "" },
  STYRMIN_NAMESPACE: {
    about: "the agents' namespace in those clusters",
    read: text,
    fallback: "styrmin-system",
  },
  STYRMIN_DRIVER_ROOTS: {
    about: "directories that drivers may be loaded from, with : between",
    read: paths,
    fallback: [] as string[],
  },
  STYRMIN_BUNDLED_DRIVERS: {
    about: "directories of drivers that are loaded at the start, with : between",
    read: paths,
    fallback: [] as string[],
  },
  STYRMIN_ALLOW_LOOPBACK_GIT: {
    about: "whether drivers may come from git on this machine",
    read: flag,
    fallback: false,
  },
  STYRMIN_ALLOW_PRIVATE_GIT: {
    about: "whether drivers may come from git on private addresses",
    read: flag,
    fallback: false,
  },
  STYRMIN_COMMITS_PER_LOAD: {
    about: "how many new commits of a followed branch are taken at once, the newest",
    read: wholeNumber(1, 1_000),
    fallback: defaultLoadLimits.commits,
  },
  STYRMIN_DATABASE_WAIT_MS: {
    about: "how long to wait at the start for a database that does not answer, milliseconds",
    read: wholeNumber(0, hour),
    fallback: 0,
  },
  STYRMIN_LEASE_MS: milliseconds(defaultSettings.leaseMs, "how long a lease on a task lasts unrenewed"),
  STYRMIN_RENEW_MS: milliseconds(defaultSettings.renewMs, "how often an agent renews one"),
  STYRMIN_SILENCE_MS: milliseconds(
    defaultSettings.silenceMs,
    "after which silence an agent's deployments are UNKNOWN",
  ),
  STYRMIN_TAKEOVER_MS: milliseconds(
    defaultSettings.takeoverMs,
    "after which silence another agent may take over",
  ),
  STYRMIN_MISSING_MS: milliseconds(
    defaultSettings.missingMs,
    "after which a resource that is not there is written again",
  ),
  STYRMIN_STATEMENT_TIMEOUT_MS: milliseconds(15 * second, "how long a statement may take"),
};

export type ServerEnv = Values<typeof serverVariables>;

/** Reads the server's variables. Throws INVALID naming every one that is missing or wrong. */
export function readServerEnv(source: Record<string, string | undefined>): ServerEnv {
  return readEnv(serverVariables, source);
}

/** The intervals among the variables. */
export function settingsOf(env: ServerEnv): Partial<Settings> {
  return {
    leaseMs: env.STYRMIN_LEASE_MS,
    renewMs: env.STYRMIN_RENEW_MS,
    silenceMs: env.STYRMIN_SILENCE_MS,
    takeoverMs: env.STYRMIN_TAKEOVER_MS,
    missingMs: env.STYRMIN_MISSING_MS,
  };
}

function list(value: string): string[] {
  return value
    .split(",")
    .map((item) => item.trim())
    .filter(Boolean);
}

function paths(value: string): string[] {
  return value.split(":").filter(Boolean);
}
