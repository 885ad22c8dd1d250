/** One thing wrong with an object, as it goes into `details.causes` of a 422: the path, the sentence, the reason. */
export interface FieldProblem {
  field: string;
  /** Begins with the kind of problem, as Kubernetes writes it: `Invalid value: -1: must be …`. */
  message: string;
  reason:
    | "FieldValueInvalid"
    | "FieldValueRequired"
    | "FieldValueNotSupported"
    | "FieldValueDuplicate"
    | "FieldValueForbidden"
    | "FieldValueTooLong"
    | "FieldValueTooMany"
    | "FieldValueTypeInvalid";
  value?: unknown;
}

export function invalid(field: string, value: unknown, detail: string): FieldProblem {
  return {
    field,
    value,
    reason: "FieldValueInvalid",
    message: `Invalid value: ${JSON.stringify(value)}: ${detail}`,
  };
}

export function required(field: string, detail = ""): FieldProblem {
  return {
    field,
    reason: "FieldValueRequired",
    message: detail === "" ? "Required value" : `Required value: ${detail}`,
  };
}

export function unsupported(field: string, value: unknown, allowed: readonly unknown[]): FieldProblem {
  const list = allowed.map((each) => JSON.stringify(each)).join(", ");
  return {
    field,
    value,
    reason: "FieldValueNotSupported",
    message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`,
  };
}

export function duplicate(field: string, value: unknown): FieldProblem {
  return {
    field,
    value,
    reason: "FieldValueDuplicate",
    message: `Duplicate value: ${JSON.stringify(value)}`,
  };
}

export function forbidden(field: string, detail: string): FieldProblem {
  return { field, reason: "FieldValueForbidden", message: `Forbidden: ${detail}` };
}

export function wrongType(field: string, value: unknown, wanted: string): FieldProblem {
  const found = typeName(value);
  return {
    field,
    value,
    reason: "FieldValueTypeInvalid",
    message: `Invalid value: ${JSON.stringify(found)}: ${field} in body must be of type ${wanted}: ${JSON.stringify(found)}`,
  };
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}
