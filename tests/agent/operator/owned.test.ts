import { describe, expect, test } from "bun:test";
import { hasField } from "../../../agent/operator/field-path.ts";
import { isApplied } from "../../../agent/operator/owned.ts";
import type { KubeObject } from "../../../kube/types.ts";

const wanted: KubeObject = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "n", labels: { a: "b" } },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "web" } },
    template: {
      spec: {
        containers: [
          {
            name: "main",
            image: "i:1",
            args: ["x"],
            ports: [{ containerPort: 80 }],
            resources: { limits: { cpu: "1000m" } },
          },
        ],
      },
    },
  },
};

/** As an API server has it: defaults filled in, quantities rewritten, and what is ours told in fieldsV1. */
const liveOf = (change: (live: KubeObject, fields: any) => void = () => {}): KubeObject => {
  const live = structuredClone(wanted);
  live.spec.strategy = { type: "RollingUpdate" };
  const [container] = live.spec.template.spec.containers;
  container.ports[0].protocol = "TCP";
  container.resources.limits.cpu = "1";
  container.imagePullPolicy = "IfNotPresent";
  const fields = {
    "f:metadata": { "f:labels": { "f:a": {} } },
    "f:spec": {
      "f:replicas": {},
      "f:selector": {},
      "f:template": {
        "f:spec": {
          "f:containers": {
            'k:{"name":"main"}': {
              ".": {},
              "f:name": {},
              "f:image": {},
              "f:args": {},
              "f:ports": { 'k:{"containerPort":80,"protocol":"TCP"}': { ".": {}, "f:containerPort": {} } },
              "f:resources": { "f:limits": { "f:cpu": {} } },
            },
          },
        },
      },
    },
  };
  change(live, fields);
  live.metadata.managedFields = [
    { manager: "other", operation: "Update", fieldsV1: { "f:spec": { "f:replicas": {} } } },
    { manager: "styrmin", operation: "Apply", fieldsV1: fields },
  ];
  return live;
};
const mainOf = (live: KubeObject) => live.spec.template.spec.containers[0];
const ownMain = (fields: any) =>
  fields["f:spec"]["f:template"]["f:spec"]["f:containers"]['k:{"name":"main"}'];

describe("whether an object is as applied", () => {
  test("defaults, rewritten quantities and fields of others make no difference", () => {
    expect(isApplied(liveOf(), wanted, true)).toBe(true);
  });

  const differences: Record<string, (live: KubeObject, fields: any) => void> = {
    "another value": (live) => (live.spec.replicas = 3),
    "another quantity": (live) => (mainOf(live).resources.limits.cpu = "2"),
    "another item in a list owned as a whole": (live) => mainOf(live).args.push("y"),
    "a field that somebody took": (_, fields) => delete fields["f:spec"]["f:replicas"],
    "a field we want no more": (_, fields) => (ownMain(fields)["f:command"] = {}),
    "a list item we want no more": (_, fields) =>
      (fields["f:spec"]["f:template"]["f:spec"]["f:containers"]['k:{"name":"old"}'] = { ".": {} }),
    "a list item that is gone": (live) => (live.spec.template.spec.containers = []),
    "a label that is gone": (_, fields) => delete fields["f:metadata"],
  };
  for (const [name, change] of Object.entries(differences)) {
    test(`${name} does`, () => expect(isApplied(liveOf(change), wanted)).toBe(false));
  }

  test("additions inside a field owned as a whole count only when it is new", () => {
    const live = liveOf((object) => (object.spec.selector.matchExpressions = [{ key: "old" }]));
    expect(isApplied(live, wanted)).toBe(true);
    expect(isApplied(live, wanted, true)).toBe(false);
  });

  test("an object that we never applied is not", () => {
    const live = liveOf();
    live.metadata.managedFields!.pop();
    expect(isApplied(live, wanted)).toBe(false);
  });

  test("a quantity is one only where quantities are", () => {
    const map = (value: string): KubeObject => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "c" },
      data: { cpu: value },
    });
    const live = map("1");
    live.metadata.managedFields = [
      { manager: "styrmin", operation: "Apply", fieldsV1: { "f:data": { "f:cpu": {} } } },
    ];
    expect(isApplied(live, map("1000m"))).toBe(false);
  });
});

describe("the fields a conflict names", () => {
  const has = (path: string) => hasField(wanted, path);
  test("are found by name, key and dotted name", () => {
    expect(has(".spec.replicas")).toBe(true);
    expect(has('.spec.template.spec.containers[name="main"].image')).toBe(true);
    expect(
      has('.spec.template.spec.containers[name="main"].ports[containerPort=80,protocol="TCP"].containerPort'),
    ).toBe(true);
    expect(hasField({ labels: { "a.b/c": "d" } }, ".labels.a.b/c")).toBe(true);
    expect(hasField({ set: ["x"] }, '.set[="x"]')).toBe(true);
  });
  test("or not", () => {
    expect(has(".spec.paused")).toBe(false);
    expect(has(".spec.replicasOf")).toBe(false);
    expect(has('.spec.template.spec.containers[name="side"].image')).toBe(false);
  });
});
