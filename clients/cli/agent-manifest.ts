import { createHash } from "node:crypto";
import { parseAllDocuments, stringify } from "yaml";
import deployment from "../../k8s/agent/deployment.yaml" with { type: "text" };
import disruption from "../../k8s/agent/disruption.yaml" with { type: "text" };
import network from "../../k8s/agent/network.yaml" with { type: "text" };
import service from "../../k8s/agent/service.yaml" with { type: "text" };
import definition from "../../k8s/crd.yaml" with { type: "text" };
import namespace from "../../k8s/namespace.yaml" with { type: "text" };
import rights from "../../k8s/rbac/agent.yaml" with { type: "text" };

export interface AgentManifest {
  token: string;
  /** Where the agent reaches the server. */
  serverUrl: string;
  /** By default the one that `k8s/` names. */
  image?: string | undefined;
}

/**
 * Everything that an agent needs in its cluster, with its token, for `kubectl apply -f -`. The pods carry a mark of
 * the token (not the token): a new one rolls the Deployment out.
 */
export function agentManifest({ token, serverUrl, image }: AgentManifest): string {
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "styrmin-agent", namespace: "styrmin-system" },
    stringData: { token },
  };
  const [agent] = documentsOf(deployment);
  const { template } = agent.spec;
  template.metadata.annotations = { "styrmin.io/token": markOf(token) };
  // Agent and sidecar are one program.
  if (image !== undefined) for (const container of template.spec.containers) container.image = image;
  const [container] = template.spec.containers;
  container.env.find(({ name }: { name: string }) => name === "STYRMIN_SERVER_URL").value = serverUrl;
  const before = [namespace, definition, rights].flatMap(documentsOf);
  const after = [service, disruption, network].flatMap(documentsOf);
  return [...before, secret, agent, ...after]
    .map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false }))
    .join("---\n");
}

function documentsOf(text: string): any[] {
  return parseAllDocuments(text).map((document) => document.toJS());
}

/** Of the hash of the hash, for the hash itself is what the server knows the token by. The chart does the same. */
function markOf(token: string): string {
  const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
  return sha256(sha256(token)).slice(0, 8);
}
