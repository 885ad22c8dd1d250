import type { KubeObject } from "../types.ts";
import { isRecord, records } from "./pod-defaults.ts";
import { type FieldProblem, forbidden, invalid, required, unsupported } from "./problem.ts";
import { compileRule, rulesOf } from "./rules.ts";
import { dns1035Label, dnsSubdomain } from "./syntax.ts";

/** One additional printer column of a CRD's version. */
export interface PrinterColumn {
  name: string;
  type: string;
  jsonPath: string;
  format?: string;
  description?: string;
  priority?: number;
}

/** What is wrong with a CustomResourceDefinition; group, kind and names cannot change once it is stored. */
export function validateCrd(crd: KubeObject, before?: KubeObject): FieldProblem[] {
  const spec = isRecord(crd.spec) ? crd.spec : {};
  const names = isRecord(spec.names) ? spec.names : {};
  const problems: FieldProblem[] = [];
  if (!spec.group) problems.push(required("spec.group"));
  else if (dnsSubdomain(String(spec.group)) || !String(spec.group).includes(".")) {
    problems.push(invalid("spec.group", spec.group, "should be a domain with at least one dot"));
  }
  if (spec.scope === undefined) problems.push(required("spec.scope"));
  else if (!scopes.includes(spec.scope)) problems.push(unsupported("spec.scope", spec.scope, scopes));
  for (const key of ["plural", "kind"]) if (!names[key]) problems.push(required(`spec.names.${key}`));
  if (names.plural && dns1035Label(String(names.plural))) {
    problems.push(invalid("spec.names.plural", names.plural, dns1035Label(String(names.plural))!));
  }
  if (spec.group && names.plural && crd.metadata.name !== `${names.plural}.${spec.group}`) {
    const wanted = `must be spec.names.plural+"."+spec.group`;
    problems.push(invalid("metadata.name", crd.metadata.name, wanted));
  }
  problems.push(...validateVersions(spec.versions));
  if (before) {
    for (const [field, now, was] of [
      ["spec.group", spec.group, before.spec.group],
      ["spec.scope", spec.scope, before.spec.scope],
      ["spec.names.kind", names.kind, before.spec.names.kind],
      ["spec.names.plural", names.plural, before.spec.names.plural],
    ]) {
      if (now !== was) problems.push(invalid(String(field), now ?? null, "field is immutable"));
    }
  }
  return problems;
}

const scopes = ["Cluster", "Namespaced"];

function validateVersions(versions: unknown): FieldProblem[] {
  if (!Array.isArray(versions) || versions.length === 0) return [required("spec.versions")];
  const problems: FieldProblem[] = [];
  for (const [index, version] of records(versions).entries()) {
    const field = `spec.versions[${index}]`;
    if (!version.name) problems.push(required(`${field}.name`));
    const schema = version.schema?.openAPIV3Schema;
    // One schema for all versions stands where it stood before there were many.
    const at = versions.length === 1 ? "spec.validation" : `${field}.schema`;
    if (!isRecord(schema)) problems.push(required(`${field}.schema.openAPIV3Schema`));
    else problems.push(...validateSchema(schema, `${at}.openAPIV3Schema`, true));
    for (const [at, column] of records(version.additionalPrinterColumns).entries()) {
      for (const key of ["name", "type", "jsonPath"]) {
        if (!column[key]) problems.push(required(`${field}.additionalPrinterColumns[${at}].${key}`));
      }
    }
  }
  const stored = records(versions).filter((version) => version.storage === true);
  if (stored.length !== 1) {
    const names = records(versions).map((version) => version.name);
    problems.push(invalid("spec.versions", names, "must have exactly one version marked as storage version"));
  }
  if (stored.length === 0) {
    problems.push(invalid("status.storedVersions", null, "must have at least one stored version"));
  }
  return problems;
}

/** The rules of a structural schema that a schema breaks most often: a type everywhere, and an object at the top. */
function validateSchema(schema: Record<string, any>, field: string, top = false): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const free = schema["x-kubernetes-int-or-string"] || schema["x-kubernetes-preserve-unknown-fields"];
  if (!schema.type && !free)
    problems.push(required(`${field}.type`, "must not be empty for specified object fields"));
  if (top && schema.type !== "object") {
    problems.push(invalid(`${field}.type`, schema.type ?? "", "must be object at the root"));
  }
  if (isRecord(schema.properties) && isRecord(schema.additionalProperties)) {
    problems.push(forbidden(`${field}.additionalProperties`, "must not be used together with properties"));
  }
  for (const [at, { rule }] of rulesOf(schema).entries()) {
    try {
      compileRule(String(rule).trim());
    } catch (thrown) {
      const where = `${field}.x-kubernetes-validations[${at}].rule`;
      problems.push(invalid(where, rule, `compilation failed: ${(thrown as Error).message}`));
    }
  }
  for (const [key, child] of Object.entries(isRecord(schema.properties) ? schema.properties : {})) {
    if (isRecord(child)) problems.push(...validateSchema(child, `${field}.properties[${key}]`));
  }
  if (isRecord(schema.items)) problems.push(...validateSchema(schema.items, `${field}.items`));
  if (isRecord(schema.additionalProperties)) {
    problems.push(...validateSchema(schema.additionalProperties, `${field}.additionalProperties`));
  }
  return problems;
}

/**
 * Fills a CRD's default names and its status in place: `NamesAccepted`, `Established`, acceptedNames and
 * storedVersions. A condition that already stands keeps its time, so that doing it again changes nothing.
 */
export function establishCrd(crd: KubeObject, now: Date = new Date()): void {
  const { spec } = crd;
  if (!isRecord(spec) || !isRecord(spec.names)) return;
  const { names } = spec;
  names.singular ??= String(names.kind ?? "").toLowerCase();
  names.listKind ??= `${names.kind}List`;
  spec.conversion ??= { strategy: "None" };
  const storage = records(spec.versions).find((version) => version.storage)?.name;
  const status = isRecord(crd.status) ? crd.status : {};
  const storedVersions: string[] = [...(status.storedVersions ?? [])];
  if (storage && !storedVersions.includes(storage)) storedVersions.push(storage);
  const lastTransitionTime = `${now.toISOString().slice(0, 19)}Z`;
  const condition = (type: string, reason: string, message: string) =>
    records(status.conditions).find((each) => each.type === type && each.status === "True") ?? {
      type,
      status: "True",
      reason,
      message,
      lastTransitionTime,
    };
  crd.status = {
    ...status,
    conditions: [
      condition("NamesAccepted", "NoConflicts", "no conflicts found"),
      condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
      ...records(status.conditions).filter((each) => !established.includes(each.type)),
    ],
    acceptedNames: structuredClone(names),
    storedVersions,
  };
}

const established = ["NamesAccepted", "Established"];
