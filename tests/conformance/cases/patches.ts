import { deployment, map, service } from "../bodies.ts";
import { type Asked, cases, refused, told } from "../case.ts";

const data = { a: "1", b: "2" };
/** What a JSON patch makes of the data, one object per patch. */
async function jsonPatched({ post, jsonPatch, at }: Asked, ...patches: unknown[]) {
  const answers = [];
  for (const [index, patch] of patches.entries()) {
    await post(at("configmaps"), map(`c${index}`, data, { finalizers: ["x.test/a", "x.test/b"] }));
    const answer = await jsonPatch(at("configmaps", `c${index}`), patch);
    answers.push(told(answer, "data", "metadata.labels", "metadata.finalizers"));
    await jsonPatch(at("configmaps", `c${index}`), [
      { op: "replace", path: "/metadata/finalizers", value: [] },
    ]);
  }
  return answers;
}

const containers = (...items: unknown[]) => ({ spec: { template: { spec: { containers: items } } } });
const podOf = ({ body }: any) => body.spec?.template.spec ?? body;

export const patches = cases({
  "JSON patch: add, replace, remove": (asked) =>
    jsonPatched(
      asked,
      [{ op: "add", path: "/data/c", value: "3" }],
      [{ op: "add", path: "/data/a", value: "over" }],
      [{ op: "replace", path: "/data/a", value: "9" }],
      [{ op: "remove", path: "/data/a" }],
    ),
  "JSON patch: copy, move, test": (asked) =>
    jsonPatched(
      asked,
      [{ op: "copy", from: "/data/a", path: "/data/c" }],
      [{ op: "move", from: "/data/a", path: "/data/c" }],
      [
        { op: "test", path: "/data/a", value: "1" },
        { op: "replace", path: "/data/a", value: "2" },
      ],
      [
        { op: "replace", path: "/data/a", value: "2" },
        { op: "test", path: "/data/b", value: "no" },
      ],
    ),
  "JSON patch: places in lists": (asked) =>
    jsonPatched(
      asked,
      [{ op: "add", path: "/metadata/finalizers/-", value: "x.test/c" }],
      [{ op: "add", path: "/metadata/finalizers/0", value: "x.test/c" }],
      [{ op: "remove", path: "/metadata/finalizers/1" }],
      [{ op: "add", path: "/metadata/finalizers/9", value: "x.test/c" }],
      [{ op: "remove", path: "/metadata/finalizers/9" }],
      [{ op: "add", path: "/metadata/finalizers/x", value: "x.test/c" }],
      [{ op: "remove", path: "/metadata/finalizers/-1" }],
    ),
  "JSON patch: names with slashes and tildes": (asked) =>
    jsonPatched(asked, [
      { op: "add", path: "/metadata/labels", value: { "x.test/y": "z" } },
      { op: "replace", path: "/metadata/labels/x.test~1y", value: "w" },
    ]),
  "JSON patch: paths that are not there": (asked) =>
    jsonPatched(
      asked,
      [{ op: "remove", path: "/data/none" }],
      [{ op: "replace", path: "/data/none", value: "1" }],
      [{ op: "add", path: "/none/at/all", value: "1" }],
      [{ op: "test", path: "/data/none", value: "1" }],
      [{ op: "test", path: "/data/none", value: null }],
      [{ op: "copy", from: "/data/none", path: "/data/c" }],
      [{ op: "move", from: "/none/x", path: "/data/c" }],
    ),
  "JSON patch: what is no patch": (asked) =>
    jsonPatched(asked, {}, [{ op: "jump", path: "/data/a" }], [{ path: "/data/a" }], [{ op: "add" }], []),
  "JSON patch: what may not change": async ({ post, jsonPatch, at }) => {
    await post(at("configmaps"), map("c", data));
    const path = at("configmaps", "c");
    return [
      told(await jsonPatch(path, [{ op: "replace", path: "/metadata/name", value: "d" }])),
      refused(await jsonPatch(path, [{ op: "replace", path: "/kind", value: "Secret" }])),
      told(await jsonPatch(path, [{ op: "remove", path: "/metadata/name" }])),
      told(await jsonPatch(path, [{ op: "add", path: "/data/a", value: 1 }])).code,
    ];
  },
  "JSON patch: a test of the version guards a write": async ({ post, jsonPatch, at }) => {
    const { body } = await post(at("configmaps"), map("c", data));
    const { resourceVersion } = body.metadata;
    const patch = (version: string) => [
      { op: "test", path: "/metadata/resourceVersion", value: version },
      { op: "replace", path: "/data/a", value: "2" },
    ];
    return [
      told(await jsonPatch(at("configmaps", "c"), patch(resourceVersion)), "data"),
      (await jsonPatch(at("configmaps", "c"), patch("1"))).code,
    ];
  },
  "merge patch: values, nulls, lists": async ({ post, merge, at }) => {
    await post(at("configmaps"), map("c", data, { labels: { x: "y" }, finalizers: [] }));
    const path = at("configmaps", "c");
    return [
      told(
        await merge(path, { data: { a: null, c: "3" }, metadata: { labels: null } }),
        "data",
        "metadata.labels",
      ),
      told(await merge(path, { metadata: { annotations: { q: "1", r: null } } }), "metadata.annotations"),
      told(await merge(path, { data: null }), "data"),
    ];
  },
  "merge patch: lists are replaced": async ({ post, merge, at }) => {
    await post(at("apps/v1/deployments"), deployment("d", { env: [{ name: "A", value: "1" }] }));
    const patch = containers({ name: "e", image: "x" });
    return podOf(await merge(at("apps/v1/deployments", "d"), patch)).containers.map(({ name }: any) => name);
  },
  "merge patch: what is no object, and what may not change": async ({ post, merge, send, at }) => {
    await post(at("configmaps"), map("c", data));
    const path = at("configmaps", "c");
    return [
      (await merge(path, [])).code,
      (await send("PATCH", path, { body: "{", type: "application/merge-patch+json" })).code,
      told(await merge(path, { metadata: { name: "d" } })),
      refused(await merge(path, { kind: "Secret" })),
      told(await merge(path, { metadata: { namespace: "d" } })),
      told(await merge(at("configmaps", "none"), {})),
    ];
  },
  "strategic merge: lists by key": async ({ post, strategic, at }) => {
    await post(
      at("apps/v1/deployments"),
      deployment("d", { env: [{ name: "A", value: "1" }], args: ["x", "y"] }),
    );
    const patch = containers(
      { name: "d", image: "x" },
      { name: "c", env: [{ name: "B", value: "2" }], args: ["z"] },
    );
    const { containers: merged } = podOf(await strategic(at("apps/v1/deployments", "d"), patch));
    return merged.map(({ name, image, env, args }: any) => ({ name, image, env, args }));
  },
  "strategic merge: delete, replace, retainKeys": async ({ post, strategic, at }) => {
    const path = at("apps/v1/deployments", "d");
    await post(at("apps/v1/deployments"), deployment("d", { env: [{ name: "A", value: "1" }] }));
    const shown = async (patch: object) => {
      const answer = await strategic(path, patch);
      if (answer.code !== 200) return told(answer);
      const { strategy, template } = answer.body.spec;
      return { strategy, containers: template.spec.containers.map(({ name, env }: any) => ({ name, env })) };
    };
    return [
      await shown(containers({ name: "x", image: "x" }, { $patch: "delete", name: "c" })),
      await shown(containers({ name: "y", image: "y" }, { $patch: "replace" })),
      await shown({ spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } }),
      await shown({ spec: { strategy: { $patch: "replace", type: "RollingUpdate" } } }),
      (await strategic(path, containers({ image: "nameless" }))).code,
    ];
  },
  "strategic merge: values of sets, and orders": async ({ post, strategic, at }) => {
    const finalizers = ["x.test/a", "x.test/b"];
    await post(at("configmaps"), map("c", data, { finalizers }));
    await post(
      at("apps/v1/deployments"),
      deployment("d", {
        env: [
          { name: "A", value: "1" },
          { name: "B", value: "1" },
        ],
      }),
    );
    const path = at("configmaps", "c");
    const added = await strategic(path, { metadata: { finalizers: ["x.test/c"] } });
    const removed = await strategic(path, {
      metadata: { "$deleteFromPrimitiveList/finalizers": ["x.test/a", "x.test/c"] },
    });
    const ordered = await strategic(
      at("apps/v1/deployments", "d"),
      containers({
        name: "c",
        "$setElementOrder/env": [{ name: "C" }, { name: "B" }, { name: "A" }],
        env: [{ name: "C", value: "1" }],
      }),
    );
    await strategic(path, { metadata: { finalizers: null } });
    return [
      told(added, "metadata.finalizers"),
      told(removed, "metadata.finalizers"),
      podOf(ordered).containers[0].env,
    ];
  },
  "strategic merge: maps and nulls": async ({ post, strategic, at }) => {
    await post(at("configmaps"), map("c", data, { labels: { x: "y", z: "w" } }));
    return told(
      await strategic(at("configmaps", "c"), {
        data: { a: null },
        metadata: { labels: { x: null, n: "1" } },
      }),
      "data",
      "metadata.labels",
    );
  },
  "strategic merge: Service ports by their number": async ({ post, strategic, at }) => {
    const ports = [
      { name: "a", port: 80 },
      { name: "b", port: 81 },
    ];
    await post(at("services"), service("s", { ports }));
    return told(
      await strategic(at("services", "s"), {
        spec: {
          ports: [
            { port: 80, targetPort: 8080 },
            { port: 82, name: "c" },
          ],
        },
      }),
      "spec.ports",
    );
  },
  "a patch that changes nothing writes nothing": async ({ post, merge, jsonPatch, strategic, at }) => {
    await post(at("configmaps"), map("c", data));
    const path = at("configmaps", "c");
    const answers = [await merge(path, {}), await jsonPatch(path, []), await strategic(path, { data })];
    return answers.map((answer) => told(answer, "metadata.resourceVersion"));
  },
  "dryRun of a patch": async ({ post, merge, get, at }) => {
    await post(at("configmaps"), map("c", data));
    const dry = await merge(`${at("configmaps", "c")}?dryRun=All`, { data: { a: "9" } });
    return [dry, await get(at("configmaps", "c"))].map((answer) =>
      told(answer, "data", "metadata.resourceVersion"),
    );
  },
});
