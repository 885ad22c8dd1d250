import { describe, expect, test } from "bun:test";
import { leftoversOf } from "../../../agent/operator/bring-release.ts";
import { conditionsOf } from "../../../agent/operator/conditions.ts";
import { createDriftLedger } from "../../../agent/operator/drift.ts";
import { normalise, unknownKinds } from "../../../agent/operator/manifests.ts";
import { inApplyOrder, inRemovalOrder } from "../../../agent/operator/order.ts";
import { createOwnWrites } from "../../../agent/operator/own-writes.ts";
import { noRuns, type Release, releaseOf, secretsOf } from "../../../agent/operator/releases.ts";
import { scaled } from "../../../agent/operator/scale.ts";
import { withoutSecrets } from "../../../agent/operator/secrets.ts";
import { reasons, type StyrminDeployment } from "../../../kube/styrmin-deployment.ts";
import type { KubeObject } from "../../../kube/types.ts";

const object = (kind: string, name: string, rest: object = {}): KubeObject => ({
  apiVersion: "v1",
  kind,
  metadata: { name },
  ...rest,
});
const resource = (spec: object) =>
  ({
    metadata: { name: "r" },
    spec: { deploymentId: "d", targetNamespace: "n", ...spec },
  }) as StyrminDeployment;

describe("conditions", () => {
  const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));
  const say = (conditions: ReturnType<typeof conditionsOf>) =>
    conditions.map(({ type, status }) => `${type}=${status}`);

  test("say one verdict each", () => {
    const of = (reason: keyof typeof reasons, stalled = false) =>
      say(conditionsOf({ reason, message: "", stalled }, undefined, 1, at(0)));
    expect(of("Healthy")).toEqual(["Ready=True", "Reconciling=False", "Stalled=False"]);
    expect(of("Stopped")).toEqual(["Ready=True", "Reconciling=False", "Stalled=False"]);
    expect(of("Progressing")).toEqual(["Ready=False", "Reconciling=True", "Stalled=False"]);
    expect(of("Degraded")).toEqual(["Ready=False", "Reconciling=False", "Stalled=False"]);
    expect(of("Retrying")).toEqual(["Ready=False", "Reconciling=True", "Stalled=False"]);
    expect(of("RenderFailed", true)).toEqual(["Ready=False", "Reconciling=False", "Stalled=True"]);
    expect(of("Conflict", true)).toEqual(["Ready=False", "Reconciling=False", "Stalled=True"]);
    expect(of("Deleting")).toEqual(["Ready=False", "Reconciling=True", "Stalled=False", "Finalized=False"]);
    expect(of("Deleted")).toEqual(["Ready=False", "Reconciling=False", "Stalled=False", "Finalized=True"]);
  });

  test("move their time only with their status", () => {
    const first = conditionsOf({ reason: "Progressing", message: "a" }, undefined, 1, at(1));
    const second = conditionsOf({ reason: "Degraded", message: "b" }, first, 2, at(2));
    const third = conditionsOf({ reason: "Healthy", message: "c" }, second, 2, at(3));
    const times = [first, second, third].map(([ready, working]) =>
      [ready, working].map((one) => one!.lastTransitionTime.slice(17, 19)),
    );
    expect(times).toEqual([
      ["01", "01"],
      ["01", "02"],
      ["03", "02"],
    ]);
    expect(second[0]).toMatchObject({ reason: "Degraded", message: "b", observedGeneration: 2 });
  });
});

describe("manifests", () => {
  const scope = ({ kind }: { kind: string }) => (kind === "Widget" ? undefined : kind !== "ClusterRole");

  test("get labels and a namespace, and lose what is not ours to say", () => {
    const [map] = normalise(
      [object("ConfigMap", "c", { data: { a: null, b: "x" }, status: {} })],
      resource({}),
      scope,
    );
    expect(map).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "c", namespace: "n", labels: { "styrmin.io/deployment": "d" } },
      data: { b: "x" },
    });
    const [role] = normalise([object("ClusterRole", "r")], resource({}), scope);
    expect(role!.metadata.namespace).toBeUndefined();
  });

  test("have the label on every pod template and on the claims of a StatefulSet", () => {
    const template = { metadata: { labels: { a: "b" } }, spec: {} };
    const [set, cron] = normalise(
      [
        object("StatefulSet", "s", {
          spec: { template, volumeClaimTemplates: [{ metadata: { name: "data" } }] },
        }),
        object("CronJob", "c", { spec: { jobTemplate: { spec: { template: { spec: {} } } } } }),
      ],
      resource({}),
      scope,
    );
    expect(set!.spec.template.metadata.labels).toEqual({ a: "b", "styrmin.io/deployment": "d" });
    expect(set!.spec.volumeClaimTemplates[0].metadata.labels).toEqual({ "styrmin.io/deployment": "d" });
    expect(cron!.spec.jobTemplate.spec.template.metadata.labels).toEqual({ "styrmin.io/deployment": "d" });
  });

  test("may bring the definition of their own kinds", () => {
    const spec = { group: "x.io", scope: "Cluster", names: { kind: "Widget" }, versions: [{ name: "v1" }] };
    const crd = object("CustomResourceDefinition", "widgets.x.io", { spec });
    const widget = { ...object("Widget", "w"), apiVersion: "x.io/v1" };
    expect(unknownKinds([widget], scope)).toEqual([widget]);
    expect(unknownKinds([widget, crd], scope)).toEqual([]);
    expect(normalise([widget, crd], resource({}), scope)[1]!.metadata.namespace).toBeUndefined();
  });

  test("are applied in the order of what needs what, and removed the other way", () => {
    const kinds = ["Ingress", "Deployment", "Widget", "Secret", "Namespace", "Service"].map((kind) =>
      object(kind, "x"),
    );
    const order = inApplyOrder(kinds).map(({ kind }) => kind);
    expect(order).toEqual(["Namespace", "Secret", "Service", "Deployment", "Ingress", "Widget"]);
    expect(inRemovalOrder(kinds).map(({ kind }) => kind)).toEqual(order.toReversed());
  });
});

describe("scale", () => {
  const template = { metadata: { labels: { component: "web" } }, spec: {} };
  const components = { web: { label: { component: "web" } } };
  const replicasOf = (kind: string, spec: object) =>
    scaled([object(kind, "x", { spec: { replicas: 1, template, jobTemplate: { spec: { template } } } })], {
      ...resource({ components, ...spec }).spec,
    })[0]!.spec;

  test("Stopped goes before a hold, a hold before what is wanted, and that before what is rendered", () => {
    expect(replicasOf("Deployment", {}).replicas).toBe(1);
    expect(replicasOf("Deployment", { replicas: { web: 3 } }).replicas).toBe(3);
    expect(
      replicasOf("Deployment", { replicas: { web: 3 }, hold: { components: { web: 0 } } }).replicas,
    ).toBe(0);
    expect(replicasOf("Deployment", { phase: "Stopped", hold: { components: { web: 2 } } }).replicas).toBe(0);
    expect(replicasOf("Deployment", { replicas: { worker: 3 } }).replicas).toBe(1);
  });

  test("what cannot be scaled is suspended, or finds no node", () => {
    expect(replicasOf("CronJob", { phase: "Stopped" }).suspend).toBe(true);
    expect(replicasOf("Job", { phase: "Stopped" }).suspend).toBe(true);
    expect(replicasOf("DaemonSet", { phase: "Stopped" }).template.spec.nodeSelector).toEqual({
      "styrmin.io/stopped": "true",
    });
  });
});

describe("releases", () => {
  const release = (more: Partial<Release>): Release => ({
    name: "r-r1",
    revision: 1,
    deploymentId: "d",
    instanceId: "i",
    key: "k",
    objects: [],
    leftovers: [],
    pruned: 0,
    hooks: [],
    runs: noRuns("install"),
    ...more,
  });
  const ref = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", name });

  test("carry on what those before them left", () => {
    const newest = release({
      objects: [object("ConfigMap", "a"), object("ConfigMap", "b")],
      leftovers: [ref("c"), ref("d")],
    });
    const objects = [object("ConfigMap", "b"), object("ConfigMap", "d")];
    expect(leftoversOf(newest, { objects, hooks: [] })).toEqual([ref("a"), ref("c")]);
  });

  test("are read back from their Secrets, and are none while a piece is missing", () => {
    const noise = crypto.getRandomValues(new Uint8Array(65_000)).toBase64();
    const objects = Array.from({ length: 30 }, (_, index) =>
      object("ConfigMap", `c${index}`, {
        data: { noise: crypto.getRandomValues(new Uint8Array(50_000)).toBase64() + noise },
      }),
    );
    const kept = release({ objects, leftovers: [ref("x")], pruned: 3 });
    const secrets = secretsOf(kept, "ns");
    const names = secrets.map(({ metadata }) => metadata.name);
    expect(names.slice(-3)).toEqual(["r-r1-2", "r-r1-1", "r-r1"]);
    const byName = new Map(secrets.map((secret) => [secret.metadata.name, secret]));
    expect(releaseOf(byName.get("r-r1")!, (name) => byName.get(name))).toEqual(kept);
    byName.delete("r-r1-1");
    expect(releaseOf(secrets.at(-1)!, (name) => byName.get(name))).toBeUndefined();
  });

  test("that are damaged are an error, not absence", () => {
    const [head] = secretsOf(release({}), "ns");
    head!.data.release = "bm90IGd6aXA=";
    expect(() => releaseOf(head!, () => undefined)).toThrow("Release r-r1 cannot be read");
  });
});

describe("what is known of own writes", () => {
  const state = (version: number, uid = "u"): KubeObject => ({
    ...object("ConfigMap", "c"),
    metadata: { name: "c", uid, resourceVersion: String(version) },
  });
  const key = "v1/ConfigMap//c";

  test("stands in for the view until that has caught up", () => {
    const own = createOwnWrites();
    own.note(state(10));
    expect(own.newest(key, state(9))).toEqual(state(10));
    expect(own.newest(key, undefined)).toEqual(state(10));
    expect(own.isNews({ type: "MODIFIED", object: state(9) })).toBe(false);
    expect(own.isNews({ type: "MODIFIED", object: state(10) })).toBe(false);
    expect(own.isNews({ type: "MODIFIED", object: state(11) })).toBe(true);
    expect(own.newest(key, state(11))).toEqual(state(11));
  });

  test("ends with the object, but not with an earlier one of its name", () => {
    const own = createOwnWrites();
    own.note(state(10, "new"));
    expect(own.isNews({ type: "DELETED", object: state(5, "old") })).toBe(false);
    expect(own.newest(key, undefined)).toEqual(state(10, "new"));
    expect(own.isNews({ type: "DELETED", object: state(9, "new") })).toBe(true);
    expect(own.newest(key, undefined)).toBeUndefined();
  });

  test("ends after two complete lists that do not have it", () => {
    const own = createOwnWrites();
    own.note(state(10));
    own.isNews({ type: "SYNCED" });
    expect(own.newest(key, undefined)).toEqual(state(10));
    own.isNews({ type: "SYNCED" });
    expect(own.newest(key, undefined)).toBeUndefined();
  });

  test("an echo that comes before the answer turns out to be one", () => {
    const own = createOwnWrites();
    expect(own.isNews({ type: "MODIFIED", object: state(10) })).toBe(true);
    own.note(state(10));
    expect(own.isStillNews(state(10))).toBe(false);
    expect(own.isStillNews(state(11))).toBe(true);
    expect(own.isStillNews(state(9, "other"))).toBe(true);
  });
});

test("secrets are taken out of messages in every spelling", () => {
  const secret = 'p"ss wörd';
  const spellings = [
    secret,
    JSON.stringify(secret),
    Buffer.from(secret).toString("base64"),
    encodeURIComponent(secret),
  ];
  const clean = withoutSecrets(`refused: ${spellings.join(", ")}; abc stays`, [secret, "abc"]);
  expect(clean).toBe('refused: •••, "•••", •••, •••; abc stays');
  expect(withoutSecrets("x".repeat(5000), []).length).toBeLessThan(2100);
});

test("after some repairs in a row the next ones are put off", () => {
  let now = 0;
  const ledger = createDriftLedger({ repairs: 2, windowMs: 100, pauseMs: 50, now: () => now });
  const ref = { apiVersion: "v1", kind: "ConfigMap", name: "c" };
  ledger.repaired(ref);
  expect(ledger.waitMs(ref)).toBe(0);
  now = 10;
  ledger.repaired(ref);
  expect(ledger.waitMs(ref)).toBe(50);
  now = 61;
  expect(ledger.waitMs(ref)).toBe(0);
  now = 200;
  ledger.repaired(ref);
  expect(ledger.waitMs(ref)).toBe(0);
});
