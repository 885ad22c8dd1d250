/**
 * Brings a real node into every state of the cases and keeps what its API says, one file a kind:
 *
 *     STYRMIN_TEST_KUBECONFIG=FILE bun --no-install tests/agent/operator/captured/capture.ts [KIND...]
 *
 * To be run again for a new version of Kubernetes; the difference of the files tells what changed.
 */
import { createKube } from "../../../../kube/client.ts";
import { loadKubeAccess } from "../../../../kube/config.ts";
import type { Kube, KubeObject } from "../../../../kube/types.ts";
import { eventually } from "../../../helpers/eventually.ts";
import { type Captured, type Case, type Wanted } from "./case.ts";
import { otherCases } from "./others.ts";
import { podCases } from "./pods.ts";
import { workloadCases } from "./workloads.ts";

const kubeconfig = process.env.STYRMIN_TEST_KUBECONFIG;
if (!kubeconfig) throw new Error("STYRMIN_TEST_KUBECONFIG must name the kubeconfig of a real cluster");
const kube = createKube({ config: await loadKubeAccess({ kubeconfig }) });
const manager = "captured";
const asked = new Set(process.argv.slice(2));

const noise = new Set([
  "podIPs",
  "podIP",
  "hostIPs",
  "hostIP",
  "resources",
  "volumeMounts",
  "user",
  "imageID",
]);
const withoutNoise = (key: string, value: unknown) =>
  noise.has(key) || key.startsWith("allocatedResources") ? undefined : value;

const byKind = Map.groupBy(
  [...workloadCases, ...podCases, ...otherCases],
  ({ objects }) => objects.at(-1)!.kind,
);
for (const [kind, cases] of byKind) {
  if (asked.size > 0 && !asked.has(kind)) continue;
  // Those of one kind side by side, unless they would meet outside of their namespaces.
  const apart = cases.some(({ objects }) => objects.some(({ metadata }) => metadata?.name !== undefined));
  const captured: Captured[] = [];
  for (const some of apart ? cases.map((one) => [one]) : [cases]) {
    captured.push(...(await Promise.all(some.map((one) => capture(kube, one)))));
  }
  await Bun.write(`${import.meta.dir}/${kind}.json`, `${JSON.stringify(captured, undefined, 2)}\n`);
  console.log(`${kind}: ${captured.length}`);
}
process.exit(0);

async function capture(to: Kube, one: Case): Promise<Captured> {
  const namespace = `captured-${crypto.randomUUID().slice(0, 8)}`;
  const labels = { "pod-security.kubernetes.io/enforce": "baseline" };
  await to.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } });
  const made: KubeObject[] = [];
  try {
    await eventually("the service account is there", () =>
      to.get({ apiVersion: "v1", kind: "ServiceAccount", namespace, name: "default" }),
    );
    for (const wanted of one.objects) made.push(await make(to, namespace, wanted));
    let object = made.at(-1)!;
    const { name, state, message, trouble } = one;
    if (one.until) object = await reach(to, object, one.until);
    if (one.change) {
      await to.mergePatch(refOf(object), one.change.patch, { manager });
      object = await reach(to, object, one.change.until);
    }
    if (one.remove) {
      await to.delete(refOf(object));
      object = (await to.get(refOf(object))) ?? object;
    }
    return {
      name,
      state,
      ...(message ? { message } : {}),
      ...(trouble ? { trouble } : {}),
      object: trimmed(object),
    };
  } catch (thrown) {
    throw new Error(`${one.objects.at(-1)!.kind}, ${one.name}`, { cause: thrown });
  } finally {
    for (const object of made.reverse()) await discard(to, object);
    await to.delete({ apiVersion: "v1", kind: "Namespace", name: namespace });
  }
}

async function make(to: Kube, namespace: string, wanted: Wanted): Promise<KubeObject> {
  const { status, metadata, ...rest } = wanted;
  const info = await eventually(`${wanted.kind} is served`, () => to.kindInfo(rest as KubeObject));
  const own = info.namespaced ? { namespace } : {};
  const name = info.namespaced ? "captured" : `${namespace}-own`;
  const object = { ...rest, metadata: { name, ...own, ...metadata } } as KubeObject;
  // A kind that was defined just before is served a moment later.
  const created = await eventually(`${wanted.kind} is made`, () => to.create(object, { manager }));
  return status ? await to.mergePatch(refOf(created), { status }, { manager }) : created;
}

async function reach(
  to: Kube,
  object: KubeObject,
  holds: (object: KubeObject) => boolean,
): Promise<KubeObject> {
  return await eventually(
    "the state",
    async () => {
      const now = await to.get(refOf(object));
      if (now && holds(now)) return now;
      throw new Error(JSON.stringify(now?.status));
    },
    { everyMs: 10 },
  );
}

async function discard(to: Kube, object: KubeObject): Promise<void> {
  await to.delete(refOf(object), { gracePeriodSeconds: 0 });
  if (object.metadata.finalizers?.length) {
    await to.mergePatch(refOf(object), { metadata: { finalizers: null } }, { manager });
  }
  if (object.kind === "CustomResourceDefinition") {
    await eventually("the definition is gone", async () => !(await to.get(refOf(object))));
  }
}

function refOf({ apiVersion, kind, metadata: { name, namespace } }: KubeObject) {
  return { apiVersion, kind, name, ...(namespace ? { namespace } : {}) };
}

/** Without what says nothing of the state: identities, who wrote which field, what pods are made of. */
function trimmed(object: KubeObject): KubeObject {
  const { apiVersion, kind, metadata, spec, template: _, ...rest } = object;
  const { name, generation, deletionTimestamp, finalizers } = metadata;
  const kept = { name, generation, deletionTimestamp, ...(deletionTimestamp ? { finalizers } : {}) };
  const { template: __, jobTemplate: ___, versions: ____, ...own } = spec ?? {};
  const said = spec && kind !== "Pod" ? { spec: own } : {};
  return JSON.parse(JSON.stringify({ apiVersion, kind, metadata: kept, ...said, ...rest }, withoutNoise));
}
