import { expect, test } from "bun:test";
import { lostKeys, lostMounts, lostPorts, type Remark } from "../../clients/cli/drivers/references.ts";
import { unknownPrompts } from "../../clients/cli/drivers/unknown-names.ts";
import type { KubeObjectLike } from "../../drivers/kit/index.ts";
import { filesOf, specOf } from "../drivers/sample.ts";

const object = (kind: string, name: string, rest: object): KubeObjectLike => ({
  apiVersion: "v1",
  kind,
  metadata: { name },
  ...rest,
});
const labels = { app: "web" };
const workload = (container: object, pod: object = {}, kind = "Deployment", annotations = {}) =>
  object(kind, "web", {
    spec: {
      template: {
        metadata: { labels, annotations },
        spec: { containers: [{ name: "main", ...container }], ...pod },
      },
    },
  });
const said = (remarks: Remark[]) =>
  remarks.map(({ object: { kind, metadata }, message }) => `${kind} ${metadata.name} ${message}`);

test("a mount of a volume that is not there is told, of containers that come first, too", () => {
  const mounts = { volumeMounts: [{ name: "dta", mountPath: "/data" }] };
  expect(said(lostMounts([workload(mounts, { volumes: [{ name: "data" }] })]))).toEqual([
    'Deployment web mounts "dta" in main, and has no such volume: the cluster refuses it — did you mean "data"?',
  ]);
  const first = { initContainers: [{ name: "first", ...mounts }] };
  expect(lostMounts([workload({}, first, "Job")])).toHaveLength(1);
  expect(lostMounts([workload(mounts, { volumes: [{ name: "dta" }] })])).toEqual([]);
  const claiming = workload(mounts, {}, "StatefulSet");
  claiming.spec.volumeClaimTemplates = [{ metadata: { name: "dta" } }];
  expect(lostMounts([claiming])).toEqual([]);
  expect(lostMounts([workload({ volumeMounts: "none" }), object("ConfigMap", "web", {})])).toEqual([]);
});

const takes = (from: "secretKeyRef" | "configMapKeyRef", key: string, more = {}) =>
  workload({ env: [{ name: "X", valueFrom: { [from]: { name: "own", key, ...more } } }] });
const secret = object("Secret", "own", { data: { user: "YQ==" }, stringData: { token: "x" } });
const configMap = object("ConfigMap", "own", { data: { level: "1" } });

test("a key that a rendered Secret or ConfigMap lacks is told", () => {
  expect(said(lostKeys([secret, takes("secretKeyRef", "tokn")]))).toEqual([
    'Deployment web takes "tokn" of the Secret own in main, which has no such key: the container does not start — did you mean "token"?',
  ]);
  expect(said(lostKeys([configMap, takes("configMapKeyRef", "colour")]))).toEqual([
    'Deployment web takes "colour" of the ConfigMap own in main, which has no such key: the container does not start; it has level',
  ]);
});

test.each<[string, KubeObjectLike[]]>([
  ["that is there", [secret, takes("secretKeyRef", "token")]],
  ["of a Secret that is not rendered", [takes("secretKeyRef", "token")]],
  ["of another kind's object", [configMap, takes("secretKeyRef", "token")]],
  ["that may be missing", [secret, takes("secretKeyRef", "tokn", { optional: true })]],
  ["of a Secret that somebody else fills", [object("Secret", "own", {}), takes("secretKeyRef", "token")]],
])("nothing is said of a key %s", (_, objects) => {
  expect(lostKeys(objects)).toEqual([]);
});

test("a target port that no pod of the Service names is told", () => {
  const service = (targetPort: unknown, selector: object = labels) =>
    object("Service", "web", { spec: { selector, ports: [{ port: 80, targetPort }] } });
  const web = workload({ ports: [{ name: "http", containerPort: 80 }, { containerPort: 81 }] });
  expect(said(lostPorts([service("htp"), web]))).toEqual([
    'Service web sends to the port "htp", which no container of its pods names: nobody answers there — did you mean "http"?',
  ]);
  for (const port of ["http", 8080, undefined]) expect(lostPorts([service(port), web])).toEqual([]);
  expect(lostPorts([service("htp", { app: "other" }), web])).toEqual([]);
});

test("an answer that an action reads and none asks for is told, and none in comments and texts", () => {
  const action =
    '{ name: go, hook: setup, location: "go.ts::go", prompts: [{ name: priority, kind: integer }] }';
  const spec = specOf(
    `  components: { web: { identifier: { label: { app: web } } } }\n  actions: [${action}]`,
  );
  const text = [
    "export function go(ctx) {",
    "  // ctx.prompts.no and 'ctx.prompts.not'",
    '  return ["ctx.prompts.nor", ctx.prompts.priority, `${ctx.prompts.prio}`, ctx.prompts?.x, ctx.prompts.toString()];',
    "}",
  ].join("\n");
  expect(
    unknownPrompts(spec, filesOf({ "go.ts": text })).map(({ line, message }) => [line, message]),
  ).toEqual([
    [3, 'reads ctx.prompts.prio, which no action asks for: it is undefined — did you mean "priority"?'],
  ]);
});
