import { expect, test } from "bun:test";
import { parseAllDocuments } from "yaml";
import { agentManifest } from "../../clients/cli/agent-manifest.ts";
import type { KubeObject } from "../../kube/types.ts";

const token = "styrmin_agent_secret";
const objectsOf = (text: string) => parseAllDocuments(text).map((one) => one.toJS() as KubeObject);

test("the manifest holds all that an agent needs, in an order that a cluster can take", () => {
  const kinds = objectsOf(agentManifest({ token, serverUrl: "https://a.example" })).map(({ kind }) => kind);
  expect(kinds.slice(0, 3)).toEqual(["Namespace", "CustomResourceDefinition", "ServiceAccount"]);
  for (const kind of ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "Secret", "NetworkPolicy"])
    expect(kinds).toContain(kind);
  expect(kinds.indexOf("Secret")).toBeLessThan(kinds.indexOf("Deployment"));
});

test("the token is in its Secret and nowhere else", () => {
  const objects = objectsOf(agentManifest({ token, serverUrl: "https://a.example" }));
  const holders = objects.filter((object) => JSON.stringify(object).includes(token));
  expect(holders.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual(["Secret styrmin-agent"]);
});

test("the address and the image are as asked, and another token rolls the pods out", () => {
  const deploymentOf = (text: string) => objectsOf(text).find(({ kind }) => kind === "Deployment")!;
  const made = deploymentOf(agentManifest({ token, serverUrl: "https://a.example", image: "mine/agent:2" }));
  const [container] = made.spec.template.spec.containers;
  for (const { image } of made.spec.template.spec.containers) expect(image).toBe("mine/agent:2");
  expect(container.env).toContainEqual({ name: "STYRMIN_SERVER_URL", value: "https://a.example" });
  const other = deploymentOf(agentManifest({ token: "other", serverUrl: "https://a.example" }));
  const annotations = [made, other].map(({ spec }) => spec.template.metadata.annotations["styrmin.io/token"]);
  expect(annotations[0]).toMatch(/^[0-9a-f]{8}$/);
  expect(annotations[1]).not.toBe(annotations[0]);
});
