import { describe, expect, test } from "bun:test";
import { allotClusterIP } from "../../../../local/cluster/controllers/service-ip.ts";
import { establishCrd, validateCrd } from "../../../../local/cluster/schema/crd.ts";
import { defaultObject } from "../../../../local/cluster/schema/defaults.ts";
import { applyStructuralSchema } from "../../../../local/cluster/schema/structural.ts";
import { validateObject } from "../../../../local/cluster/schema/validate.ts";
import type { KubeObject } from "../../../../local/cluster/types.ts";

const apps = (resource: string) => ({ group: "apps", resource });
const core = (resource: string) => ({ group: "", resource });

function object(kind: string, spec: unknown, rest: Record<string, unknown> = {}): KubeObject {
  const metadata = { name: "a", namespace: "n", uid: "u-1", resourceVersion: "1", creationTimestamp: "" };
  return { apiVersion: "v1", kind, metadata, spec, ...rest } as KubeObject;
}

function deployment(change: (spec: any) => void = () => {}): KubeObject {
  const spec = {
    selector: { matchLabels: { app: "a" } },
    template: {
      metadata: { labels: { app: "a" } },
      spec: { containers: [{ name: "c", image: "busybox", ports: [{ containerPort: 80 }] }] },
    },
  };
  change(spec);
  const made = object("Deployment", spec);
  defaultObject(apps("deployments"), made);
  return made;
}

const problemsOf = (made: KubeObject, before?: KubeObject) =>
  validateObject(apps("deployments"), made, before).map((each) => `${each.field}: ${each.message}`);

describe("defaults", () => {
  test("a Deployment gets what a real API server fills in, and doing it again changes nothing", () => {
    const made = deployment();
    expect(made.spec.replicas).toBe(1);
    expect(made.spec.strategy).toEqual({
      type: "RollingUpdate",
      rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" },
    });
    const container = made.spec.template.spec.containers[0];
    expect(container.imagePullPolicy).toBe("Always");
    expect(container.ports[0].protocol).toBe("TCP");
    const again = structuredClone(made);
    defaultObject(apps("deployments"), again);
    expect(again).toEqual(made);
  });

  test("a fixed tag is pulled only when absent, also behind a registry's port", () => {
    const policy = (image: string) =>
      deployment((spec) => (spec.template.spec.containers[0].image = image)).spec.template.spec.containers[0]
        .imagePullPolicy;
    expect(policy("localhost:5000/a:1.0")).toBe("IfNotPresent");
    expect(policy("localhost:5000/a")).toBe("Always");
    expect(policy("a@sha256:00")).toBe("IfNotPresent");
    expect(policy("a:latest")).toBe("Always");
  });

  test("a Job selects its own pods by its uid", () => {
    const job = object("Job", { template: { spec: { restartPolicy: "Never", containers: [] } } });
    defaultObject({ group: "batch", resource: "jobs" }, job);
    expect(job.spec.selector.matchLabels).toEqual({ "batch.kubernetes.io/controller-uid": "u-1" });
    expect(job.spec.template.metadata.labels["batch.kubernetes.io/job-name"]).toBe("a");
  });

  test("wrong shapes of every kind are survived by defaults and validation", () => {
    for (const spec of [null, 1, "x", [], { template: 3 }, { template: { spec: { containers: "c" } } }]) {
      for (const resource of ["deployments", "statefulsets", "daemonsets", "replicasets"]) {
        const made = object("Deployment", spec);
        defaultObject(apps(resource), made);
        expect(validateObject(apps(resource), made).length).toBeGreaterThan(0);
      }
      for (const resource of ["pods", "services", "persistentvolumeclaims"]) {
        const made = object("Pod", spec);
        defaultObject(core(resource), made);
        expect(validateObject(core(resource), made).length).toBeGreaterThan(0);
      }
    }
  });
});

describe("validation", () => {
  test("a good Deployment has no problem", () => {
    expect(problemsOf(deployment())).toEqual([]);
  });

  test("each mistake is named by its field, all at once", () => {
    const wrong = deployment((spec) => {
      spec.replicas = -1;
      spec.template.metadata.labels = { app: "b" };
      spec.template.spec.containers.push({
        name: "c",
        ports: [{ containerPort: 70_000 }],
        env: [{ name: "A", value: 1 }],
        resources: { limits: { memory: "-12Mi" } },
        readinessProbe: { periodSeconds: 0 },
        volumeMounts: [{ name: "gone", mountPath: "/x" }],
      });
    });
    const fields = validateObject(apps("deployments"), wrong).map((each) => each.field);
    const container = "spec.template.spec.containers[1]";
    expect(fields).toEqual([
      "spec.replicas",
      `${container}.name`,
      `${container}.image`,
      `${container}.ports[0].containerPort`,
      `${container}.env[0].value`,
      `${container}.volumeMounts[0].name`,
      `${container}.resources.limits.memory`,
      `${container}.readinessProbe`,
      `${container}.readinessProbe.periodSeconds`,
      "spec.template.metadata.labels",
    ]);
    expect(problemsOf(wrong)[0]).toBe("spec.replicas: Invalid value: -1: must be greater than or equal to 0");
  });

  test("selectors, claim templates and bound specs cannot change", () => {
    const changed = deployment((spec) => {
      spec.selector.matchLabels = { tier: "x" };
      spec.template.metadata.labels = { tier: "x" };
    });
    expect(problemsOf(changed, deployment())).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"tier":"x"}}: field is immutable',
    ]);
    const claim = (storage: string, mode: string) => {
      const spec = { accessModes: [mode], resources: { requests: { storage } } };
      const made = object("PersistentVolumeClaim", spec);
      defaultObject(core("persistentvolumeclaims"), made);
      return made;
    };
    const before = claim("1Gi", "ReadWriteOnce");
    const check = (now: KubeObject) => validateObject(core("persistentvolumeclaims"), now, before);
    expect(check(claim("2Gi", "ReadWriteOnce"))).toEqual([]);
    expect(check(claim("1Gi", "ReadWriteMany"))[0]?.field).toBe("spec");
  });

  test("an immutable Secret refuses other data and to become mutable", () => {
    const secret = (data: Record<string, string>, immutable?: boolean) =>
      object("Secret", undefined, { type: "Opaque", data, immutable });
    const strip = (each: KubeObject) => {
      delete each.spec;
      return each;
    };
    const before = strip(secret({ a: "YQ==" }, true));
    const check = (now: KubeObject) => validateObject(core("secrets"), strip(now), before);
    expect(check(secret({ a: "YQ==" }, true))).toEqual([]);
    expect(check(secret({ a: "Yg==" }, true)).map((each) => each.field)).toEqual(["data"]);
    expect(check(secret({ a: "YQ==" })).map((each) => each.field)).toEqual(["immutable"]);
  });
});

describe("structural schemas", () => {
  const schema = {
    type: "object",
    properties: {
      spec: {
        type: "object",
        required: ["name"],
        properties: {
          name: { type: "string", pattern: "^[a-z]+$", maxLength: 5 },
          size: { type: "integer", minimum: 1, default: 3 },
          port: { "x-kubernetes-int-or-string": true },
          mode: { type: "string", enum: ["A", "B"] },
          free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
          note: { type: "string", nullable: true },
          items: {
            type: "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["key"],
            items: {
              type: "object",
              properties: { key: { type: "string" }, on: { type: "boolean", default: true } },
            },
          },
          one: {
            type: "object",
            oneOf: [{ required: ["a"] }, { required: ["b"] }],
            properties: { a: { type: "string" }, b: { type: "string" } },
          },
        },
      },
      status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    },
  };

  test("what is unknown goes, what is missing is filled in, what is free stays", () => {
    const made = object("Thing", {
      name: "ab",
      extra: 1,
      port: "http",
      free: { deep: { x: 1 } },
      note: null,
      items: [{ key: "k", other: 1 }],
    });
    expect(applyStructuralSchema(schema, made)).toEqual([]);
    expect(made.spec).toEqual({
      name: "ab",
      size: 3,
      port: "http",
      free: { deep: { x: 1 } },
      note: null,
      items: [{ key: "k", on: true }],
    });
    expect(made.metadata.uid).toBe("u-1");
  });

  test("each value the schema does not allow is named with its path", () => {
    const made = object("Thing", {
      size: 0,
      port: true,
      mode: "C",
      items: [{ key: "k" }, { key: "k" }],
      one: { a: "1", b: "2" },
    });
    const problems = applyStructuralSchema(schema, made);
    expect(problems.map((each) => each.field).sort()).toEqual([
      "<nil>",
      "spec.items[1]",
      "spec.mode",
      "spec.name",
      "spec.port",
      "spec.size",
    ]);
    const text = applyStructuralSchema(schema, object("Thing", { name: "TOO LONG" })).map(
      (each) => each.message,
    );
    expect(text).toContain(`Invalid value: "TOO LONG": spec.name in body should match '^[a-z]+$'`);
  });

  test("a CRD is checked, named and established once", () => {
    const crd = object("CustomResourceDefinition", {
      group: "x.io",
      scope: "Namespaced",
      names: { plural: "things", kind: "Thing" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    });
    crd.metadata.name = "things.x.io";
    expect(validateCrd(crd)).toEqual([]);
    establishCrd(crd, new Date(0));
    const first = structuredClone(crd);
    establishCrd(crd, new Date(10_000));
    expect(crd).toEqual(first);
    expect(crd.status.acceptedNames).toEqual({
      plural: "things",
      kind: "Thing",
      singular: "thing",
      listKind: "ThingList",
    });
    expect(crd.status.storedVersions).toEqual(["v1"]);
    crd.spec.versions[0].schema.openAPIV3Schema = { properties: {} };
    crd.metadata.name = "other";
    expect(validateCrd(crd).map((each) => each.field)).toEqual([
      "metadata.name",
      "spec.validation.openAPIV3Schema.type",
      "spec.validation.openAPIV3Schema.type",
    ]);
  });
});

test("cluster addresses are allotted until the range is used up, then refused with a sentence", () => {
  const used = new Set<string>();
  for (let count = 0; count < 2000; count++) used.add(allotClusterIP(used));
  expect(used.size).toBe(2000);
  for (const address of used) expect(address).toMatch(/^10\.96\.\d+\.\d+$/);
  for (let number = 0; number < 65_536; number++) used.add(`10.96.${number >> 8}.${number & 255}`);
  expect(() => allotClusterIP(used)).toThrow("in use");
});

test("a rule that uses what Kubernetes has added to CEL is not evaluated", () => {
  const rules = [{ rule: "isQuantity(self.size)" }, { rule: "self.size != 'none'" }];
  const spec = {
    type: "object",
    properties: { size: { type: "string" } },
    "x-kubernetes-validations": rules,
  };
  const schema = { type: "object", properties: { spec } };
  const said = (size: string) =>
    applyStructuralSchema(schema, { spec: { size } }).map(({ message }) => message);
  expect(said("some")).toEqual([]);
  expect(said("none")).toEqual(["Invalid value: failed rule: self.size != 'none'"]);
});
