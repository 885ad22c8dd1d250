import { map } from "../bodies.ts";
import { type Asked, cases, told } from "../case.ts";
import { eventually } from "../../helpers/eventually.ts";

const labelled = (name: string, labels: object = { of: name }, data: object = {}) =>
  map(name, { ...data }, { labels });
const query = (fields: Record<string, string>) => `?${new URLSearchParams({ watch: "true", ...fields })}`;

/** Watches while `meanwhile` runs, until so many events have come; answers them in short. */
async function watched(
  { watch, at }: Asked,
  fields: Record<string, string>,
  count: number,
  meanwhile: () => Promise<unknown> = async () => {},
): Promise<unknown> {
  const stream = watch(at("configmaps") + query({ labelSelector: "of", ...fields }));
  try {
    await eventually("the watch is open", () => stream.state.status === 200 || stream.state.ended);
    await meanwhile();
    await eventually(`${count} events`, () => stream.events.length >= count || stream.state.ended);
    return stream.events.map(({ type, object }: any) => [
      type,
      object.kind,
      object.metadata?.name ?? null,
      object.metadata?.labels ?? null,
    ]);
  } finally {
    await stream.stop();
  }
}

async function versionOf({ get, at }: Asked): Promise<string> {
  return (await get(at("configmaps"))).body.metadata.resourceVersion;
}

export const watches = cases({
  "without a version: what there is, then every change": async (asked) => {
    const { post, merge, at, delete: remove } = asked;
    await post(at("configmaps"), labelled("a"));
    return watched(asked, {}, 4, async () => {
      await post(at("configmaps"), labelled("b"));
      await merge(at("configmaps", "a"), { data: { x: "1" } });
      await remove(at("configmaps", "b"));
    });
  },
  "from a version: only what came after it": async (asked) => {
    const { post, at, delete: remove } = asked;
    await post(at("configmaps"), labelled("a"));
    const resourceVersion = await versionOf(asked);
    await post(at("configmaps"), labelled("b"));
    return watched(asked, { resourceVersion }, 2, () => remove(at("configmaps", "a")));
  },
  "version 0: what there is": async (asked) => {
    await asked.post(asked.at("configmaps"), labelled("a"));
    // A cache may be a little behind: the first event is awaited, not the first answer.
    return watched(asked, { resourceVersion: "0" }, 1);
  },
  "what leaves the selector is deleted, what enters it is added": async (asked) => {
    const { post, merge, at } = asked;
    await post(at("configmaps"), labelled("a"));
    await post(at("configmaps"), labelled("b", { other: "x" }));
    const resourceVersion = await versionOf(asked);
    return watched(asked, { resourceVersion }, 2, async () => {
      await merge(at("configmaps", "a"), { metadata: { labels: { of: null, was: "a" } } });
      await merge(at("configmaps", "b"), { metadata: { labels: { of: "b" } } });
    });
  },
  "a field selector": async (asked) => {
    const { post, at } = asked;
    const resourceVersion = await versionOf(asked);
    return watched(asked, { resourceVersion, fieldSelector: "metadata.name=b" }, 1, async () => {
      await post(at("configmaps"), labelled("a"));
      await post(at("configmaps"), labelled("b"));
    });
  },
  "the versions of events grow, and a deletion has one of its own": async (asked) => {
    const { post, at, watch, delete: remove } = asked;
    const resourceVersion = await versionOf(asked);
    const stream = watch(at("configmaps") + query({ labelSelector: "of", resourceVersion }));
    const made = await post(at("configmaps"), labelled("a"));
    await remove(at("configmaps", "a"));
    await eventually("both events", () => stream.events.length === 2);
    await stream.stop();
    const [added, deleted] = stream.events.map(({ object }) => Number(object.metadata.resourceVersion));
    return [String(added) === made.body.metadata.resourceVersion, deleted! > added!];
  },
  "sendInitialEvents: what there is, then a bookmark": async (asked) => {
    const { post, at, watch } = asked;
    await post(at("configmaps"), labelled("a"));
    const fields = {
      labelSelector: "of",
      sendInitialEvents: "true",
      resourceVersionMatch: "NotOlderThan",
      allowWatchBookmarks: "true",
    };
    const stream = watch(at("configmaps") + query(fields));
    await eventually("the bookmark", () => stream.events.some(({ type }) => type === "BOOKMARK"));
    await post(at("configmaps"), labelled("b"));
    await eventually("the change", () => stream.events.some(({ object }) => object.metadata.name === "b"));
    await stream.stop();
    // Plain bookmarks come when the server likes.
    const told = stream.events.filter(
      ({ type, object }) => type !== "BOOKMARK" || object.metadata.annotations,
    );
    return told.map(({ type, object }) => {
      const { name, annotations, resourceVersion } = object.metadata;
      return { type, kind: object.kind, name, annotations, version: /^\d+$/.test(resourceVersion) };
    });
  },
  "sendInitialEvents=false: only what comes": async (asked) => {
    const { post, at } = asked;
    await post(at("configmaps"), labelled("a"));
    const fields = { sendInitialEvents: "false", resourceVersionMatch: "NotOlderThan" };
    return watched(asked, fields, 1, () => post(at("configmaps"), labelled("b")));
  },
  "combinations that mean nothing": async ({ get, at }) => {
    const refused = async (fields: Record<string, string>) =>
      told(await get(at("configmaps") + query({ timeoutSeconds: "1", ...fields })));
    return [
      await refused({ sendInitialEvents: "true" }),
      await refused({ sendInitialEvents: "true", resourceVersionMatch: "Exact" }),
      await refused({ resourceVersionMatch: "NotOlderThan", resourceVersion: "1" }),
      await refused({ limit: "1", continue: "x" }),
    ];
  },
  "a version that is no longer known": async ({ get, at }) => {
    const { code, body } = await get(at("configmaps") + query({ resourceVersion: "1", timeoutSeconds: "5" }));
    const { type, object } = JSON.parse(body.trim().split("\n")[0]);
    return [code, type, { ...object, message: object.message.replaceAll(/\d+/g, "N") }];
  },
  "a version that is none": async ({ get, at }) => {
    const { code } = await get(at("configmaps") + query({ resourceVersion: "abc", timeoutSeconds: "1" }));
    return code >= 400;
  },
  "it ends after its time": async ({ watch, at }) => {
    const stream = watch(
      at("configmaps") + query({ resourceVersion: "0", timeoutSeconds: "1", labelSelector: "of" }),
    );
    await eventually("the end of the watch", () => stream.state.ended);
    return [stream.state.status, stream.events];
  },
  "the old paths with /watch/ in them": {
    differs: "The old paths of watches (`/api/v1/watch/…`) are not served.",
    ask: async ({ get, namespace }) =>
      (await get(`/api/v1/watch/namespaces/${namespace}/configmaps?timeoutSeconds=1&resourceVersion=0`)).code,
  },
  "one object by its path": async (asked) => {
    const { post, at, watch, merge } = asked;
    await post(at("configmaps"), labelled("a"));
    const stream = watch(`${at("configmaps")}${query({ fieldSelector: "metadata.name=a" })}`);
    await eventually("the first event", () => stream.events.length === 1);
    await merge(at("configmaps", "a"), { data: { x: "1" } });
    await eventually("the second event", () => stream.events.length === 2);
    await stream.stop();
    return stream.events.map(({ type, object }) => [type, object.kind, object.data ?? null]);
  },
});
