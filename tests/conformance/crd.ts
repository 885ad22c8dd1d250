/** The custom kinds that cases define: each a `Thing` in a group of the case's own. */
import { eventually } from "../helpers/eventually.ts";
import type { Asked } from "./case.ts";

export const group = (namespace: string) => `${namespace}.test`;

export interface Served {
  /** Of the kind in the case's namespace. */
  path: string;
  crd: string;
  make(name: string, rest?: object): Record<string, unknown>;
}

/** Serves a kind of the case's own, with one version. */
export async function serve(
  asked: Asked,
  schema: object,
  version: object = {},
  spec: object = {},
): Promise<Served> {
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

/** The definition; `version` and `spec` add to it. */
export function definition(namespace: string, schema: object, version: object = {}, spec: object = {}) {
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

export const object = (properties: object, rest: object = {}) => ({ type: "object", properties, ...rest });
export const spec = (properties: object, rest: object = {}) => object({ spec: object(properties, rest) });
export const text = { type: "string" };
export const preserve = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
export const status = { subresources: { status: {} } };
