import { deployment, map } from "../bodies.ts";
import { type Asked, cases, refused, told } from "../case.ts";
import { eventually } from "../../helpers/eventually.ts";

const held = (name: string, rest: object = {}) => map(name, {}, { finalizers: ["ex.test/hold"], ...rest });
async function release({ merge, at }: Asked, ...names: string[]): Promise<void> {
  for (const name of names) await merge(at("configmaps", name), { metadata: { finalizers: null } });
}
const gone = (asked: Asked, kind: string, name: string) =>
  eventually(
    `${kind} ${name} is gone`,
    async () => (await asked.get(asked.at(kind, name))).code === 404,
    seldom,
  );
/** It may take long: a real cluster looks at a namespace that it could not empty only now and then. */
const seldom = { everyMs: 100 };
const marks = (answer: any) =>
  told(
    answer,
    "metadata.finalizers",
    "metadata.deletionTimestamp",
    "metadata.deletionGracePeriodSeconds",
    "metadata.generation",
  );

/** An owner and an object that it owns. */
async function family({ post, at }: Asked, extra: object = {}): Promise<void> {
  const owner = await post(at("configmaps"), map("owner"));
  const ownerReferences = [
    { apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: owner.body.metadata.uid, ...extra },
  ];
  await post(at("configmaps"), map("child", {}, { ownerReferences }));
}

export const deletion = cases({
  "a deletion answers a Status with the uid": async ({ post, get, at, delete: remove }) => {
    await post(at("configmaps"), map("c"));
    const removed = await remove(at("configmaps", "c"));
    return [removed.body, told(await get(at("configmaps", "c")))];
  },
  "some kinds answer the object": async ({ post, at, delete: remove }) => {
    const made = [
      [
        "services",
        { apiVersion: "v1", kind: "Service", metadata: { name: "x" }, spec: { ports: [{ port: 80 }] } },
      ],
      ["serviceaccounts", { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "x" } }],
      ["secrets", { apiVersion: "v1", kind: "Secret", metadata: { name: "x" } }],
      ["resourcequotas", { apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "x" } }],
      ["apps/v1/deployments", deployment("x")],
      [
        "podtemplates",
        {
          apiVersion: "v1",
          kind: "PodTemplate",
          metadata: { name: "x" },
          template: deployment("x").spec.template,
        },
      ],
    ] as const;
    const kinds = [];
    for (const [kind, body] of made) {
      await post(at(kind), body);
      kinds.push([kind, (await remove(at(kind, "x"))).body.kind]);
    }
    return kinds;
  },
  "finalizers hold it, and it goes with the last of them": async (asked) => {
    const { post, merge, get, at, delete: remove } = asked;
    await post(at("configmaps"), held("c"));
    const marked = await remove(at("configmaps", "c"));
    const again = await remove(at("configmaps", "c"));
    const changed = await merge(at("configmaps", "c"), { data: { still: "writable" } });
    const added = await merge(at("configmaps", "c"), {
      metadata: { finalizers: ["ex.test/hold", "ex.test/new"] },
    });
    const last = await merge(at("configmaps", "c"), { metadata: { finalizers: [] } });
    return [
      [marks(marked), marked.body.kind],
      marked.body.metadata.resourceVersion === again.body.metadata.resourceVersion,
      told(changed, "data"),
      refused(added),
      told(last, "metadata.finalizers"),
      (await get(at("configmaps", "c"))).code,
    ];
  },
  "a Deployment that is held counts its generation": async (asked) => {
    const { post, merge, at, delete: remove } = asked;
    await post(
      at("apps/v1/deployments"),
      deployment("d", {}, { paused: true }, { finalizers: ["ex.test/hold"] }),
    );
    const marked = await remove(at("apps/v1/deployments", "d"));
    await merge(at("apps/v1/deployments", "d"), { metadata: { finalizers: null } });
    return marks(marked);
  },
  "preconditions: uid and version": async ({ post, at, delete: remove }) => {
    const { body } = await post(at("configmaps"), map("c"));
    const { uid, resourceVersion } = body.metadata;
    const path = at("configmaps", "c");
    const other = "11111111-1111-4111-8111-111111111111";
    const wrongUid = await remove(path, { preconditions: { uid: other } });
    const wrongVersion = await remove(path, { preconditions: { uid, resourceVersion: "1" } });
    return [
      told(wrongUid),
      { ...told(wrongVersion), message: wrongVersion.body.message.replaceAll(/\(\d+\)/g, "(N)") },
      (await remove(path, { preconditions: { uid, resourceVersion } })).code,
    ];
  },
  "dryRun of a deletion": async ({ post, get, at, send }) => {
    await post(at("configmaps"), map("c"));
    const path = at("configmaps", "c");
    return [
      told(await send("DELETE", `${path}?dryRun=All`)),
      told(await send("DELETE", path, { body: { dryRun: ["All"] } })),
      (await get(path)).code,
    ];
  },
  "options that are none": async ({ post, at, delete: remove }) => {
    await post(at("configmaps"), map("c"));
    const path = at("configmaps", "c");
    return [
      told(await remove(path, { propagationPolicy: "Sometimes" })),
      told(await remove(path, { propagationPolicy: "Orphan", orphanDependents: true })),
      told(await remove(path, { dryRun: ["Some"] })),
      (await remove(path, "nonsense")).code,
    ];
  },
  "Background: the owner goes at once, what it owns follows": async (asked) => {
    await family(asked);
    const { at, get, delete: remove } = asked;
    const removed = await remove(at("configmaps", "owner"), { propagationPolicy: "Background" });
    const after = await get(at("configmaps", "owner"));
    await gone(asked, "configmaps", "child");
    return [removed.body.kind, after.code];
  },
  "Foreground: the owner waits for what it owns": async (asked) => {
    await family(asked, { blockOwnerDeletion: true });
    const { at, merge, delete: remove } = asked;
    await merge(at("configmaps", "child"), { metadata: { finalizers: ["ex.test/hold"] } });
    const removed = await remove(at("configmaps", "owner"), { propagationPolicy: "Foreground" });
    const child = await eventually("the child is marked", async () => {
      const answer = await asked.get(at("configmaps", "child"));
      return answer.body.metadata.deletionTimestamp ? answer : undefined;
    });
    const owner = await asked.get(at("configmaps", "owner"));
    await release(asked, "child");
    await gone(asked, "configmaps", "owner");
    return [marks(removed), marks(child), owner.code];
  },
  "Orphan: what it owns stays, without an owner": async (asked) => {
    await family(asked);
    const { at, get, delete: remove } = asked;
    const removed = await remove(at("configmaps", "owner"), { propagationPolicy: "Orphan" });
    await gone(asked, "configmaps", "owner");
    return [marks(removed), told(await get(at("configmaps", "child")), "metadata.ownerReferences")];
  },
  "orphanDependents, the old word for it": async (asked) => {
    await family(asked);
    const { at, get, delete: remove } = asked;
    await remove(at("configmaps", "owner"), { orphanDependents: true });
    await gone(asked, "configmaps", "owner");
    return told(await get(at("configmaps", "child")), "metadata.ownerReferences");
  },
  "the policy may stand in the query": async (asked) => {
    await family(asked);
    const { at, get, send } = asked;
    const removed = await send("DELETE", `${at("configmaps", "owner")}?propagationPolicy=Orphan`);
    await gone(asked, "configmaps", "owner");
    return [marks(removed), (await get(at("configmaps", "child"))).code];
  },
  "what has no living owner goes": async (asked) => {
    const { post, at } = asked;
    const uid = "11111111-1111-4111-8111-111111111111";
    const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: "never", uid }];
    const made = await post(at("configmaps"), map("child", {}, { ownerReferences }));
    await gone(asked, "configmaps", "child");
    return told(made, "metadata.ownerReferences");
  },
  "one of two owners goes: the object stays with the other": async (asked) => {
    const { post, get, at, delete: remove } = asked;
    const references = [];
    for (const name of ["one", "two"]) {
      const { body } = await post(at("configmaps"), map(name));
      references.push({ apiVersion: "v1", kind: "ConfigMap", name, uid: body.metadata.uid });
    }
    await post(at("configmaps"), map("child", {}, { ownerReferences: references }));
    await remove(at("configmaps", "one"), { propagationPolicy: "Background" });
    const child = await eventually("the other owner is left", async () => {
      const answer = await get(at("configmaps", "child"));
      return answer.body.metadata.ownerReferences?.length === 1 ? answer : undefined;
    });
    return child.body.metadata.ownerReferences.map(({ name }: any) => name);
  },
  "a collection with a policy": async (asked) => {
    await family(asked);
    const { at, get, send } = asked;
    const path = `${at("configmaps")}?fieldSelector=metadata.name%3Downer`;
    const removed = await send("DELETE", path, { body: { propagationPolicy: "Orphan" } });
    await gone(asked, "configmaps", "owner");
    return [removed.body.kind, removed.body.items.length, (await get(at("configmaps", "child"))).code];
  },
  "a namespace goes with all that is in it": async (asked) => {
    const { post, get, namespace, later, delete: remove } = asked;
    const path = `/api/v1/namespaces/${namespace}-in`;
    later(path);
    const namespaceBody = { apiVersion: "v1", kind: "Namespace", metadata: { name: `${namespace}-in` } };
    const made = await post("/api/v1/namespaces", namespaceBody);
    await post(`${path}/configmaps`, held("c"));
    const removed = await remove(path);
    const inside = await eventually("the namespace is closed", async () => {
      const answer = await post(`${path}/secrets`, {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "s" },
      });
      return answer.code === 403 ? answer : undefined;
    });
    const isHeld = ({ type, status }: any) => type === "NamespaceFinalizersRemaining" && status === "True";
    const conditions = await eventually(
      "the namespace says what holds it",
      async () => {
        const found = (await get(path)).body.status.conditions;
        return found?.some(isHeld) ? found : undefined;
      },
      seldom,
    ).finally(() => asked.merge(`${path}/configmaps/c`, { metadata: { finalizers: null } }));
    await eventually("the namespace is gone", async () => (await get(path)).code === 404, seldom);
    return [
      told(made, "metadata.labels", "spec", "status"),
      told(removed, "kind", "spec", "status.phase", "metadata.deletionGracePeriodSeconds"),
      told(inside),
      conditions.map(({ type, status, reason, message }: any) => ({ type, status, reason, message })),
    ];
  },
  "what every namespace has": async ({ get, at, namespace }) => {
    const map = await eventually("the certificate", async () => {
      const answer = await get(at("configmaps", "kube-root-ca.crt"));
      return answer.code === 200 ? answer : undefined;
    });
    return [
      told(await get(`/api/v1/namespaces/${namespace}`), "metadata.labels", "spec", "status"),
      Object.keys(map.body.data),
      (await get(at("serviceaccounts", "default"))).code,
    ];
  },
});
