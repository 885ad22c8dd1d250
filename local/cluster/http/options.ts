/** The options in a request's query that mean nothing, refused with the words of Kubernetes. */
import { invalid } from "../errors.ts";
import {
  type FieldProblem,
  forbidden,
  invalid as invalidField,
  required,
  unsupported,
} from "../schema/problem.ts";

type Kind = "CreateOptions" | "UpdateOptions" | "PatchOptions" | "DeleteOptions" | "ListOptions";

function refuse(kind: Kind, problems: FieldProblem[]): void {
  if (problems.length > 0) throw invalid({ group: "meta.k8s.io", kind }, "", problems);
}

const validations = ["", "Ignore", "Strict", "Warn"];
const policies = ["Foreground", "Background", "Orphan"];
const maxManagerBytes = 128;

/** Of create, update and patch. `applied`: the patch is one of server-side apply. */
export function checkWriteOptions(
  kind: "CreateOptions" | "UpdateOptions" | "PatchOptions",
  query: URLSearchParams,
  applied = false,
): void {
  const problems = dryRunProblems(query.getAll("dryRun").filter((value) => value !== ""));
  const manager = query.get("fieldManager") ?? "";
  if (applied && manager === "") problems.push(required("fieldManager", "is required for apply patch"));
  if (manager.length > maxManagerBytes) {
    const message = `Too long: may not be more than ${maxManagerBytes} bytes`;
    problems.push({ field: "fieldManager", reason: "FieldValueTooLong", message });
  }
  const validation = query.get("fieldValidation") ?? "";
  if (!validations.includes(validation)) {
    problems.push(unsupported("fieldValidation", validation, validations));
  }
  if (kind === "PatchOptions" && !applied && query.has("force")) {
    problems.push(forbidden("force", "may not be specified for non-apply patch"));
  }
  refuse(kind, problems);
}

/** Of a deletion: what its body or its query asks for. */
export function checkDeleteOptions(options: {
  dryRun: string[];
  propagationPolicy: unknown;
  orphanDependents: unknown;
}): void {
  const { propagationPolicy: policy, orphanDependents } = options;
  const problems = dryRunProblems(options.dryRun);
  if (policy !== undefined && !policies.includes(policy as string)) {
    problems.push(unsupported("propagationPolicy", policy, [...policies, "nil"]));
  } else if (policy !== undefined && orphanDependents !== undefined) {
    const why = "orphanDependents and deletionPropagation cannot be both set";
    problems.push(invalidField("propagationPolicy", policy, why));
  }
  refuse("DeleteOptions", problems);
}

function dryRunProblems(values: string[]): FieldProblem[] {
  return values.every((value) => value === "All") ? [] : [unsupported("dryRun", values, ["All"])];
}

/** Of lists and watches: which combinations of version, match, token and initial events there are. */
export function checkListOptions(query: URLSearchParams, watch: boolean): void {
  const match = query.get("resourceVersionMatch") ?? "";
  const version = query.get("resourceVersion") ?? "";
  const initial = query.get("sendInitialEvents");
  const problems: FieldProblem[] = [];
  const never = (why: string) => problems.push(forbidden("resourceVersionMatch", why));
  const allowed = watch ? ["NotOlderThan"] : ["Exact", "NotOlderThan", ""];
  if (watch && initial !== null && match !== "NotOlderThan") {
    never("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  }
  if (match !== "") {
    if (watch && initial === null) {
      never("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
    }
    if (!watch && version === "") {
      never("resourceVersionMatch is forbidden unless resourceVersion is provided");
    }
    if (!allowed.includes(match)) problems.push(unsupported("resourceVersionMatch", match, allowed));
    if (match === "Exact" && version === "0") {
      never('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
    }
  }
  if (query.get("continue") && (watch || match !== "")) {
    never("resourceVersionMatch is forbidden when continue is provided");
  }
  if (!watch && initial !== null) {
    problems.push(forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  }
  refuse("ListOptions", problems);
}
