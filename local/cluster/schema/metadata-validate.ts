import type { KubeObject, ResourceName } from "../types.ts";
import { isRecord } from "./pod-defaults.ts";
import { type FieldProblem, invalid, required, wrongType } from "./problem.ts";
import { dnsLabel, dnsSubdomain, labelValue, pathSegment, qualifiedName } from "./syntax.ts";

/** Kubernetes' limit for all annotations of an object together. */
const maxAnnotationBytes = 256 * 1024;
const wellKnownFinalizers = [
  "orphan",
  "foregroundDeletion",
  "kubernetes",
  "customresourcecleanup.apiextensions.k8s.io",
];

/** What holds for the metadata of every kind: name, labels, annotations, finalizers, owners. */
export function validateMetadata(resource: ResourceName, object: KubeObject): FieldProblem[] {
  const { metadata } = object;
  const problems: FieldProblem[] = [];
  const { name, generateName } = metadata;
  if (!name && !generateName) problems.push(required("metadata.name", "name or generateName is required"));
  const wrong = typeof name === "string" && name !== "" ? nameSyntax(resource)(name) : undefined;
  if (wrong) problems.push(invalid("metadata.name", name, wrong));
  problems.push(...validateLabels(metadata.labels, "metadata.labels"));
  problems.push(...validateAnnotations(metadata.annotations));
  for (const [index, finalizer] of (metadata.finalizers ?? []).entries()) {
    const field = `metadata.finalizers[${index}]`;
    if (typeof finalizer !== "string" || qualifiedName(finalizer) !== undefined) {
      problems.push(invalid(field, finalizer, "must be a qualified name"));
    } else if (!finalizer.includes("/") && !wellKnownFinalizers.includes(finalizer)) {
      problems.push(
        invalid(field, finalizer, "name is neither a standard finalizer name nor is it fully qualified"),
      );
    }
  }
  for (const owner of metadata.ownerReferences ?? []) {
    for (const key of ["apiVersion", "kind", "name", "uid"] as const) {
      const why = key === "apiVersion" ? "version must not be empty" : "must not be empty";
      if (!owner?.[key]) problems.push(invalid(`metadata.ownerReferences.${key}`, "", why));
    }
  }
  const controllers = (metadata.ownerReferences ?? []).filter((owner) => owner?.controller);
  if (controllers.length > 1) {
    problems.push(
      invalid(
        "metadata.ownerReferences",
        controllers.map((owner) => owner.name),
        "Only one reference can have Controller set to true",
      ),
    );
  }
  return problems;
}

function nameSyntax({ group, resource }: ResourceName) {
  if (group === "" && ["namespaces", "services"].includes(resource)) return dnsLabel;
  if (group === "rbac.authorization.k8s.io") return pathSegment;
  return dnsSubdomain;
}

/** Labels, wherever they stand: keys are qualified names, values label values. */
export function validateLabels(labels: unknown, field: string): FieldProblem[] {
  if (labels === undefined || labels === null) return [];
  if (!isRecord(labels)) return [wrongType(field, labels, "object")];
  const problems: FieldProblem[] = [];
  for (const [key, value] of Object.entries(labels)) {
    const wrongKey = qualifiedName(key);
    if (wrongKey) problems.push(invalid(field, key, wrongKey));
    if (typeof value !== "string") problems.push(wrongType(`${field}.${key}`, value, "string"));
    else if (labelValue(value)) problems.push(invalid(field, value, labelValue(value)!));
  }
  return problems;
}

function validateAnnotations(annotations: unknown): FieldProblem[] {
  if (annotations === undefined || annotations === null) return [];
  if (!isRecord(annotations)) return [wrongType("metadata.annotations", annotations, "object")];
  const problems: FieldProblem[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations)) {
    const wrongKey = qualifiedName(key.toLowerCase());
    if (wrongKey) problems.push(invalid("metadata.annotations", key, wrongKey));
    if (typeof value !== "string") problems.push(wrongType(`metadata.annotations.${key}`, value, "string"));
    else bytes += key.length + value.length;
  }
  if (bytes > maxAnnotationBytes) {
    problems.push(
      invalid("metadata.annotations", `${bytes} bytes`, `must have at most ${maxAnnotationBytes} bytes`),
    );
  }
  return problems;
}
