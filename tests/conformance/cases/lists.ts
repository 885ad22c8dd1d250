import { eventually } from "../../helpers/eventually.ts";
import { map } from "../bodies.ts";
import { type Asked, cases, refused, told } from "../case.ts";

const names = ({ code, body }: any): any[] =>
  body.items
    ? [code, ...body.items.map(({ metadata }: any) => metadata.name)]
    : [told({ code, body } as any)];
/** ConfigMaps with the label `of`, so that the one every namespace has does not show. */
const mine = "labelSelector=of";
async function fill({ post, at }: Asked, ...made: string[]): Promise<void> {
  for (const name of made) await post(at("configmaps"), map(name, { a: name }, { labels: { of: name } }));
}
const query = (fields: Record<string, string>) => `?${new URLSearchParams(fields)}`;

export const lists = cases({
  "a list has its kind, a version, and items without kind": async (asked) => {
    await fill(asked, "b", "a");
    const { code, body } = await asked.get(`${asked.at("configmaps")}?${mine}`);
    const { kind, apiVersion, metadata, items } = body;
    return {
      code,
      kind,
      apiVersion,
      version: /^\d+$/.test(metadata.resourceVersion),
      others: Object.keys(metadata).sort(),
      items: items.map((item: any) => [item.kind, item.apiVersion, item.metadata.name]),
    };
  },
  "an empty list": async ({ get, at }) => {
    const { code, body } = await get(at("secrets"));
    return [code, body.kind, body.items];
  },
  "labels choose": async (asked) => {
    const { post, get, at } = asked;
    const label = (name: string, labels: object) => post(at("configmaps"), map(name, {}, { labels }));
    await label("web", { of: "x", app: "web", tier: "a" });
    await label("db", { of: "x", app: "db", tier: "b" });
    await label("bare", { of: "x", empty: "" });
    const selectors = [
      "of,app=web",
      "of,app==web",
      "of,app!=web",
      "of,app in (web, db),tier notin (b)",
      "of,!app",
      "app",
      "of, app notin (web)",
      "empty=",
      "of,app in (web),app in (db)",
    ];
    const answers = [];
    for (const labelSelector of selectors) {
      answers.push([labelSelector, names(await get(at("configmaps") + query({ labelSelector })))]);
    }
    return answers;
  },
  "selectors that are none": async ({ get, at }) => {
    const answers = [];
    for (const labelSelector of ["a b", "a in b", "=x", "a=b c", "a in (b", "a;b"]) {
      const { code, body } = await get(at("configmaps") + query({ labelSelector }));
      answers.push([labelSelector, code, body.reason]);
    }
    for (const fieldSelector of ["x", "data.a=1", "metadata.uid=1"]) {
      answers.push(told(await get(at("configmaps") + query({ fieldSelector }))));
    }
    return answers;
  },
  "fields choose": async (asked) => {
    await fill(asked, "a", "b");
    const { get, at, namespace } = asked;
    const choose = async (fieldSelector: string) =>
      names(await get(at("configmaps") + query({ fieldSelector, labelSelector: "of" })));
    return [
      await choose("metadata.name=a"),
      await choose("metadata.name!=a"),
      await choose(`metadata.namespace=${namespace},metadata.name=b`),
      names(await get(at("secrets") + query({ fieldSelector: "type=Opaque" }))),
    ];
  },
  "a list over all namespaces": async (asked) => {
    await fill(asked, "a");
    const { get, namespace } = asked;
    const { code, body } = await get(
      `/api/v1/configmaps${query({ labelSelector: "of", fieldSelector: `metadata.namespace=${namespace}` })}`,
    );
    return [code, body.items.map(({ metadata }: any) => [metadata.namespace, metadata.name])];
  },
  "limit and continue": async (asked) => {
    await fill(asked, "a", "b", "c", "d", "e");
    const { get, at } = asked;
    const answers = [];
    let token = "";
    do {
      const more: Record<string, string> = token === "" ? {} : { continue: token };
      const { code, body } = await get(
        at("configmaps") + query({ labelSelector: "of", limit: "2", ...more }),
      );
      token = body.metadata.continue ?? "";
      answers.push([
        code,
        body.items.map(({ metadata }: any) => metadata.name),
        token !== "",
        body.metadata.remainingItemCount,
      ]);
    } while (token !== "");
    return answers;
  },
  "limit tells what remains, without selectors": async (asked) => {
    await fill(asked, "a", "b", "c");
    const { get, at } = asked;
    const first = await get(`${at("configmaps")}?limit=2`);
    const rest = await get(at("configmaps") + query({ limit: "2", continue: first.body.metadata.continue }));
    return [first, rest].map((answer) => [
      names(answer),
      answer.body.metadata.remainingItemCount,
      answer.body.metadata.resourceVersion === first.body.metadata.resourceVersion,
    ]);
  },
  "pages show one moment, whatever comes between": async (asked) => {
    await fill(asked, "a", "b", "c", "d");
    const { get, at, delete: remove, merge } = asked;
    const path = at("configmaps");
    const first = await get(path + query({ labelSelector: "of", limit: "2" }));
    await fill(asked, "bb", "cc");
    await remove(`${path}/c`);
    await merge(`${path}/d`, { data: { a: "changed" } });
    const token = first.body.metadata.continue;
    const rest = await get(path + query({ labelSelector: "of", limit: "5", continue: token }));
    return [names(first), rest.body.items.map(({ metadata, data }: any) => [metadata.name, data.a])];
  },
  "pages of a table, and over all namespaces": async (asked) => {
    await fill(asked, "a", "b", "c");
    const { get, at, namespace } = asked;
    const accept = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json" };
    const table = await get(at("configmaps") + query({ labelSelector: "of", limit: "2" }), accept);
    const more = { labelSelector: "of", limit: "2", continue: table.body.metadata.continue };
    const rest = await get(at("configmaps") + query(more), accept);
    const fieldSelector = `metadata.namespace=${namespace}`;
    const all = await get(`/api/v1/configmaps${query({ labelSelector: "of", fieldSelector, limit: "500" })}`);
    return [table.body.rows.length, rest.body.rows.length, rest.body.metadata.continue ?? null, names(all)];
  },
  "a limit that is none, and one that takes all": async (asked) => {
    await fill(asked, "a", "b");
    const { get, at } = asked;
    const list = async (limit: string) => {
      const answer = await get(at("configmaps") + query({ labelSelector: "of", limit }));
      return [names(answer), answer.body.metadata?.continue !== undefined];
    };
    return [await list("0"), await list("2"), await list("3"), await list("x"), await list("-1")];
  },
  "tokens that are none": async (asked) => {
    await fill(asked, "a", "b");
    const { get, at } = asked;
    const path = at("configmaps");
    const first = await get(path + query({ labelSelector: "of", limit: "1" }));
    const token = first.body.metadata.continue;
    return [
      refused(await get(path + query({ limit: "1", continue: "nonsense" }))),
      told(await get(path + query({ limit: "1", continue: Buffer.from("{}").toString("base64url") }))),
      told(
        await get(
          path + query({ limit: "1", continue: token, resourceVersion: first.body.metadata.resourceVersion }),
        ),
      ),
      names(
        await get(path + query({ limit: "1", continue: token, resourceVersion: "0", labelSelector: "of" })),
      ),
    ];
  },
  "versions in a list: any, not older, exact": async (asked) => {
    await fill(asked, "a");
    const { get, at } = asked;
    const path = at("configmaps");
    const { body } = await get(`${path}?${mine}`);
    const { resourceVersion } = body.metadata;
    const list = async (fields: Record<string, string>) =>
      names(await get(path + query({ labelSelector: "of", ...fields })));
    await fill(asked, "b");
    await eventually("the cache has it", async () => (await list({ resourceVersion: "0" })).includes("b"));
    return {
      any: await list({ resourceVersion: "0" }),
      notOlder: await list({ resourceVersion, resourceVersionMatch: "NotOlderThan" }),
      plain: await list({ resourceVersion }),
      exact: await list({ resourceVersion, resourceVersionMatch: "Exact" }),
    };
  },
  "matches that mean nothing": async ({ get, at }) => {
    const list = async (fields: Record<string, string>) => told(await get(at("configmaps") + query(fields)));
    return [
      await list({ resourceVersionMatch: "Exact" }),
      await list({ resourceVersion: "0", resourceVersionMatch: "Exact" }),
      await list({ resourceVersion: "1", resourceVersionMatch: "Some" }),
      await list({ sendInitialEvents: "true" }),
    ];
  },
  "a version that is none, and one of the future": async ({ get, at }) => {
    const future = await get(`${at("configmaps")}?resourceVersion=99999999999999`);
    const { code, body, headers } = future;
    return [
      told(await get(`${at("configmaps")}?resourceVersion=abc`)),
      [code, body.reason, body.details?.causes, body.details?.retryAfterSeconds, headers.get("retry-after")],
    ];
  },
  "one object can be asked for by version": async (asked) => {
    await fill(asked, "a");
    const { get, at } = asked;
    const path = `${at("configmaps", "a")}?resourceVersion=0`;
    await eventually("the cache has it", async () => (await get(path)).code === 200);
    return [told(await get(path), "data"), told(await get(`${at("configmaps", "a")}?resourceVersion=abc`))];
  },
  "a collection is deleted by its selector": async (asked) => {
    await fill(asked, "a", "b", "c");
    const { send, get, at } = asked;
    const gone = await send("DELETE", at("configmaps") + query({ labelSelector: "of in (a,b)" }));
    return [gone.body.kind, names(gone), names(await get(`${at("configmaps")}?${mine}`))];
  },
});
