import type { Answer } from "../helpers/kube-http.ts";

/** Who owns what, without times: `m1 Apply : {"f:data":{"f:a":{}}}`. */
export function owners({ body }: Answer): unknown {
  const spell = ({ manager, operation, subresource, fieldsV1 }: any) =>
    `${manager} ${operation} ${subresource ?? ""}: ${JSON.stringify(sorted(fieldsV1))}`;
  // Controllers come when they like.
  const entries = (body.metadata?.managedFields ?? []).filter(({ manager }: any) => !/^kube-/.test(manager));
  return entries.map(spell).sort();
}

function sorted(value: any): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}
