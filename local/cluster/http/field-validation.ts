import { badRequest, invalid } from "../errors.ts";
import { check } from "../fields/check.ts";
import { typeOf } from "../fields/schema.ts";
import type { Resource } from "../resources.ts";
import type { NewObject, StatusError } from "../types.ts";

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function isBase64(data: unknown): boolean {
  return Object.values(data ?? {}).every((value) => base64.test(String(value ?? "").replaceAll(/\s/g, "")));
}

/** How a request is refused for a reason: an object that was sent, or what a patch makes of one. */
type Refuse = (why: string) => StatusError;

export function refuseObject({ kind, version }: Resource): Refuse {
  const title = `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}`;
  return (why) => badRequest(`${title}: ${why}`);
}

export function refusePatched(object: NewObject): Refuse {
  const value = JSON.stringify(JSON.stringify(object));
  return (why) =>
    invalid({ group: "", kind: "" }, "", [
      { field: "patch", message: `Invalid value: ${value}: ${why}`, reason: "FieldValueInvalid" },
    ]);
}

/**
 * What `?fieldValidation=` asks for: Strict refuses unknown fields, Warn (the default) answers them as warnings.
 * Wrong types of built-in kinds are always refused, variables that occur twice always warned of.
 */
export function checkFields(
  resource: Resource,
  object: NewObject,
  query: URLSearchParams,
  refuse: Refuse,
): string[] {
  const mode = query.get("fieldValidation") || "Warn";
  const findings = check(typeOf(resource), object, { byIndex: true });
  const wrong = resource.custom ? undefined : findings.find(({ kind }) => kind === "type");
  if (wrong) throw refuse(`${wrong.path.slice(1)}: ${wrong.message}`);
  if (resource.kind === "Secret" && !isBase64(object.data))
    throw refuse("illegal base64 data in a value of data");
  const unknown = findings
    .filter(({ kind }) => kind === "unknown")
    .map(({ path }) => `unknown field ${JSON.stringify(path.slice(1))}`);
  if (resource.custom) unknown.sort();
  if (unknown.length > 0 && mode === "Strict") throw refuse(`strict decoding error: ${unknown.join(", ")}`);
  const hidden = findings
    .filter(({ kind, path }) => kind === "duplicate" && /\.env\[\d+\]$/.test(path))
    .map(({ path, message }) => {
      const name = /\[name=(.*)\]$/.exec(message)?.[1];
      return `${path.slice(1)}: hides previous definition of ${name}, which may be dropped when using apply`;
    });
  return mode === "Warn" ? [...unknown, ...hidden] : hidden;
}
