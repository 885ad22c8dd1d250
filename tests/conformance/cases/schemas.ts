import { join } from "node:path";
import { parse } from "yaml";
import { cases, told } from "../case.ts";
import { definition, object, preserve, serve, spec, status, text } from "../crd.ts";

/** Kinds of CRDs: what their schemas make of an object, and what they refuse. */
export const schemas = cases({
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
  "what rules in CEL may say": async (asked) => {
    const rules = [
      "self.list.all(x, x > 0) && self.list.exists(x, x == 2)",
      "size(self.list) < 4",
      "self.map.all(k, self.map[k].matches('^v'))",
      "!('z' in self.map)",
      "self.list.filter(x, x > 2).size() <= 1",
      "self.number < 1.5 ? self.text.contains('a') : self.text.endsWith('b')",
      "type(self.count) == int && self.count % 2 == 0",
      "has(self.map.a) || self.count == 0",
    ];
    const schema = spec(
      {
        list: { type: "array", maxItems: 9, items: { type: "integer" } },
        map: { type: "object", maxProperties: 9, additionalProperties: { ...text, maxLength: 9 } },
        number: { type: "number" },
        count: { type: "integer" },
        text: { ...text, maxLength: 9 },
      },
      { "x-kubernetes-validations": rules.map((rule) => ({ rule })) },
    );
    const { path, make } = await serve(asked, schema);
    const good = { list: [1, 2, 3], map: { a: "v1" }, number: 1, count: 2, text: "a" };
    const said = async (value: object) =>
      told(await asked.post(`${path}?dryRun=All`, make("a", { spec: { ...good, ...value } })), "spec");
    return [
      await said({}),
      await said({ list: [1, 3] }),
      await said({ list: [2, 3, 4, 5] }),
      await said({ map: { z: "w" } }),
      await said({ number: 1.5 }),
      await said({ number: 2, text: "b", count: 3 }),
    ];
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
