import { deployment, map, service } from "../bodies.ts";
import { cases, refused, told } from "../case.ts";

/** Create, read, replace: what every kind can do. */
export const objects = cases({
  "a new object is created with 201 and read again as it was answered": async ({ post, get, at }) => {
    const made = await post(at("configmaps"), map("c", { a: "1" }));
    const read = await get(at("configmaps", "c"));
    return [told(made, "kind", "apiVersion", "metadata", "data"), Bun.deepEquals(made.body, read.body)];
  },
  "a name that is taken is refused with AlreadyExists": async ({ post, at }) => {
    await post(at("configmaps"), map("c"));
    return told(await post(at("configmaps"), map("c")));
  },
  "generateName makes a name of five letters and digits": async ({ post, at }) => {
    const answer = await post(at("configmaps"), {
      ...map(""),
      metadata: { generateName: "g-", labels: { a: "b" } },
    });
    const { name, generateName, labels } = answer.body.metadata;
    return [answer.code, /^g-[bcdfghjklmnpqrstvwxz2456789]{5}$/.test(name), generateName, labels];
  },
  "neither name nor generateName": async ({ post, at }) =>
    told(await post(at("configmaps"), { apiVersion: "v1", kind: "ConfigMap", metadata: {} })),
  "names that are no names": async ({ post, at }) => [
    told(await post(at("configmaps"), map("A_b"))),
    told(await post(at("services"), service("9lives"))),
    told(await post(at("configmaps"), map("x".repeat(254)))),
  ],
  "what the server writes itself is not taken from the client": async ({ post, at }) => {
    const metadata = {
      uid: "11111111-1111-4111-8111-111111111111",
      creationTimestamp: "2001-01-01T00:00:00Z",
      selfLink: "/x",
      deletionTimestamp: "2001-01-01T00:00:00Z",
    };
    const { code, body } = await post(at("configmaps"), map("c", {}, metadata));
    const { uid, creationTimestamp, selfLink, deletionTimestamp } = body.metadata;
    return {
      code,
      ownUid: uid !== metadata.uid,
      ownTime: creationTimestamp !== metadata.creationTimestamp,
      selfLink,
      deletionTimestamp,
    };
  },
  "a resourceVersion has no place in what is created": async ({ post, at }) =>
    told(await post(at("configmaps"), map("c", {}, { resourceVersion: "1" }))),
  "another namespace than the URL's": async ({ post, at }) =>
    told(await post(at("configmaps"), map("c", {}, { namespace: "other" }))),
  "another kind than the URL's": async ({ post, at }) =>
    refused(await post(at("configmaps"), { ...map("c"), kind: "Secret" })),
  "another version than the URL's": async ({ post, at }) =>
    told(await post(at("apps/v1/deployments"), { ...deployment("d"), apiVersion: "apps/v1beta1" })),
  "a namespace that is not there": async ({ post, get, namespace }) => {
    const path = `/api/v1/namespaces/${namespace}-none/configmaps`;
    const list = await get(path);
    return [told(await post(path, map("c"))), list.code, list.body.items];
  },
  "dryRun makes nothing": async ({ post, get, at }) => {
    const dry = await post(`${at("configmaps")}?dryRun=All`, map("c", { a: "1" }));
    const { uid, creationTimestamp, resourceVersion } = dry.body.metadata;
    return [
      told(dry, "data"),
      { uid: Boolean(uid), creationTimestamp: Boolean(creationTimestamp), resourceVersion },
      told(await get(at("configmaps", "c"))),
      told(await post(`${at("configmaps")}?dryRun=Some`, map("c"))),
    ];
  },
  "an object that is not there": async ({ get, at, delete: remove }) => [
    told(await get(at("apps/v1/deployments", "none"))),
    told(await remove(at("configmaps", "none"))),
  ],
  "a replacement needs no version and takes all fields": async ({ post, put, at }) => {
    await post(at("configmaps"), map("c", { a: "1", b: "2" }, { labels: { x: "y" } }));
    return told(await put(at("configmaps", "c"), map("c", { a: "2" })), "data", "metadata.labels");
  },
  "a stale version is refused, by PUT and by PATCH": async ({ post, put, merge, at }) => {
    const { body } = await post(at("configmaps"), map("c", { a: "1" }));
    const { resourceVersion } = body.metadata;
    const fresh = await put(at("configmaps", "c"), map("c", { a: "2" }, { resourceVersion }));
    return [
      told(fresh, "data"),
      told(await put(at("configmaps", "c"), map("c", { a: "3" }, { resourceVersion }))),
      told(await merge(at("configmaps", "c"), { metadata: { resourceVersion }, data: { a: "4" } })),
    ];
  },
  "a version that is no version": async ({ post, put, at }) => {
    await post(at("configmaps"), map("c"));
    return told(await put(at("configmaps", "c"), map("c", {}, { resourceVersion: "abc" })));
  },
  "another uid than the live one is refused": async ({ post, put, merge, at }) => {
    await post(at("configmaps"), map("c"));
    const uid = "11111111-1111-4111-8111-111111111111";
    return [
      refused(await put(at("configmaps", "c"), map("c", {}, { uid }))),
      refused(await merge(at("configmaps", "c"), { metadata: { uid } })),
    ];
  },
  "the same again writes nothing": async ({ post, put, merge, at }) => {
    const { body } = await post(at("configmaps"), map("c", { a: "1" }));
    const again = await put(at("configmaps", "c"), body);
    const patched = await merge(at("configmaps", "c"), { data: { a: "1" } });
    return [body, again.body, patched.body].map(({ metadata: { resourceVersion } }) => ({ resourceVersion }));
  },
  "a replacement of what is not there": async ({ put, at }) => [
    told(await put(at("configmaps", "none"), map("none", { a: "1" })), "data"),
    told(await put(at("apps/v1/deployments", "none"), deployment("none"))),
  ],
  "another name than the URL's": async ({ post, put, at }) => {
    await post(at("configmaps"), map("c"));
    return [
      told(await put(at("configmaps", "c"), map("d"))),
      told(await put(at("configmaps", "c"), { apiVersion: "v1", kind: "ConfigMap", metadata: {} })),
    ];
  },
  "methods that a path does not have": async ({ send, at }) => [
    told(await send("POST", at("configmaps", "c"), { body: map("c") })),
    told(await send("PUT", at("configmaps"), { body: map("c") })),
    told(await send("PATCH", at("configmaps"), { body: {}, type: "application/merge-patch+json" })),
  ],
  "subresources that a kind does not have": async ({ post, get, at }) => {
    await post(at("configmaps"), map("c"));
    return [
      told(await get(at("configmaps", "c", "status"))),
      told(await get(at("configmaps", "c", "scale"))),
    ];
  },
});
