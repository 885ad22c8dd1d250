import { expect, test } from "bun:test";
import { managersOf } from "../../../agent/operator/blame.ts";
import { changedFields } from "../../../agent/operator/changed-fields.ts";
import { dropping, leavingOut } from "../../../agent/operator/ignore.ts";
import type { KubeObject } from "../../../kube/types.ts";

const name = 'k:{"name":"web"}';
const port = 'k:{"containerPort":80,"protocol":"TCP"}';
const ours = {
  "f:metadata": { "f:annotations": { "f:example.net/note": {} } },
  "f:spec": {
    "f:replicas": {},
    "f:selector": {},
    "f:containers": {
      [name]: {
        ".": {},
        "f:name": {},
        "f:image": {},
        "f:ports": { [port]: { ".": {}, "f:containerPort": {} } },
      },
    },
  },
};
const wanted: KubeObject = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "n", annotations: { "example.net/note": "a" } },
  spec: {
    replicas: 2,
    selector: { app: "web" },
    containers: [{ name: "web", image: "i:1", ports: [{ containerPort: 80 }] }],
  },
};
/** As it is in the cluster: with what others made of it, and with what is ours of it then. */
const live = (
  spec: object,
  fields: object = ours,
  annotations = wanted.metadata.annotations,
): KubeObject => ({
  ...wanted,
  metadata: {
    ...wanted.metadata,
    annotations,
    managedFields: [
      { manager: "styrmin", operation: "Apply", fieldsV1: fields },
      {
        manager: "kubectl-edit",
        operation: "Update",
        fieldsV1: { "f:spec": { "f:replicas": {}, "f:containers": { [name]: { "f:image": {} } } } },
      },
    ],
  },
  spec: { ...wanted.spec, ...spec },
});
const container = (more: object) => [
  { name: "web", image: "i:1", ports: [{ containerPort: 80, protocol: "TCP" }], ...more },
];
const without = (...path: string[]) => {
  const fields = structuredClone(ours);
  let at: any = fields;
  for (const key of path.slice(0, -1)) at = at[key];
  delete at[path.at(-1)!];
  return fields;
};

test.each([
  ["nothing", live({ containers: container({}) }), []],
  ["a value", live({ replicas: 3, containers: container({}) }), [".spec.replicas"]],
  ["whose it is", live({ containers: container({}) }, without("f:spec", "f:replicas")), [".spec.replicas"]],
  [
    "an item of a list",
    live({ containers: container({ image: "i:2" }) }),
    ['.spec.containers[name="web"].image'],
  ],
  ["an item that is gone", live({ containers: [] }), ['.spec.containers[name="web"]']],
  [
    "what is owned as a whole",
    live({ selector: { app: "other" }, containers: container({}) }),
    [".spec.selector"],
  ],
  [
    "what is ours and not wanted any more",
    live({ containers: container({}) }, { ...ours, "f:data": { "f:old": {} } }),
    [".data"],
  ],
  [
    "a name with dots",
    live({ containers: container({}) }, without("f:metadata"), {}),
    [".metadata.annotations.example.net/note"],
  ],
])("the fields that differ are named: %s", (_, object, fields) => {
  expect(changedFields(object, wanted)).toEqual(fields);
});

test("those who set them are named, and not ourselves", () => {
  const object = live({ replicas: 3, containers: container({ image: "i:2" }) });
  expect(managersOf(object, [".spec.replicas"])).toEqual(["kubectl-edit"]);
  expect(managersOf(object, ['.spec.containers[name="web"].image'])).toEqual(["kubectl-edit"]);
  expect(managersOf(object, [".spec.selector"])).toEqual([]);
});

test("a field is left out when it is there and another's, and only then", () => {
  const image = '.spec.containers[name="web"].image';
  const theirs = live(
    { containers: container({ image: "i:2" }) },
    without("f:spec", "f:containers", name, "f:image"),
  );
  const left = leavingOut(wanted, theirs, [image, ".spec.replicas"]);
  expect(left.spec.replicas).toBe(2);
  expect(left.spec.containers).toEqual([{ name: "web", ports: [{ containerPort: 80 }] }]);
  expect(leavingOut(wanted, live({ containers: container({}) }), [image])).toEqual(wanted);
  expect(leavingOut(wanted, undefined, [image])).toEqual(wanted);
  expect(dropping(wanted, [".metadata.annotations.example.net/note"]).metadata).toEqual({
    name: "web",
    namespace: "n",
  });
});
