import { badRequest } from "./errors.ts";
import { at } from "./objects.ts";
import { labelValue, qualifiedName } from "./schema/syntax.ts";
import { type Resource, resourceKey } from "./resources.ts";
import type { KubeObject, LabelSelector } from "./types.ts";

export type Predicate = (object: KubeObject) => boolean;

/** The filter of `?labelSelector=&fieldSelector=`; undefined when everything passes. */
export function filterOf(
  resource: Resource,
  labelSelector: string | null | undefined,
  fieldSelector: string | null | undefined,
): Predicate | undefined {
  const labels = labelSelector ? parseLabelSelector(labelSelector) : undefined;
  const fields = fieldSelector ? parseFieldSelector(resource, fieldSelector) : undefined;
  if (!labels || !fields) return labels ?? fields;
  return (object) => labels(object) && fields(object);
}

type Requirement = (labels: Record<string, string>) => boolean;

/** `app=web,tier in (a,b),!canary`. Throws 400 for what is not a selector. */
export function parseLabelSelector(text: string): Predicate {
  const requirements = text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map(parseRequirement);
  return (object) => {
    const labels = object.metadata.labels ?? {};
    return requirements.every((holds) => holds(labels));
  };
}

function parseRequirement(part: string): Requirement {
  const set = /^([^\s!=,()]+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(part);
  if (set) {
    const [, key, operator, list] = set as unknown as [string, string, string, string];
    const values = list.split(",").map((value) => value.trim());
    return requirement(key, operator === "in" ? "In" : "NotIn", values);
  }
  const exists = /^(!?)\s*([^\s!=,()]+)$/.exec(part);
  if (exists) return requirement(exists[2]!, exists[1] === "!" ? "DoesNotExist" : "Exists", []);
  const equals = /^([^\s!=,()]+)\s*(==?|!=)\s*([^\s!=,()]*)$/.exec(part);
  if (equals) return requirement(equals[1]!, equals[2] === "!=" ? "NotIn" : "In", [equals[3]!]);
  throw badRequest(`unable to parse requirement: ${part}`);
}

function requirement(key: string, operator: string, values: string[]): Requirement {
  const wrong = qualifiedName(key) ?? values.map(labelValue).find((text) => text !== undefined);
  if (wrong)
    throw badRequest(`unable to parse requirement: <nil>: Invalid value: ${JSON.stringify(key)}: ${wrong}`);
  switch (operator) {
    case "In":
      return (labels) => labels[key] !== undefined && values.includes(labels[key]);
    case "NotIn":
      return (labels) => labels[key] === undefined || !values.includes(labels[key]);
    case "Exists":
      return (labels) => key in labels;
    default:
      return (labels) => !(key in labels);
  }
}

/** A LabelSelector in the text form, as `scale` reports it. */
export function spellSelector(selector: LabelSelector | undefined): string {
  const labels = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const rest = (selector?.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    if (operator === "Exists") return key;
    if (operator === "DoesNotExist") return `!${key}`;
    return `${key} ${operator.toLowerCase()} (${values.join(",")})`;
  });
  return [...labels, ...rest].join(",");
}

/** Which fields can be selected beside metadata.name and metadata.namespace. */
const selectable: Record<string, string[]> = {
  pods: [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "status.phase",
    "status.podIP",
  ],
  events: [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
  ],
  secrets: ["type"],
  namespaces: ["status.phase"],
  nodes: ["spec.unschedulable"],
  "jobs.batch": ["status.successful"],
  "replicasets.apps": ["status.replicas"],
};

function parseFieldSelector(resource: Resource, text: string): Predicate {
  const known = ["metadata.name", "metadata.namespace", ...(selectable[resourceKey(resource)] ?? [])];
  const custom = (resource.custom?.selectableFields ?? []).map((path) => path.replace(/^\./, ""));
  const parts = text.split(",").filter((part) => part !== "");
  const tests = parts.map((part): Predicate => {
    const match = /^([^=!]+)(==?|!=)(.*)$/.exec(part);
    if (!match) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
    const [, field, operator, value] = match as unknown as [string, string, string, string];
    if (!known.includes(field) && !custom.includes(field)) {
      const only = known.map((name) => JSON.stringify(name)).join(", ");
      const plain = `${JSON.stringify(field)} is not a known field selector: only ${only}`;
      const special = resource.custom || known.length > 2;
      throw badRequest(special ? `field label not supported: ${field}` : plain);
    }
    const path = field === "source" ? "source.component" : field;
    const wanted = operator !== "!=";
    return (object) => (String(at(object, path) ?? "") === value) === wanted;
  });
  return (object) => tests.every((test) => test(object));
}
