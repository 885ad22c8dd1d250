import { expect, test } from "bun:test";
import { join } from "node:path";
import { parse } from "yaml";
import { buildContext, parseDriver } from "../../../drivers/kit/index.ts";
import { parameterSecretName } from "../../../kube/intent.ts";
import type { StyrminDeploymentSpec } from "../../../kube/styrmin-deployment.ts";
import { newId } from "../../../lib/names.ts";
import { namespaceOf, resourceNameOf, secretNameOf } from "../../../server/deploy/resolve.ts";
import { servicesOf } from "../../../server/deploy/services.ts";
import { adjustSpec, composeSpec, type ResourceSpec } from "../../../server/deploy/spec.ts";
import { helloDriver } from "../world.ts";

const spec = parseDriver(helloDriver()["driver.styrmin.yml"]!).spec!;
const [deploymentId, instanceId] = [newId(), newId()];
const contextWith = (config: object) =>
  buildContext({
    spec,
    applicationVersion: "1.0.0",
    cluster: { id: newId(), name: "local", config },
    environment: { id: newId(), name: "demo", config: {} },
    deployment: { id: deploymentId, name: "hello", config: {} },
    instance: {
      id: instanceId,
      namespace: namespaceOf("demo"),
      releaseName: resourceNameOf("hello", deploymentId),
    },
    parameters: { greeting: "hi" },
    secrets: { secretName: secretNameOf(instanceId), parameters: ["password"] },
  });
const composed = composeSpec({
  context: contextWith({ fqdn_suffix: "localhost" }),
  driver: { name: "hello", version: "1", digest: "sha256:1" },
  secretName: secretNameOf(instanceId),
  generation: 4,
  wanted: { phase: "RUNNING", replicas: { server: 2, gone: 1 }, volumes: "KEEP", policies: {} },
});

test("the composed spec is what the resource's types and its schema in the cluster say", async () => {
  // A compile-time check: what the server composes is a spec as the cluster's side reads it.
  const asTyped: Omit<StyrminDeploymentSpec, "hold"> = composed satisfies ResourceSpec;
  const crd = parse(await Bun.file(join(import.meta.dir, "../../../k8s/crd.yaml")).text());
  const schema = crd.spec.versions[0].schema.openAPIV3Schema.properties.spec;
  const problems: string[] = [];
  check(asTyped, schema, "spec", problems);
  expect(problems).toEqual([]);
});

test("names of generated things agree with those of the cluster's side", () => {
  expect(secretNameOf(instanceId)).toBe(parameterSecretName(instanceId));
});

test("replicas of components that are not there are left out, and phases and policies follow what is wanted", () => {
  expect(composed.replicas).toEqual({ server: 2 });
  expect(composed.phase).toBe("Running");
  const gone = adjustSpec(composed, 5, { phase: "DELETING", replicas: {}, volumes: "DELETE", policies: {} });
  expect(gone).toMatchObject({
    phase: "Deleting",
    intentGeneration: 5,
    policies: { volumes: "Delete" },
    replicas: {},
  });
  expect(composed.intentGeneration).toBe(4);
});

test("secrets are references in the spec", () => {
  expect(composed.context.parameters).toMatchObject({
    password: { secretRef: { name: secretNameOf(instanceId), key: "password" } },
  });
});

test("addresses go through the front door on its port", () => {
  const url = (config: object) => servicesOf(contextWith(config))[0]!.url;
  expect(url({ fqdn_suffix: "localhost" })).toMatch(/^http:\/\/web-[0-9a-f]{8}\.localhost$/);
  expect(url({ fqdn_suffix: "localhost", ingress_port: 8081 })).toEndWith(".localhost:8081");
  expect(url({ fqdn_suffix: "localhost", ingress_port: 80 })).toEndWith(".localhost");
  expect(url({})).toBeNull();
});

test("an internal service has no address", () => {
  const context = contextWith({ fqdn_suffix: "localhost" });
  const web = { ...context.services.web!, scope: "internal" };
  expect(servicesOf({ ...context, services: { web } })).toMatchObject([
    { name: "web", scope: "internal", url: null, humanReadableUrl: null },
  ]);
});

test("addresses follow the front door when its port has moved since the instance was made", () => {
  const context = contextWith({ fqdn_suffix: "localhost", ingress_port: 8081 });
  expect(servicesOf(context, 8099)[0]!.url).toEndWith(".localhost:8099");
});

/** Enough of structural schemas for this one: types, required and unknown fields, enums, lengths. */
function check(value: unknown, schema: any, path: string, problems: string[]): void {
  const type = Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value;
  if (schema.type && schema.type !== type) problems.push(`${path} is ${type}, not ${schema.type}`);
  if (schema.enum && !schema.enum.includes(value)) problems.push(`${path} is ${value}`);
  if (schema.maxLength && (value as string).length > schema.maxLength) problems.push(`${path} is too long`);
  if (type !== "object" || schema["x-kubernetes-preserve-unknown-fields"]) return;
  for (const name of schema.required ?? [])
    if (!(name in (value as object))) problems.push(`${path}.${name} is missing`);
  for (const [name, inner] of Object.entries(value as object)) {
    const own = schema.properties?.[name] ?? schema.additionalProperties;
    if (own) check(inner, own, `${path}.${name}`, problems);
    else problems.push(`${path}.${name} is unknown`);
  }
}
