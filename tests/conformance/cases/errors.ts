import { deployment, map, service } from "../bodies.ts";
import { cases, refused, told } from "../case.ts";

/** The refusals with their codes, reasons, details and causes. */
export const errors = cases({
  "nobody, and a wrong token": async ({ as, at }) => [
    told(await as("wrong").get(at("configmaps"))),
    (await as("wrong").get("/version")).code,
  ],
  "a path that is no path": async ({ get }) => {
    const { code, body } = await get("/nowhere");
    return [code, typeof body === "string" ? body.trim() : body.kind];
  },
  "a kind that is not served": async ({ get, at }) => {
    const { code, body } = await get(at("nothings"));
    return [code, typeof body === "string" ? body.trim() : body.kind];
  },
  "bodies that are no objects": async ({ send, at }) => [
    (await send("POST", at("configmaps"), { body: "{" })).code,
    (await send("POST", at("configmaps"), { body: "[]" })).code,
    told(await send("POST", at("configmaps"), { body: { metadata: { name: "c" } } })),
    (await send("POST", at("configmaps"), { body: "" })).code,
  ],
  "media types that are not known": async ({ send, at }) => [
    told(await send("POST", at("configmaps"), { body: "x", type: "application/x-thing" })),
    told(await send("PATCH", at("configmaps", "c"), { body: {}, type: "application/json" })),
  ],
  "an answer that nobody can give": async ({ get, at }) => {
    const { code, body } = await get(at("configmaps"), { accept: "image/png" });
    return [code, body.reason ?? body];
  },
  "a body that is too large": async ({ send, at }) =>
    (await send("POST", at("configmaps"), { body: map("c", { a: "x".repeat(3_200_000) }) })).code,
  "data that is too large": async ({ post, at }) => {
    const answer = await post(at("configmaps"), map("c", { a: "x".repeat(1_100_000) }));
    return { code: answer.code, reason: answer.body.reason, causes: answer.body.details.causes };
  },
  "keys of data that are no keys": async ({ post, at }) => [
    told(await post(at("configmaps"), map("c", { "a b": "1" }))),
    told(
      await post(at("secrets"), {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "s" },
        data: { "a/b": "" },
      }),
    ),
  ],
  "a Secret's data that is no base64": async ({ post, at }) => {
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, data: { a: "?" } };
    const { code, body } = await post(at("secrets"), secret);
    return [code, body.reason];
  },
  "labels and annotations that are none": async ({ post, at }) => {
    const refusedWith = async (metadata: object) =>
      told(await post(at("configmaps"), map("c", {}, metadata)));
    return [
      await refusedWith({ labels: { "a b": "x" } }),
      await refusedWith({ labels: { ok: "not ok" } }),
      await refusedWith({ labels: { "A.test/b": "x" } }),
      await refusedWith({ annotations: { "c d": "" } }),
    ];
  },
  "finalizers and owners that are none": async ({ post, at }) => [
    told(await post(at("configmaps"), map("c", {}, { finalizers: ["x"] }))),
    told(await post(at("configmaps"), map("c", {}, { ownerReferences: [{ kind: "ConfigMap", name: "x" }] }))),
  ],
  "a wrong type is named with its field": async ({ post, at }) => {
    const answers = [
      await post(at("configmaps"), map("c", { a: 1 })),
      await post(at("apps/v1/deployments"), deployment("d", {}, { replicas: "two" })),
    ];
    return answers.map(refused);
  },
  "several wrong fields are told together": async ({ post, at }) => {
    const container = { ports: [{ containerPort: 0 }], imagePullPolicy: "Never!" };
    return told(await post(at("apps/v1/deployments"), deployment("d", container, { replicas: -1 })));
  },
  "a selector that does not fit its template, or changes": async ({ post, merge, at }) => {
    const path = at("apps/v1/deployments");
    const foreign = deployment("d", {}, { selector: { matchLabels: { app: "other" } } });
    await post(path, deployment("e"));
    return [
      told(await post(path, foreign)),
      told(await merge(`${path}/e`, { spec: { selector: { matchLabels: { app: "f" } } } })),
    ];
  },
  "a Service without ports, with one twice, with a wrong one": async ({ post, at }) => [
    told(await post(at("services"), service("a", { ports: [] }))),
    told(
      await post(
        at("services"),
        service("b", {
          ports: [
            { name: "x", port: 80 },
            { name: "x", port: 81 },
          ],
        }),
      ),
    ),
    told(await post(at("services"), service("c", { ports: [{ port: 70000 }] }))),
  ],
  "a Service's address does not change": async ({ post, merge, at }) => {
    await post(at("services"), service("a"));
    return told(await merge(at("services", "a"), { spec: { clusterIP: "10.96.255.254" } }));
  },
  "a container without name and image": async ({ post, at }) =>
    told(
      await post(at("pods"), {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "p" },
        spec: { containers: [{}] },
      }),
    ),
  "what of a pod cannot change": async ({ post, merge, at }) => {
    // No node fits, so that nothing happens to it.
    const spec = { nodeSelector: { no: "where" }, containers: [{ name: "c", image: "busybox:1.37" }] };
    await post(at("pods"), { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec });
    const { code, body } = await merge(at("pods", "p"), { spec: { restartPolicy: "Never" } });
    return [code, body.reason, body.details.causes.map(({ reason, field }: any) => [reason, field])];
  },
  "an immutable ConfigMap": async ({ post, merge, at }) => {
    await post(at("configmaps"), { ...map("c", { a: "1" }), immutable: true });
    return [
      told(await merge(at("configmaps", "c"), { data: { a: "2" } })),
      told(await merge(at("configmaps", "c"), { immutable: false })),
      told(await merge(at("configmaps", "c"), { metadata: { labels: { x: "y" } } }), "metadata.labels"),
    ];
  },
  "a Secret's type does not change": async ({ post, merge, at }) => {
    await post(at("secrets"), { apiVersion: "v1", kind: "Secret", metadata: { name: "s" } });
    return told(await merge(at("secrets", "s"), { type: "other" }));
  },
  "unknown fields: Strict, Warn, Ignore": async ({ send, at }) => {
    const path = at("configmaps");
    const body = { ...map("c"), dat: {}, metadata: { name: "c", lables: {} } };
    const answers = [];
    for (const mode of ["Strict", "Warn", "Ignore"]) {
      const answer = await send("POST", `${path}?dryRun=All&fieldValidation=${mode}`, { body });
      answers.push({ ...told(answer, "dat", "metadata.lables"), warning: answer.headers.get("warning") });
    }
    return answers;
  },
  "unknown fields in a patch, and a mode that is not known": async ({ post, send, at }) => {
    await post(at("configmaps"), map("c"));
    const type = "application/merge-patch+json";
    const patch = async (mode: string) =>
      send("PATCH", `${at("configmaps", "c")}?fieldValidation=${mode}`, { body: { dat: { a: "1" } }, type });
    const warned = await patch("Warn");
    return [
      refused(await patch("Strict")),
      { ...told(warned), warning: warned.headers.get("warning") },
      told(await patch("Loud")),
    ];
  },
  "an environment that names a variable twice is warned of": async ({ send, at }) => {
    const env = [
      { name: "A", value: "1" },
      { name: "A", value: "2" },
    ];
    const { code, headers } = await send("POST", `${at("apps/v1/deployments")}?dryRun=All`, {
      body: deployment("d", { env }),
    });
    return [code, headers.get("warning")];
  },
  "a key with a meaning in JavaScript": {
    differs: "the key `__proto__` is refused",
    ask: async ({ send, at }) => {
      const body = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{"__proto__":"1"}}';
      return (await send("POST", `${at("configmaps")}?dryRun=All`, { body })).code;
    },
  },
  "a field that stands twice in the JSON": {
    differs: "A field that stands twice in a body's JSON is not told of: the last one counts.",
    ask: async ({ send, at }) => {
      const body = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{"a":"1","a":"2"}}';
      const strict = await send("POST", `${at("configmaps")}?fieldValidation=Strict`, { body });
      const warned = await send("POST", `${at("configmaps")}?dryRun=All`, { body });
      return [refused(strict), { ...told(warned, "data"), warning: warned.headers.get("warning") }];
    },
  },
});
