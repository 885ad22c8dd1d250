import { describe, expect, test } from "bun:test";
import { keepRandom, type KubeObjectLike } from "../../../drivers/kit/index.ts";
import { compareFiles, compareObjects, compareValues, levelOf } from "../../../server/deploy/compare.ts";

const object = (kind: string, more: object = {}, name = "web", apiVersion = "apps/v1"): KubeObjectLike => ({
  apiVersion,
  kind,
  metadata: { name },
  ...more,
});

describe("values", () => {
  const cases: [string, unknown, unknown, object[]][] = [
    ["the same", { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, []],
    ["another value", { a: { b: 1 } }, { a: { b: 2 } }, [{ path: ".a.b", before: 1, after: 2 }]],
    ["one more", {}, { a: null }, [{ path: ".a", after: null }]],
    ["one less", { a: 1 }, {}, [{ path: ".a", before: 1 }]],
    [
      "another kind",
      { a: [1] },
      { a: { b: 1 } },
      [
        { path: ".a[0]", before: 1 },
        { path: ".a.b", after: 1 },
      ],
    ],
    [
      "things with names, in another order",
      {
        c: [
          { name: "x", v: 1 },
          { name: "y", v: 2 },
        ],
      },
      {
        c: [
          { name: "y", v: 3 },
          { name: "x", v: 1 },
        ],
      },
      [{ path: ".c[y].v", before: 2, after: 3 }],
    ],
    [
      "things with the same name twice",
      [{ name: "x" }, { name: "x" }],
      [{ name: "x" }],
      [{ path: "[1]", before: { name: "x" } }],
    ],
    ["a key that is no word", { "a/b": 1 }, { "a/b": 2 }, [{ path: '["a/b"]', before: 1, after: 2 }]],
    ["__proto__", JSON.parse('{"__proto__": 1}'), {}, [{ path: ".__proto__", before: 1 }]],
  ];
  for (const [what, before, after, changes] of cases) {
    test(what, () => void expect(compareValues(before, after)).toEqual(changes as never));
  }

  test("end at 500", () => {
    const many = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`k${index}`, index]));
    expect(compareValues(many, {})).toHaveLength(500);
  });
});

describe("objects", () => {
  test("are added, removed and changed; another version of their group is the same object", () => {
    const changes = compareObjects(
      [object("Deployment", { spec: { replicas: 1 } }), object("Service", {}, "old", "v1")],
      [
        object("Deployment", { spec: { replicas: 2 } }, "web", "apps/v1beta1"),
        object("Ingress", {}, "new", "networking.k8s.io/v1"),
      ],
    );
    expect(changes.added).toMatchObject([{ kind: "Ingress", name: "new", namespace: null }]);
    expect(changes.removed).toMatchObject([{ kind: "Service", name: "old" }]);
    expect(changes.changed).toMatchObject([
      {
        kind: "Deployment",
        recreate: false,
        fields: [
          { path: ".apiVersion", before: "apps/v1", after: "apps/v1beta1" },
          { path: ".spec.replicas", before: 1, after: 2 },
        ],
      },
    ]);
  });

  const recreated: [string, object, object, boolean][] = [
    ["Deployment", { spec: { selector: { a: 1 } } }, { spec: { selector: { a: 2 } } }, true],
    ["Deployment", { spec: { template: { a: 1 } } }, { spec: { template: { a: 2 } } }, false],
    [
      "StatefulSet",
      { spec: { volumeClaimTemplates: [{ spec: 1 }] } },
      { spec: { volumeClaimTemplates: [{ spec: 2 }] } },
      true,
    ],
    ["StatefulSet", { spec: { replicas: 1, template: 1 } }, { spec: { replicas: 2, template: 2 } }, false],
    ["StatefulSet", { spec: { serviceName: "a" } }, { spec: { serviceName: "b" } }, true],
    ["Job", { spec: { template: { a: 1 } } }, { spec: { template: { a: 2 } } }, true],
    ["PersistentVolumeClaim", { spec: { resources: 1 } }, { spec: { resources: 2 } }, false],
    ["RoleBinding", { roleRef: { name: "a" } }, { roleRef: { name: "b" } }, true],
    ["ConfigMap", { data: { a: "1" } }, { data: { a: "2" } }, false],
    ["ConfigMap", { immutable: true, data: { a: "1" } }, { immutable: true, data: { a: "2" } }, true],
    ["Secret", { type: "Opaque" }, { type: "kubernetes.io/tls" }, true],
    ["Service", { spec: { ports: [1] } }, { spec: { ports: [2] } }, false],
  ];
  const allowed = { metadata: { name: "web", annotations: { "styrmin.io/recreate": "true" } } };
  for (const [kind, before, after, recreate] of recreated) {
    test(`${kind} with ${JSON.stringify(after)} is ${recreate ? "made anew where the driver allows it" : "changed"}`, () => {
      const fate = (more: object) =>
        compareObjects([object(kind, before)], [object(kind, { ...after, ...more })]).changed[0]!;
      const way = `let it be made anew by its annotation styrmin.io/recreate: "true"`;
      expect(fate(allowed)).toMatchObject({ recreate, refused: null });
      expect(fate({})).toMatchObject({
        recreate: false,
        refused: recreate ? expect.stringContaining(way) : null,
      });
    });
  }

  test("which hold data are never made anew, and what says the default changes nothing", () => {
    const claim = (storageClassName: string) =>
      object("PersistentVolumeClaim", { spec: { storageClassName }, ...allowed }, "data", "v1");
    expect(compareObjects([claim("a")], [claim("b")]).changed).toMatchObject([
      {
        recreate: false,
        refused:
          "cannot be changed (.spec.storageClassName): the update will be refused; a volume is never made anew; " +
          "give the object another name and move the data",
      },
    ]);
    const set = (spec: object) => [object("StatefulSet", { spec })];
    const [same] = compareObjects(set({}), set({ podManagementPolicy: "OrderedReady" })).changed;
    expect(same).toMatchObject({ recreate: false, refused: null });
    const [other] = compareObjects(set({}), set({ podManagementPolicy: "Parallel" })).changed;
    expect(other!.refused).toStartWith("cannot be changed (.spec.podManagementPolicy): ");
  });

  test("whose claims say the default of a claim are changed", () => {
    const set = (claim: object) => [
      object("StatefulSet", {
        spec: { volumeClaimTemplates: [{ metadata: { name: "data" }, spec: claim }] },
      }),
    ];
    const fate = (before: object, after: object) => compareObjects(set(before), set(after)).changed[0];
    expect(fate({}, { volumeMode: "Filesystem" })).toMatchObject({ recreate: false, refused: null });
    expect(fate({ volumeMode: "Filesystem" }, {})).toMatchObject({ recreate: false, refused: null });
    expect(fate({}, { volumeMode: "Block" })!.refused).toStartWith(
      "cannot be changed (.spec.volumeClaimTemplates[0].spec.volumeMode): ",
    );
  });

  test("show nothing of what stands in Secrets", () => {
    const { changed } = compareObjects(
      [object("Secret", { stringData: { a: "hunter1" }, data: { b: "aHVudGVyMQ==" } }, "s", "v1")],
      [object("Secret", { stringData: { a: "hunter2", c: "hunter3" } }, "s", "v1")],
    );
    expect(changed[0]!.fields.map(({ path }) => path).sort()).toEqual([
      ".data",
      ".stringData.a",
      ".stringData.c",
    ]);
    expect(JSON.stringify(changed)).not.toMatch(/hunter|aHVudGVy/);
  });
});

test("what differs by chance alone is left out", () => {
  const render = (password: string, image: string) => [
    object("Secret", { data: { password } }, "s", "v1"),
    object("Deployment", { image, checksum: password }),
  ];
  const kept = keepRandom(render("b", "x:2"), render("c", "x:2"), render("a", "x:1"));
  expect(compareObjects(render("a", "x:1"), kept)).toMatchObject({
    changed: [{ kind: "Deployment", fields: [{ path: ".image", before: "x:1", after: "x:2" }] }],
  });
  const job = (seed: string) => object("Job", { spec: { template: { seed } } });
  const random = compareObjects([job("a")], [job("b")]);
  expect(random.changed[0]!.refused).toContain("cannot be changed");
  expect(compareObjects([job("a")], keepRandom([job("c")], [job("b")], [job("a")])).changed).toEqual([]);
});

test("what changes beside something random is shown", () => {
  const config = (key: string, level: string) => [
    object("ConfigMap", { data: { app: `key=${key}\nlevel=${level}` } }),
  ];
  const kept = keepRandom(config("r1", "debug"), config("r2", "debug"), config("r0", "info"));
  const field = { path: ".data.app", before: "key=r0\nlevel=info", after: "key=r0\nlevel=debug" };
  expect(compareObjects(config("r0", "info"), kept).changed).toMatchObject([{ fields: [field] }]);
});

test("files", () => {
  const bytes = (text: string) => Buffer.from(text);
  expect(
    compareFiles(
      { a: bytes("1"), b: bytes("1"), c: bytes("1") },
      { b: bytes("1"), c: bytes("2"), d: bytes("1") },
    ),
  ).toEqual([
    { path: "a", change: "REMOVED" },
    { path: "c", change: "CHANGED" },
    { path: "d", change: "ADDED" },
  ]);
});

const levels: [string, string, string][] = [
  ["1.2.3", "1.2.4", "PATCH"],
  ["1.2.3", "1.3.0", "MINOR"],
  ["1.2.3", "2.0.0", "MAJOR"],
  ["3", "4", "MAJOR"],
  ["3", "3.1", "MINOR"],
  ["1.2", "1.2.0", "PATCH"],
  ["v1.2", "1.2.1", "PATCH"],
  ["1.2.0-rc1", "1.2.0", "PATCH"],
  ["1.2.3", "1.2.3", "PATCH"],
  ["1.02", "1.2", "PATCH"],
  ["blue", "green", "MAJOR"],
  ["1.x", "1.y", "MAJOR"],
];
for (const [before, after, level] of levels) {
  test(`from ${before} to ${after} is a ${level}`, () =>
    void expect<string>(levelOf(before, after)).toBe(level));
}
