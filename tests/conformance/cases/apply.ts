import { deployment, map, service } from "../bodies.ts";
import { cases, refused, told } from "../case.ts";
import { owners } from "../owners.ts";
import type { Answer } from "../../helpers/kube-http.ts";

/** The causes in order: a real cluster tells them as it finds them. */
function conflicts({ code, body }: Answer): unknown {
  const causes = body.details?.causes.map(({ field, message }: any) => `${field}: ${message}`);
  return { code, reason: body.reason, message: body.message, causes: causes?.sort() };
}

/** Server-side apply: who owns what, and who is refused. */
export const apply = cases({
  "a new object is created with 201, and what was sent is owned": async ({ apply, at }) => {
    const sent = map("c", { a: "1" }, { labels: { l: "x" }, finalizers: ["ex.test/f"] });
    const made = await apply(at("configmaps", "c"), sent);
    const bare = await apply(at("configmaps", "c"), map("c"));
    return [
      { ...told(made, "data", "metadata.labels"), managed: made.body.metadata.managedFields },
      { ...told(bare, "data", "metadata.labels", "metadata.finalizers"), owners: owners(bare) },
    ];
  },
  "the same again writes nothing": async ({ apply, at }) => {
    const first = await apply(at("configmaps", "c"), map("c", { a: "1" }));
    const again = await apply(at("configmaps", "c"), map("c", { a: "1" }));
    return [again.code, Bun.deepEquals(first.body, again.body)];
  },
  "the same value by another manager is shared, and stays when one leaves it out": async ({ apply, at }) => {
    const first = await apply(at("configmaps", "c"), map("c", { a: "1" }));
    const second = await apply(at("configmaps", "c"), map("c", { a: "1" }), "m2");
    const left = await apply(at("configmaps", "c"), map("c"));
    return [first, second, left].map((answer) => ({
      ...told(answer, "metadata.resourceVersion", "data"),
      owners: owners(answer),
    }));
  },
  "fields that only their applier owned are removed when it leaves them out": async ({ apply, at }) => {
    await apply(at("configmaps", "c"), map("c", { a: "1", b: "2" }, { annotations: { x: "y" } }));
    return told(await apply(at("configmaps", "c"), map("c", { a: "1" })), "data", "metadata.annotations");
  },
  "another's value is a conflict, with its name and the field": async ({ apply, at }) => {
    await apply(at("configmaps", "c"), map("c", { a: "1" }));
    return told(await apply(at("configmaps", "c"), map("c", { a: "2" }), "m2"));
  },
  "several conflicts are told together": async ({ apply, post, at }) => {
    await post(`${at("configmaps")}?fieldManager=maker`, map("c", { a: "1", b: "1" }));
    await apply(at("configmaps", "c"), map("c", { c: "1" }, { labels: { l: "1" } }));
    return conflicts(
      await apply(at("configmaps", "c"), map("c", { a: "2", b: "2", c: "2" }, { labels: { l: "2" } }), "m2"),
    );
  },
  "force takes the fields, and an owner without fields leaves the list": async ({ apply, at }) => {
    await apply(at("configmaps", "c"), map("c", { a: "1" }));
    const forced = await apply(at("configmaps", "c"), map("c", { a: "2" }), "m2", "&force=true");
    return { ...told(forced, "data"), owners: owners(forced) };
  },
  "an update takes what it changes, and never conflicts": async ({ apply, merge, at }) => {
    await apply(at("configmaps", "c"), map("c", { a: "1", b: "1" }));
    const updated = await merge(`${at("configmaps", "c")}?fieldManager=upd`, { data: { a: "2" } });
    const conflict = await apply(at("configmaps", "c"), map("c", { a: "1", b: "1" }));
    return [{ ...told(updated, "data"), owners: owners(updated) }, told(conflict)];
  },
  "what an update owns stays when an applier leaves it out": async ({ apply, post, at }) => {
    await post(`${at("configmaps")}?fieldManager=maker`, map("c", { a: "1" }));
    await apply(at("configmaps", "c"), map("c", { a: "1", b: "1" }));
    const left = await apply(at("configmaps", "c"), map("c", { b: "1" }));
    return { ...told(left, "data"), owners: owners(left) };
  },
  "the same name as applier and as updater are two owners": async ({ apply, merge, at }) => {
    await apply(at("configmaps", "c"), map("c", { a: "1" }));
    const both = await merge(`${at("configmaps", "c")}?fieldManager=m1`, { data: { a: "2", b: "1" } });
    const conflict = await apply(at("configmaps", "c"), map("c", { a: "1" }));
    return [owners(both), told(conflict)];
  },
  "an update's owner without a name is the program": async ({ send, at }) => {
    const headers = { "user-agent": "some-tool/v2 (linux)" };
    return owners(await send("POST", at("configmaps"), { body: map("c", { a: "1" }), headers }));
  },
  "a manager's name is needed, and has bounds": async ({ send, at }) => {
    const type = "application/apply-patch+yaml";
    const path = at("configmaps", "c");
    return [
      told(await send("PATCH", path, { body: map("c"), type })),
      told(await send("PATCH", `${path}?fieldManager=${"m".repeat(129)}`, { body: map("c"), type })),
    ];
  },
  "force has no place in other patches": async ({ post, send, at }) => {
    await post(at("configmaps"), map("c"));
    const type = "application/merge-patch+json";
    return told(await send("PATCH", `${at("configmaps", "c")}?force=true`, { body: {}, type }));
  },
  "a version given for an object that is not there: it is created": async ({ apply, at }) =>
    told(await apply(at("configmaps", "c"), map("c", { a: "1" }, { resourceVersion: "1" })), "data"),
  "a version that is not the live one is a conflict, also with force": async ({ apply, at }) => {
    const made = await apply(at("configmaps", "c"), map("c", { a: "1" }));
    const { resourceVersion } = made.body.metadata;
    const sent = (version: string) => map("c", { a: "2" }, { resourceVersion: version });
    return [
      told(await apply(at("configmaps", "c"), sent("1"))),
      told(await apply(at("configmaps", "c"), sent("1"), "m2", "&force=true")),
      told(await apply(at("configmaps", "c"), sent(resourceVersion)), "data"),
    ];
  },
  "a uid that is not the live one, or of an object that is not there": async ({ apply, at }) => {
    const uid = "11111111-1111-4111-8111-111111111111";
    const missing = await apply(at("configmaps", "c"), map("c", {}, { uid }));
    await apply(at("configmaps", "c"), map("c"));
    return [told(missing), refused(await apply(at("configmaps", "c"), map("c", {}, { uid })))];
  },
  "managedFields, names and kinds that do not belong there": async ({ apply, at }) => {
    const path = at("configmaps", "c");
    return [
      told(await apply(path, map("c", {}, { managedFields: [] }))),
      told(await apply(path, map("c", {}, { managedFields: [{ manager: "x" }] }))),
      told(await apply(path, map("other"))),
      told(await apply(path, { ...map("c"), kind: "Secret" })),
      told(await apply(path, { ...map("c"), apiVersion: "v2" })),
      told(await apply(path, map("c", {}, { namespace: "other" }))),
    ];
  },
  "a field that is not in the schema, a wrong type": async ({ apply, at }) => [
    told(await apply(at("configmaps", "c"), { ...map("c"), dat: {} })),
    told(await apply(at("configmaps", "c"), map("c", { a: 1 }))),
    told(await apply(at("apps/v1/deployments", "d"), deployment("d", {}, { replicas: "x" }))),
  ],
  "an invalid value": async ({ apply, at }) =>
    told(await apply(at("apps/v1/deployments", "d"), deployment("d", {}, { replicas: -1 }))),
  "dryRun of a new and of a known object": async ({ apply, get, at }) => {
    const dry = await apply(at("configmaps", "c"), map("c", { a: "1" }), "m1", "&dryRun=All");
    const none = await get(at("configmaps", "c"));
    const made = await apply(at("configmaps", "c"), map("c", { a: "1" }));
    const again = await apply(at("configmaps", "c"), map("c", { a: "2" }), "m1", "&dryRun=All");
    const now = await get(at("configmaps", "c"));
    return [
      [told(dry, "data"), dry.body.metadata.resourceVersion, Boolean(dry.body.metadata.uid)],
      none.code,
      [again, made, now].map((answer) => told(answer, "data", "metadata.resourceVersion")),
    ];
  },
  "status: only it counts, and it has owners of its own": async ({ apply, post, at }) => {
    const path = at("apps/v1/deployments", "d");
    const paused = deployment("d", {}, { paused: true });
    const none = await apply(`${path}/status`, { ...deployment("none"), status: {} });
    await post(at("apps/v1/deployments"), paused);
    const at2026 = "2026-01-01T00:00:00Z";
    const times = { lastUpdateTime: at2026, lastTransitionTime: at2026 };
    const condition = { type: "Mine", status: "True", reason: "R", message: "m", ...times };
    const sent = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "d", labels: { x: "y" } },
      spec: { replicas: 7 },
      status: { conditions: [condition] },
    };
    const status = await apply(`${path}/status`, sent, "s");
    return [
      none.code,
      told(status, "metadata.labels", "metadata.generation", "spec.replicas"),
      status.body.status.conditions?.filter(({ type }: any) => type === "Mine"),
      (owners(status) as string[]).filter((owner) => owner.startsWith("s ")),
    ];
  },
  "status in the object itself is ignored, and not owned": async ({ apply, at }) => {
    const sent = { ...service("s"), status: { conditions: [{ type: "X", status: "True" }] } };
    const made = await apply(at("services", "s"), sent);
    return [told(made, "status"), owners(made)];
  },
  "scale: its owner owns the replicas": async ({ apply, merge, get, at }) => {
    const path = at("apps/v1/deployments", "d");
    await apply(path, deployment("d", {}, { paused: true, replicas: 2 }));
    const scale = { kind: "Scale", apiVersion: "autoscaling/v1", metadata: { name: "d" } };
    const same = await apply(`${path}/scale`, { ...scale, spec: { replicas: 2 } }, "scaler");
    await merge(`${path}/scale?fieldManager=hpa`, { spec: { replicas: 3 } });
    const conflict = await apply(`${path}/scale`, { ...scale, spec: { replicas: 2 } }, "scaler");
    const shown = (owners(await get(path)) as string[]).filter((owner) => /^(m1|scaler|hpa) /.test(owner));
    return [told(same, "kind", "spec"), refused(conflict), shown];
  },
  "the names in managedFields can be cleared by an update": async ({ apply, merge, at }) => {
    await apply(at("configmaps", "c"), map("c", { a: "1" }));
    const cleared = await merge(at("configmaps", "c"), { metadata: { managedFields: [{}] } });
    const taken = await apply(at("configmaps", "c"), map("c", { a: "2" }), "m2");
    return [owners(cleared), { ...told(taken, "data"), owners: owners(taken) }];
  },
  "an object without owners is first given to before-first-apply": async ({ apply, post, merge, at }) => {
    await post(at("configmaps"), map("c", { a: "1", b: "1" }));
    await merge(at("configmaps", "c"), { metadata: { managedFields: [{}] } });
    const refused = await apply(at("configmaps", "c"), map("c", { a: "2" }));
    const same = await apply(at("configmaps", "c"), map("c", { a: "1" }));
    return [told(refused), owners(same)];
  },
  "many updaters: the oldest become one": async ({ apply, merge, get, at }) => {
    await apply(at("configmaps", "c"), map("c", { a: "1" }));
    for (let i = 10; i < 22; i++) {
      await merge(`${at("configmaps", "c")}?fieldManager=u${i}`, { data: { [`k${i}`]: "1" } });
    }
    return owners(await get(at("configmaps", "c")));
  },
  "kubectl takes over what it applied from the client's side": async ({ apply, post, at }) => {
    const applied = map("c", { a: "1", b: "1" });
    const annotations = {
      "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify(applied),
    };
    const made = map("c", { a: "1", b: "1", other: "1" }, { annotations });
    await post(`${at("configmaps")}?fieldManager=kubectl-client-side-apply`, made);
    const foreign = await apply(at("configmaps", "c"), map("c", { other: "2" }), "kubectl");
    const someone = await apply(at("configmaps", "c"), map("c", { a: "2" }), "someone");
    const own = await apply(at("configmaps", "c"), map("c", { a: "2", b: "1" }), "kubectl");
    return [told(foreign), told(someone), { ...told(own, "data"), owners: owners(own) }];
  },
  "an unchanged status writes nothing": async ({ post, put, at }) => {
    const { body } = await post(at("services"), service("s"));
    const again = await put(at("services", "s", "status"), body);
    return [body, again.body].map(({ metadata: { resourceVersion } }) => ({ resourceVersion }));
  },
  "applying into a namespace that is not there": async ({ apply, namespace }) =>
    told(await apply(`/api/v1/namespaces/${namespace}-none/configmaps/c`, map("c"))),
});
