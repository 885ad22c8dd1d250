import { eventually } from "../../helpers/eventually.ts";
import { cases, refused as withoutWords, told } from "../case.ts";
import { definition, object, preserve, serve, spec, status, text } from "../crd.ts";

/** Kinds of CRDs: what they can do. */
export const custom = cases({
  "a kind is defined, established and found": async (asked) => {
    const { crd, path } = await serve(asked, preserve, status);
    const { body } = await asked.get(crd);
    const { body: kinds } = await asked.get(path.split("/namespaces")[0]!);
    return {
      generation: body.metadata.generation,
      finalizers: body.metadata.finalizers ?? null,
      spec: body.spec,
      status: {
        ...body.status,
        conditions: body.status.conditions.map(({ type, status, reason }: any) => [type, status, reason]),
      },
      kinds: kinds.resources.map(({ name, kind, verbs, shortNames, namespaced }: any) => ({
        name,
        kind,
        shortNames,
        namespaced,
        verbs: verbs.join(" "),
      })),
    };
  },
  "definitions that are refused": async ({ post, namespace }) => {
    const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    const refused = async (body: object) => withoutWords(await post(`${path}?dryRun=All`, body));
    const good = definition(namespace, preserve);
    return [
      await refused({ ...good, metadata: { name: "wrong" } }),
      await refused(definition(namespace, text)),
      await refused(definition(namespace, spec({ a: {} }))),
      await refused({
        ...good,
        spec: { ...good.spec, versions: [{ ...good.spec.versions[0], storage: false }] },
      }),
      await refused({ ...good, spec: { ...good.spec, scope: "Galactic" } }),
    ];
  },
  "owners of a custom object": async (asked) => {
    const schema = object({
      spec: object({ a: text, b: object({ c: text }), list: { type: "array", items: text } }),
      status: object({ s: text }),
    });
    const { path, make } = await serve(asked, schema, status);
    const made = await asked.apply(
      `${path}/a`,
      make("a", { spec: { a: "1", b: { c: "2" }, list: ["x"] }, status: { s: "ignored" } }),
    );
    const stated = await asked.apply(
      `${path}/a/status`,
      make("a", { spec: { a: "ignored" }, status: { s: "1" } }),
      "s",
    );
    return [
      { ...told(made, "spec", "status"), managed: made.body.metadata.managedFields },
      { ...told(stated, "spec", "status"), managed: stated.body.metadata.managedFields },
    ];
  },
  "Strict refuses unknown fields, Warn tells of them": async (asked) => {
    const { path, make } = await serve(
      asked,
      spec({ a: text, list: { type: "array", items: object({ b: text }) } }),
    );
    const body = make("a", {
      spec: { a: "1", x: "2", list: [{ c: "3" }] },
      metadata: { name: "a", lables: {} },
    });
    const answers = [];
    for (const mode of ["Strict", "Warn", "Ignore"]) {
      const answer = await asked.send("POST", `${path}?dryRun=All&fieldValidation=${mode}`, { body });
      answers.push({ ...told(answer, "spec"), warning: answer.headers.get("warning") });
    }
    return answers;
  },
  "apply with unknown fields and with wrong types": async (asked) => {
    const { path, make } = await serve(asked, spec({ a: text }));
    const apply = async (value: unknown, more = "") =>
      told(await asked.apply(`${path}/a`, make("a", { spec: value }), "m1", more), "spec");
    return [await apply({ x: "1" }), await apply({ a: 1 }), await apply({ a: "1" })];
  },
  "status is written by its subresource alone": async (asked) => {
    const schema = object({ spec: object({ a: text }), status: object({ s: text }) });
    const { path, make } = await serve(asked, schema, status);
    const made = await asked.post(path, make("a", { spec: { a: "1" }, status: { s: "no" } }));
    const stated = await asked.put(`${path}/a/status`, {
      ...made.body,
      spec: { a: "no" },
      status: { s: "yes" },
      metadata: { ...made.body.metadata, labels: { no: "no" } },
    });
    const changed = await asked.merge(`${path}/a`, { spec: { a: "2" }, status: { s: "no" } });
    const labelled = await asked.merge(`${path}/a`, { metadata: { labels: { x: "y" } } });
    const read = await asked.get(`${path}/a/status`);
    return [made, stated, changed, labelled, read].map((answer) =>
      told(answer, "spec", "status", "metadata.generation", "metadata.labels"),
    );
  },
  "without the subresource, status is a field like others": async (asked) => {
    const schema = object({ spec: object({ a: text }), status: object({ s: text }) });
    const { path, make } = await serve(asked, schema);
    const made = await asked.post(path, make("a", { status: { s: "1" } }));
    const changed = await asked.merge(`${path}/a`, { status: { s: "2" } });
    return [
      ...[made, changed].map((answer) => told(answer, "status", "metadata.generation")),
      (await asked.get(`${path}/a/status`)).code,
    ];
  },
  "scale of a custom kind": async (asked) => {
    const schema = object({
      spec: object({ replicas: { type: "integer" } }),
      status: object({ replicas: { type: "integer" }, selector: text }),
    });
    const scale = {
      specReplicasPath: ".spec.replicas",
      statusReplicasPath: ".status.replicas",
      labelSelectorPath: ".status.selector",
    };
    const { path, make } = await serve(asked, schema, { subresources: { status: {}, scale } });
    await asked.post(path, make("a", { spec: { replicas: 2 } }));
    await asked.merge(`${path}/a/status`, { status: { replicas: 1, selector: "x=y" } });
    const read = await asked.get(`${path}/a/scale`);
    const scaled = await asked.merge(`${path}/a/scale`, { spec: { replicas: 3 } });
    await asked.post(path, make("b"));
    return [
      told(read, "kind", "apiVersion", "metadata.name", "spec", "status"),
      told(scaled, "spec", "status"),
      told(await asked.get(`${path}/a`), "spec", "metadata.generation"),
      told(await asked.get(`${path}/b/scale`), "spec", "status"),
    ];
  },
  "a replacement must name the version": async (asked) => {
    const { path, make } = await serve(asked, preserve);
    const { body } = await asked.post(path, make("a"));
    return [
      told(await asked.put(`${path}/a`, make("a", { spec: { x: 1 } }))),
      told(await asked.put(`${path}/a`, { ...body, spec: { x: 1 } }), "spec"),
    ];
  },
  "strategic merge is not for custom kinds": async (asked) => {
    const { path, make } = await serve(asked, preserve);
    await asked.post(path, make("a"));
    return told(await asked.strategic(`${path}/a`, {}));
  },
  "columns of its own in tables": async (asked) => {
    const columns = [
      { name: "Size", type: "integer", jsonPath: ".spec.size" },
      { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
      { name: "Born", type: "date", jsonPath: ".metadata.creationTimestamp", priority: 1 },
    ];
    const { path, make } = await serve(asked, preserve, { additionalPrinterColumns: columns });
    await asked.post(
      path,
      make("a", { spec: { size: 3 }, status: { conditions: [{ type: "Ready", status: "True" }] } }),
    );
    await asked.post(path, make("b"));
    const { body } = await asked.get(path, { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" });
    return {
      columns: body.columnDefinitions.map(({ name, type, format, priority }: any) => ({
        name,
        type,
        format,
        priority,
      })),
      rows: body.rows.map(({ cells }: any) => cells.slice(0, 3)),
    };
  },
  "selectable fields": async (asked) => {
    const { path, make } = await serve(asked, spec({ color: text }), {
      selectableFields: [{ jsonPath: ".spec.color" }],
    });
    await asked.post(path, make("a", { spec: { color: "red" } }));
    await asked.post(path, make("b", { spec: { color: "blue" } }));
    const names = async (selector: string) => {
      const { code, body } = await asked.get(`${path}?fieldSelector=${encodeURIComponent(selector)}`);
      return [code, body.items?.map(({ metadata }: any) => metadata.name) ?? body.message];
    };
    return [await names("spec.color=red"), await names("spec.color!=red"), await names("spec.size=1")];
  },
  "two served versions show the same objects": async (asked) => {
    const versions = ["v1", "v2"].map((name) => ({
      name,
      served: true,
      storage: name === "v2",
      schema: { openAPIV3Schema: preserve },
    }));
    const { path, make } = await serve(asked, preserve, {}, { versions });
    await asked.post(path, make("a", { spec: { x: 1 } }));
    const v2 = path.replace("/v1/", "/v2/");
    return [
      told(await asked.get(`${path}/a`), "apiVersion", "spec"),
      told(await asked.get(`${v2}/a`), "apiVersion", "spec"),
      told(await asked.put(`${v2}/a`, make("a"))),
    ];
  },
  "a kind that goes takes its objects with it": async (asked) => {
    const { path, crd, make } = await serve(asked, preserve);
    await asked.post(path, make("a"));
    const removed = await asked.delete(crd);
    await eventually("the kind is gone", async () => (await asked.get(crd)).code === 404);
    const after = await eventually("the path is gone", async () => {
      const answer = await asked.get(path);
      return answer.code === 404 ? answer : undefined;
    });
    return [removed.code, removed.body.kind, after.code];
  },
});
