import { join } from "node:path";
import { parse } from "yaml";
import { type Asked, cases, refused as withoutWords, told } from "../case.ts";
import { eventually } from "../../helpers/eventually.ts";

const group = (namespace: string) => `${namespace}.test`;

interface Served {
  /** Of the kind in the case's namespace. */
  path: string;
  crd: string;
  make(name: string, rest?: object): Record<string, unknown>;
}

/** Serves a kind of the case's own, with one version. */
async function serve(asked: Asked, schema: object, version: object = {}, spec: object = {}): Promise<Served> {
  const { post, get, later, namespace } = asked;
  const crd = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.${group(namespace)}`;
  later(crd);
  const made = await post(
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    definition(namespace, schema, version, spec),
  );
  if (made.code !== 201) throw new Error(`the definition was refused: ${made.body.message}`);
  const path = `/apis/${group(namespace)}/v1/namespaces/${namespace}/things`;
  await eventually("the kind is served", async () => (await get(path)).code === 200);
  return {
    path,
    crd,
    make: (name, rest = {}) => ({
      apiVersion: `${group(namespace)}/v1`,
      kind: "Thing",
      metadata: { name },
      ...rest,
    }),
  };
}

function definition(namespace: string, schema: object, version: object = {}, spec: object = {}) {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `things.${group(namespace)}` },
    spec: {
      group: group(namespace),
      scope: "Namespaced",
      names: { kind: "Thing", plural: "things", shortNames: ["th"] },
      versions: [
        { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema }, ...version },
      ],
      ...spec,
    },
  };
}

const object = (properties: object, rest: object = {}) => ({ type: "object", properties, ...rest });
const spec = (properties: object, rest: object = {}) => object({ spec: object(properties, rest) });
const text = { type: "string" };
const preserve = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
const status = { subresources: { status: {} } };

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
  "unknown fields are pruned, except where they are preserved": async (asked) => {
    const { path, make } = await serve(
      asked,
      spec({ known: text, open: preserve, map: { type: "object", additionalProperties: text } }),
    );
    const sent = make("a", {
      extra: 1,
      spec: { known: "x", unknown: "y", open: { any: { thing: 1 } }, map: { free: "z" } },
    });
    return told(await asked.post(path, sent), "spec", "extra");
  },
  "defaults are filled in, also when it is read": async (asked) => {
    const schema = spec({
      size: { type: "integer", default: 3 },
      nested: object({ a: { ...text, default: "x" }, b: text }, { default: {} }),
      list: { type: "array", items: object({ c: { ...text, default: "y" } }) },
      empty: { ...text, nullable: true, default: "z" },
    });
    const { path, make } = await serve(asked, schema);
    return [
      told(await asked.post(path, make("a", { spec: {} })), "spec"),
      told(await asked.post(path, make("b")), "spec"),
      told(
        await asked.post(
          path,
          make("c", { spec: { size: 1, list: [{}, { c: "own" }], nested: { b: "1" } } }),
        ),
        "spec",
      ),
      told(await asked.post(path, make("d", { spec: { size: null, empty: null } })), "spec"),
    ];
  },
  "values are checked: types, bounds, enums, patterns": async (asked) => {
    const schema = spec(
      {
        count: { type: "integer", minimum: 1, maximum: 5 },
        step: { type: "number", multipleOf: 2, exclusiveMinimum: true, minimum: 0 },
        name: { type: "string", minLength: 2, maxLength: 4, pattern: "^[a-z]+$" },
        phase: { type: "string", enum: ["On", "Off"] },
        list: { type: "array", maxItems: 2, minItems: 1, items: text },
        map: { type: "object", maxProperties: 1, additionalProperties: text },
      },
      { required: ["count"] },
    );
    const { path, make } = await serve(asked, schema);
    const refused = async (value: unknown) => told(await asked.post(path, make("a", { spec: value })));
    return [
      await refused({}),
      await refused("text"),
      await refused({ count: 0 }),
      await refused({ count: 6 }),
      await refused({ count: 1.5 }),
      await refused({ count: "1" }),
      await refused({ count: 1, step: 3 }),
      await refused({ count: 1, step: 0 }),
      await refused({ count: 1, name: "a" }),
      await refused({ count: 1, name: "abcde" }),
      await refused({ count: 1, name: "AB" }),
      await refused({ count: 1, phase: "Maybe" }),
      await refused({ count: 1, list: [] }),
      await refused({ count: 1, list: ["a", "b", "c"] }),
      await refused({ count: 1, map: { a: "1", b: "2" } }),
      await refused({ count: 1, list: [1] }),
    ];
  },
  formats: async (asked) => {
    const of = (format: string) => ({ type: "string", format });
    const schema = spec({
      time: of("date-time"),
      uri: of("uri"),
      bytes: of("byte"),
      ip: of("ipv4"),
      own: of("unheard-of"),
      small: { type: "integer", format: "int32" },
    });
    const { path, make } = await serve(asked, schema);
    const said = async (value: object) =>
      told(await asked.post(`${path}?dryRun=All`, make("a", { spec: value })), "spec");
    return [
      await said({
        time: "2026-01-01T00:00:00.5Z",
        uri: "http://a.test/b",
        bytes: "YQ==",
        ip: "127.0.0.1",
        own: "?",
        small: 1,
      }),
      await said({ time: "yesterday" }),
      await said({ bytes: "?" }),
      await said({ ip: "300.1.1.1" }),
      await said({ small: 3_000_000_000 }),
    ];
  },
  "anyOf, oneOf, not, int-or-string": async (asked) => {
    const schema = spec({
      either: { type: "string", anyOf: [{ pattern: "^a" }, { pattern: "b$" }] },
      one: { type: "string", oneOf: [{ pattern: "^a" }, { pattern: "b$" }] },
      not: { type: "string", not: { pattern: "^x" } },
      port: { "x-kubernetes-int-or-string": true },
    });
    const { path, make } = await serve(asked, schema);
    const said = async (value: object) =>
      told(await asked.post(`${path}?dryRun=All`, make("a", { spec: value })), "spec");
    return [
      await said({ either: "ac", one: "ac", not: "y", port: "http" }),
      await said({ port: 80 }),
      await said({ port: 1.5 }),
      await said({ either: "c" }),
      await said({ one: "ab" }),
      await said({ not: "xy" }),
    ];
  },
  "lists as sets and maps": async (asked) => {
    const schema = spec({
      tags: { type: "array", items: text, "x-kubernetes-list-type": "set" },
      ports: {
        type: "array",
        items: object({ name: text, port: { type: "integer" } }, { required: ["name"] }),
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
      },
      plain: { type: "array", items: text },
    });
    const { path, make } = await serve(asked, schema);
    const values = (port: number, name: string) => ({ tags: [name], ports: [{ name, port }], plain: [name] });
    const apply = async (value: object, manager: string, more = "") =>
      told(await asked.apply(`${path}/a`, make("a", { spec: value }), manager, more), "spec");
    return [
      told(await asked.post(path, make("b", { spec: { tags: ["x", "x"] } }))),
      told(await asked.post(path, make("b", { spec: { ports: [{ name: "x" }, { name: "x" }] } }))),
      await apply(values(1, "x"), "m1"),
      await apply({ tags: ["y"], ports: [{ name: "y", port: 2 }] }, "m2"),
      await apply({ plain: ["y"] }, "m2"),
      await apply({ ports: [{ name: "x", port: 9 }] }, "m2"),
      await apply({ tags: ["y"], ports: [{ name: "y", port: 2 }], plain: ["z"] }, "m2", "&force=true"),
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
  "rules in CEL": async (asked) => {
    const rules = [
      { rule: "self.min <= self.max", message: "min must not exceed max" },
      { rule: "!has(self.name) || self.name.startsWith('x')", messageExpression: "'name is ' + self.name" },
      { rule: "self.max <= 10", reason: "FieldValueForbidden", fieldPath: ".max" },
    ];
    const schema = spec(
      { min: { type: "integer" }, max: { type: "integer" }, name: text },
      { "x-kubernetes-validations": rules },
    );
    const { path, make } = await serve(asked, schema);
    const said = async (value: object) =>
      told(await asked.post(`${path}?dryRun=All`, make("a", { spec: value })), "spec");
    return [
      await said({ min: 1, max: 2 }),
      await said({ min: 3, max: 2 }),
      await said({ min: 1, max: 2, name: "abc" }),
      await said({ min: 1, max: 11 }),
    ];
  },
  "rules of transition in CEL": async (asked) => {
    const schema = spec({
      generation: {
        type: "integer",
        "x-kubernetes-validations": [{ rule: "self >= oldSelf", message: "it only grows" }],
      },
      id: { ...text, "x-kubernetes-validations": [{ rule: "self == oldSelf" }] },
    });
    const { path, make } = await serve(asked, schema);
    await asked.post(path, make("a", { spec: { generation: 2, id: "x" } }));
    const change = async (value: object) => told(await asked.merge(`${path}/a`, { spec: value }), "spec");
    return [await change({ generation: 3 }), await change({ generation: 1 }), await change({ id: "y" })];
  },
  "a rule in CEL that is none": async ({ post, namespace }) => {
    const schema = spec({ a: { ...text, "x-kubernetes-validations": [{ rule: "self +" }] } });
    const { code, body } = await post(
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions?dryRun=All",
      definition(namespace, schema),
    );
    return [code, body.reason, body.details?.causes.map(({ reason, field }: any) => [reason, field])];
  },
  "our own kind: what its schema refuses": async (asked) => {
    const { schema } = await ownVersion();
    const { path, make } = await serve(asked, schema.openAPIV3Schema, status);
    const good = {
      deploymentId: "d1",
      name: "shop",
      environment: "prod",
      instanceId: "i1",
      intentGeneration: 2,
      driver: { name: "web", version: "1", digest: "sha256:x" },
      applicationVersion: "1.0.0",
      targetNamespace: "shop",
      releaseName: "shop",
      phase: "Running",
    };
    const made = await asked.post(path, make("a", { spec: good }));
    const change = async (value: object) =>
      told(await asked.merge(`${path}/a`, { spec: value }), "spec.phase");
    return [
      told(made, "spec"),
      await change({ intentGeneration: 3, phase: "Stopped" }),
      await change({ intentGeneration: 1 }),
      await change({ deploymentId: "d2" }),
      await change({ phase: "Dancing" }),
      await change({ driver: null }),
      told(await asked.post(path, make("b", { spec: {} }))),
    ];
  },
});

async function ownVersion(): Promise<any> {
  const file = join(import.meta.dir, "../../../k8s/crd.yaml");
  return parse(await Bun.file(file).text()).spec.versions[0];
}
