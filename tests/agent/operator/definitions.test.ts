import { afterAll, beforeAll, expect, test } from "bun:test";
import { createNewDefinitions } from "../../../agent/operator/definitions.ts";
import { KubeError } from "../../../kube/errors.ts";
import type { Kube, KubeObject } from "../../../kube/types.ts";
import { type BasicRig, describeBoth } from "./rig.ts";

const group = `g${crypto.randomUUID().slice(0, 8)}.example.org`;
const definitionKind = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" };

/** The definition of a kind with these fields, and an object of it that sets them. */
const manifests = (...fields: string[]) => `
${JSON.stringify({
  ...definitionKind,
  metadata: { name: `gadgets.${group}` },
  spec: {
    group,
    scope: "Namespaced",
    names: { kind: "Gadget", plural: "gadgets", singular: "gadget", listKind: "GadgetList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                properties: Object.fromEntries(fields.map((field) => [field, { type: "string" }])),
              },
            },
          },
        },
      },
    ],
  },
})}
---
${JSON.stringify({
  apiVersion: `${group}/v1`,
  kind: "Gadget",
  metadata: { name: "gadget" },
  spec: Object.fromEntries(fields.map((field) => [field, "x"])),
})}
`;

test("a definition is new for half a minute", () => {
  let at = 7;
  const definitions = createNewDefinitions({ now: () => at });
  const spec = { group: "x.io", names: { kind: "Widget" }, versions: [{ name: "v1" }] };
  const widget = { apiVersion: "x.io/v1", kind: "Widget" };
  expect(definitions.isNew(widget)).toBe(false);
  definitions.note({ ...definitionKind, metadata: { name: "widgets.x.io" }, spec } as unknown as KubeObject);
  at += 30_000;
  expect(definitions.isNew(widget)).toBe(true);
  expect(definitions.isNew({ ...widget, kind: "Gadget" })).toBe(false);
  at += 1;
  expect(definitions.isNew(widget)).toBe(false);
});

describeBoth("an object whose definition was changed just before", (start) => {
  let rig: BasicRig;
  let operator: ReturnType<BasicRig["startOperator"]>;
  /** So many writes of it still meet the earlier schema. */
  let refusals: KubeError[] = [];
  beforeAll(async () => {
    rig = await start();
    const kube: Kube = {
      ...rig.kube,
      apply(object, options, signal) {
        const refusal = object.kind === "Gadget" ? refusals.pop() : undefined;
        return refusal ? Promise.reject(refusal) : rig.kube.apply(object, options, signal);
      },
    };
    operator = rig.startOperator({ kube });
  });
  afterAll(async () => {
    await rig.kube.delete({ ...definitionKind, name: `gadgets.${group}` });
    await rig.stop();
  });

  test("is written when the API knows the new one, and refused when it never fits", async () => {
    const publish = (generation: number, text: string) =>
      rig.publish({ name: "kind", digest: rig.driver({ "k.yaml": text }), generation });
    await publish(1, manifests("one"));
    await rig.until("kind", "Ready", "True");

    refusals = [
      new KubeError(
        500,
        "InternalError",
        "failed to create typed patch object (n/gadget): .spec.two: field not declared in schema",
      ),
      new KubeError(422, "Invalid", 'Gadget "gadget" is invalid: spec.two: Invalid value'),
    ];
    await publish(2, manifests("one", "two"));
    await rig.until("kind", "Ready", "True");
    expect(refusals).toEqual([]);
    const gadget = { apiVersion: `${group}/v1`, kind: "Gadget", namespace: rig.target, name: "gadget" };
    expect((await rig.get(gadget))!.spec).toEqual({ one: "x", two: "x" });

    // Another operator has not written the definition, so that it is not new.
    await operator.stop();
    rig.startOperator();
    await publish(3, manifests("one", "two").replaceAll('"one":"x"', '"one":3'));
    const { status } = await rig.until("kind", "Stalled", "True", "ApplyRefused");
    expect(JSON.stringify(status)).toContain(`Gadget ${rig.target}/gadget`);
  });
});
