import { expect, test } from "bun:test";
import { type KubeObjectLike, staleSecrets, staleText } from "../../drivers/kit/index.ts";

const object = (kind: string, name: string, rest: object): KubeObjectLike => ({
  apiVersion: "v1",
  kind,
  metadata: { name },
  ...rest,
});
const secret = (name: string, stringData: object) => object("Secret", name, { stringData });
const variable = (name: string, key: string) => ({
  env: [{ name: "X", valueFrom: { secretKeyRef: { name, key } } }],
});
interface Pod {
  kind?: string;
  volumes?: object[];
  annotations?: object;
  replicas?: number;
}
const workload = (container: object, { kind = "Deployment", volumes, annotations, replicas }: Pod = {}) => {
  const spec = { containers: [{ name: "main", ...container }], ...(volumes && { volumes }) };
  return object(kind, "web", { spec: { replicas, template: { metadata: { annotations }, spec } } });
};
/** What is told when the Secret `own` gets another token; its user stays. */
const told = (make: (token: string) => KubeObjectLike[]) => {
  const render = (token: string) => [secret("own", { token, user: "ann" }), ...make(token)];
  return staleSecrets(render("old"), render("new")).map(staleText);
};
const atStart =
  'web does not restart: it goes on with the old value of "token" of the Secret own until its pods are made anew';
const asFiles =
  'Deployment web does not restart: its files get the new value of "token" of the Secret own soon after, and a program that read them before goes on with the old value';
const mount = { volumeMounts: [{ name: "v", mountPath: "/s" }] };

test.each<[string, KubeObjectLike, string[]]>([
  ["a variable", workload(variable("own", "token")), [`Deployment ${atStart}`]],
  ["all variables", workload({ envFrom: [{ secretRef: { name: "own" } }] }), [`Deployment ${atStart}`]],
  [
    "a DaemonSet's variable",
    workload(variable("own", "token"), { kind: "DaemonSet" }),
    [`DaemonSet ${atStart}`],
  ],
  [
    "a database's variable",
    workload(variable("own", "token"), { kind: "StatefulSet" }),
    [`StatefulSet ${atStart}; a database mostly keeps the password that it was first set up with even then`],
  ],
  ["files", workload(mount, { volumes: [{ name: "v", secret: { secretName: "own" } }] }), [asFiles]],
  [
    "projected files",
    workload(mount, { volumes: [{ name: "v", projected: { sources: [{ secret: { name: "own" } }] } }] }),
    [asFiles],
  ],
  [
    "a file by subPath",
    workload(
      { volumeMounts: [{ name: "v", mountPath: "/s", subPath: "token" }] },
      { volumes: [{ name: "v", secret: { secretName: "own" } }] },
    ),
    [`Deployment ${atStart}`],
  ],
  [
    "a variable and files",
    workload(
      { ...variable("own", "token"), ...mount },
      { volumes: [{ name: "v", secret: { secretName: "own" } }] },
    ),
    [`Deployment ${atStart}`],
  ],
])("pods that take a secret as %s go on with the old value, and how is told", (_, pods, sentences) => {
  expect(told(() => [pods])).toEqual(sentences);
});

test.each<[string, (token: string) => KubeObjectLike[]]>([
  ["another key", () => [workload(variable("own", "user"))]],
  [
    "files of another key",
    () => [
      workload(mount, {
        volumes: [{ name: "v", secret: { secretName: "own", items: [{ key: "user", path: "u" }] } }],
      }),
    ],
  ],
  [
    "a volume that nothing mounts",
    () => [workload({}, { volumes: [{ name: "v", secret: { secretName: "own" } }] })],
  ],
  ["a Secret that is not rendered", () => [workload(variable("other", "token"))]],
  [
    "it in a template that changes",
    (token) => [workload(variable("own", "token"), { annotations: { token } })],
  ],
  ["it in pods that there are none of", () => [workload(variable("own", "token"), { replicas: 0 })]],
  ["it in pods that end by themselves", () => [workload(variable("own", "token"), { kind: "Job" })]],
  ["nothing that can be read", () => [workload({ env: "none", envFrom: [null], volumeMounts: 5 })]],
])("nothing is told of pods that take %s", (_, make) => {
  expect(told(make)).toEqual([]);
});

test("each Secret is told of by itself, with all of its keys that change, and a workload that is new not at all", () => {
  const both = workload({ envFrom: [{ secretRef: { name: "one" } }, { secretRef: { name: "two" } }] });
  const before = [secret("one", { a: "1", b: "1", gone: "1" }), secret("two", { c: "1" }), both];
  const after = [
    secret("one", { a: "2", b: "2" }),
    object("Secret", "two", { data: { c: btoa("2") } }),
    both,
  ];
  expect(staleSecrets(before, after).map(({ secret: name, keys }) => [name, keys])).toEqual([
    ["one", ["a", "b"]],
    ["two", ["c"]],
  ]);
  expect(staleText(staleSecrets(before, after)[0]!)).toContain(
    'the old values of "a", "b" of the Secret one',
  );
  // The same text in the other spelling is no change.
  const encoded = [
    object("Secret", "own", { data: { token: btoa("x") } }),
    workload(variable("own", "token")),
  ];
  expect(staleSecrets(encoded, [secret("own", { token: "x" }), encoded[1]!])).toEqual([]);
  expect(staleSecrets(before.slice(0, 2), after)).toEqual([]);
});
