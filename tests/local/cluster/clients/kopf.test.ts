import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { tiedToParent } from "../../../../lib/child.ts";
import { startTestCluster, type TestCluster } from "../../../helpers/cluster.ts";
import { eventually } from "../../../helpers/eventually.ts";

/** A Python that has kopf and kubernetes-asyncio. */
const python = process.env.STYRMIN_TEST_KOPF || undefined;
const samples = { group: "samples.example", resource: "samples" };
const configMaps = { group: "", resource: "configmaps" };
const namespace = "default";

/** A whole operator of another framework lives on the embedded cluster as on any other. */
describe.skipIf(!python)("a kopf operator (skipped without STYRMIN_TEST_KOPF)", () => {
  let cluster: TestCluster;
  let operator: Bun.Subprocess<"ignore", "pipe", "pipe">;
  const said: string[] = [];
  const start = () => {
    const file = join(import.meta.dir, "operator.py");
    const child = Bun.spawn(tiedToParent([python!, "-m", "kopf", "run", "-n", namespace, file]), {
      env: {
        PATH: process.env.PATH ?? "",
        HOME: cluster.dir,
        KUBECONFIG: cluster.kubeconfig,
        PYTHONDONTWRITEBYTECODE: "1",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    void keep(child.stderr, said);
    return child;
  };
  beforeAll(async () => {
    cluster = await startTestCluster({ workloads: true });
    cluster.api.create({ group: "apiextensions.k8s.io", resource: "customresourcedefinitions" }, definition);
    operator = start();
  });
  afterAll(async () => {
    operator?.kill("SIGKILL");
    await operator?.exited;
    await cluster?.stop();
  });
  const sample = (name: string) => cluster.api.get(samples, name, namespace);
  const child = (name: string) => cluster.api.get(configMaps, name, namespace);
  const make = (name: string, value: number) =>
    cluster.api.create(samples, {
      apiVersion: "samples.example/v1",
      kind: "Sample",
      metadata: { name, namespace },
      spec: { value },
    });
  const awaited = (what: string, probe: () => unknown) =>
    eventually(what, probe).catch((thrown: Error) => {
      throw new Error(`${thrown.message}\n${said.slice(-30).join("")}`);
    });

  test("makes a child, writes the status, and says so in events", async () => {
    make("one", 1);
    await awaited("the status", () => sample("one")?.status?.reconcile?.made === "one");
    expect(sample("one")?.status?.value).toBe(1);
    expect(child("one")).toMatchObject({
      data: { value: "1" },
      metadata: { ownerReferences: [{ kind: "Sample", name: "one", controller: true }] },
    });
    const isOf = ({ involvedObject }: any) => involvedObject.name === "one";
    await awaited("an event", () => cluster.api.list({ group: "", resource: "events" }).some(isOf));
  });

  test("follows a change, also one made while it was away", async () => {
    make("two", 1);
    await awaited("the child", () => child("two")?.data.value === "1");
    cluster.api.update(samples, { ...sample("two")!, spec: { value: 2 } });
    await awaited("the change", () => child("two")?.data.value === "2");
    await awaited("its last word", () => sample("two")?.status?.value === 2);
    operator.kill("SIGTERM");
    await operator.exited;
    cluster.api.update(samples, { ...sample("two")!, spec: { value: 3 } });
    operator = start();
    await awaited("the change it missed", () => child("two")?.data.value === "3");
  });

  test("cleans up behind its finalizer, and the child goes with its owner", async () => {
    make("three", 1);
    await awaited("the child", () => child("three"));
    expect(sample("three")?.metadata.finalizers).toEqual(["kopf.zalando.org/KopfFinalizerMarker"]);
    cluster.api.delete(samples, "three", namespace, {});
    await awaited("the end", () => !sample("three"));
    expect(child("three-farewell")).toBeDefined();
    await awaited("the child's end", () => !child("three"));
  });

  test("gives up what it is told to, and watches other kinds", async () => {
    make("bad", -1);
    const failed = ({ reason, involvedObject }: any) => involvedObject.name === "bad" && reason === "Logging";
    await awaited("the complaint", () => cluster.api.list({ group: "", resource: "events" }).some(failed));
    expect(child("bad")).toBeUndefined();
    const metadata = { name: "other", namespace, labels: { watched: "" } };
    cluster.api.create(configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata, data: {} });
    await awaited("the mark", () => child("other")?.metadata.annotations?.seen === "yes");
  });
});

const definition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "samples.samples.example" },
  spec: {
    group: "samples.example",
    scope: "Namespaced",
    names: { plural: "samples", singular: "sample", kind: "Sample", listKind: "SampleList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: { type: "object", properties: { value: { type: "integer" } } },
              status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
            },
          },
        },
      },
    ],
  },
};

async function keep(stream: ReadableStream<Uint8Array>, lines: string[]): Promise<void> {
  for await (const chunk of stream) lines.push(new TextDecoder().decode(chunk));
}
