import { describe, expect, test } from "bun:test";
import {
  componentOf,
  digestOf,
  mergeConfig,
  packBundle,
  selectorOf,
  unpackBundle,
  withSecrets,
} from "../../drivers/kit/index.ts";
import { contextOf, filesOf, specOf } from "./sample.ts";

const spec = specOf(`  components:
    web: { identifier: { label: { app: x, part: web } } }
    all: { identifier: { label: { app: x } } }
  services:
    - { name: web, kind: http, scope: external, port: 80, component: web }
    - { name: ${"a".repeat(60)}, kind: tcp, port: 81, component: web }
  parameters: [{ name: password, kind: secret, generate: {} }]
`);

describe("context", () => {
  test("a service has two host names under the suffix", () => {
    const { services } = contextOf(spec, { cluster: { fqdn_suffix: "localhost" } });
    expect(services.web).toEqual({
      name: "web",
      kind: "http",
      scope: "external",
      port: 80,
      component: "web",
      primary_fqdn: "web-cafe1234.localhost",
      human_readable_fqdn: "web-demo.localhost",
    });
  });

  test("host names are null without a suffix", () => {
    const { services } = contextOf(spec);
    expect([services.web!.primary_fqdn, services.web!.human_readable_fqdn]).toEqual([null, null]);
  });

  test("a label that would be too long is cut and ends in a hash", () => {
    const { services } = contextOf(spec, { cluster: { fqdn_suffix: "example.org" } });
    const [label] = services["a".repeat(60)]!.primary_fqdn!.split(".");
    expect(label).toMatch(/^a{54}-[0-9a-f]{8}$/);
    expect(label!.length).toBe(63);
  });

  test("config is merged: cluster below environment below deployment", () => {
    const context = contextOf(spec, {
      cluster: { a: 1, deep: { x: 1, list: [1, 2] }, fqdn_suffix: "c" },
      environment: { a: 2, deep: { y: 2 } },
      deployment: { deep: { list: [3] }, fqdn_suffix: "d" },
    });
    expect(context.instance.config).toEqual({ a: 2, deep: { x: 1, y: 2, list: [3] }, fqdn_suffix: "d" });
    expect(context.cluster.config).toEqual({ a: 1, deep: { x: 1, list: [1, 2] }, fqdn_suffix: "c" });
    expect(context.services.web!.primary_fqdn).toBe("web-cafe1234.d");
  });

  test("merging reaches no prototype", () => {
    const hostile = JSON.parse(
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"ok":{"__proto__":{"polluted":1}}}',
    );
    expect(mergeConfig(hostile, hostile)).toEqual({ ok: {} });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(mergeConfig("text", null, [1], 5)).toEqual({});
  });

  test("is the same for the same input, and shares nothing with it", () => {
    const cluster = { deep: { list: [{ a: 1 }] } };
    const one = contextOf(spec, { cluster });
    expect(contextOf(spec, { cluster })).toEqual(one);
    (one.instance.config.deep as { list: { a: number }[] }).list[0]!.a = 2;
    expect(cluster.deep.list[0]!.a).toBe(1);
  });

  test("environment variables and overrides of components come from the merged config", () => {
    const { components } = contextOf(spec, {
      environment: { env_vars: { web: { LEVEL: "info", SIZE: 5 } } },
      deployment: {
        env_vars: { web: { LEVEL: "debug" } },
        container_overrides: { web: { main: { command: ["a"], args: "no" } } },
      },
    });
    expect(components.web!.env_vars).toEqual([
      { name: "LEVEL", value: "debug" },
      { name: "SIZE", value: "5" },
    ]);
    expect(components.web!.container_overrides).toEqual({ main: { command: ["a"] } });
    expect(components.all!.env_vars).toEqual([]);
  });

  test("secrets are references until they are put in for one render", () => {
    const context = contextOf(spec, { secrets: ["password"] });
    expect(context.parameters.password).toEqual({ secretRef: { name: "styrmin-params-1", key: "password" } });
    expect(withSecrets(context, { password: "geheim" }).parameters.password).toBe("geheim");
    expect(() => withSecrets(context, {})).toThrow('Secret styrmin-params-1 has no key "password"');
  });
});

describe("components", () => {
  test("a pod is of the component that asks for most of its labels", () => {
    expect(componentOf(spec.components, { app: "x", part: "web", other: "1" })).toBe("web");
    expect(componentOf(spec.components, { app: "x", part: "worker" })).toBe("all");
    expect(componentOf(spec.components, { app: "y" })).toBeUndefined();
    expect(componentOf(spec.components, undefined)).toBeUndefined();
    expect(selectorOf(spec.components.web!.labels)).toBe("app=x,part=web");
  });
});

describe("digest and bundle", () => {
  const files = filesOf({ "b.txt": "2", "a.txt": "1" });

  test("depend on paths and contents only", () => {
    expect(digestOf(files)).toBe(digestOf(filesOf({ "a.txt": "1", "b.txt": "2" })));
    const others: Record<string, string>[] = [
      { "a.txt": "1", "b.txt": "3" },
      { "a.txt": "1", "c.txt": "2" },
      { "a.txt": "1" },
      { "a.txt1": "", "b.txt": "2" },
    ];
    expect(new Set([files, ...others.map((each) => filesOf(each))].map(digestOf)).size).toBe(5);
  });

  test("a bundle gives the files back, and another one's digest does not fit", () => {
    const binary = { ...files, "logo.png": new Uint8Array([0, 255, 128]) };
    const bundle = packBundle(binary);
    expect(digestOf(unpackBundle(bundle, digestOf(binary)))).toBe(digestOf(binary));
    expect(() => unpackBundle(bundle, digestOf(files))).toThrow("digest");
    expect(() => unpackBundle(bundle, digestOf(binary), 10)).toThrow();
  });
});
