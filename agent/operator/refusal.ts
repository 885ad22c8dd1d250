import { clusterRoleText, objectVerbs, ownVerbs, type Rule } from "../../drivers/kit/index.ts";
import { type Denial, denialIn, escalationIn, isTooEarly } from "../../kube/denial.ts";
import { type ConditionReason, reasons } from "../../kube/styrmin-deployment.ts";
import { isConflict, isForbidden, isInvalid, isKindNotServed, KubeError } from "../../kube/errors.ts";
import type { ObjectRef } from "../../kube/types.ts";
import { kubeName } from "../../lib/names.ts";
import { nameOf } from "./refs.ts";

/** Work that trying again at once would not bring further. Its message is for the user. */
export class StallError extends Error {
  override readonly name = "StallError";
  readonly reason: ConditionReason;
  /** Whether the cause may go away without a new spec, so that a slow retry makes sense. */
  readonly mayPass: boolean;

  constructor(
    reason: ConditionReason,
    message: string,
    options: { mayPass?: boolean; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.reason = reason;
    this.mayPass = options.mayPass ?? false;
  }
}

/** What a refused write means for the deployment; anything else is thrown on, to be tried again. */
export function refusalOf(thrown: unknown, ref: ObjectRef): unknown {
  if (!(thrown instanceof KubeError) || isPassing(thrown)) return thrown;
  const about = `${nameOf(ref)}: ${thrown.message}`;
  if (isKindNotServed(thrown)) {
    return new StallError(
      reasons.ApplyRefused,
      `${nameOf(ref)}: the cluster does not serve ${ref.apiVersion} ${ref.kind}; install its definition`,
      { mayPass: true, cause: thrown },
    );
  }
  if (isAgainstSchema(thrown)) {
    return new StallError(reasons.ApplyRefused, about, { mayPass: isDenied(thrown), cause: thrown });
  }
  if (isForbidden(thrown)) {
    const lacking = missingRight(thrown.message, nameOf(ref), thrown);
    if (lacking) return lacking;
    return new StallError(reasons.ApplyRefused, about, { mayPass: true, cause: thrown });
  }
  return thrown;
}

/** Somebody else's field or object. */
export function conflictOf(ref: ObjectRef, message: string, cause?: unknown): StallError {
  return new StallError(reasons.Conflict, `${nameOf(ref)} ${message}`, { mayPass: true, cause });
}

/** The paths and managers of fields that belong to others; undefined when the 409 is about something else. */
export function fieldConflicts(thrown: unknown): { field: string; message: string }[] | undefined {
  if (!isConflict(thrown)) return undefined;
  const causes = (thrown as KubeError).details?.causes?.filter(
    ({ reason }) => reason === "FieldManagerConflict",
  );
  if (!causes?.length) return undefined;
  return causes.map(({ field = "", message = "" }) => ({ field, message }));
}

/** What does not fit the kind's schema; server-side apply answers with 500, too, and will every time. */
export function isAgainstSchema(thrown: unknown): boolean {
  if (isInvalid(thrown)) return true;
  if (!(thrown instanceof KubeError) || thrown.status !== 500) return false;
  return /failed to create typed patch object|duplicate entries for key/.test(thrown.message);
}

/** An admission policy or a webhook of the cluster's own said no, which may change without a new spec. */
const isDenied = ({ message }: KubeError): boolean => / denied (the )?request: /.test(message);

/** A namespace on its way out refuses what is new, and a cluster that has not caught up what it will allow; both end by themselves. */
function isPassing(thrown: KubeError): boolean {
  const isTerminating = thrown.details?.causes?.some(({ reason }) => reason === "NamespaceTerminating");
  return isTerminating || isTooEarly(thrown);
}

/**
 * A refusal for want of a right, with the very rule to add; undefined when a refusal has other reasons (a quota,
 * a policy). It ends by itself when the right is granted.
 */
export function missingRight(text: string, about = "", cause?: unknown): StallError | undefined {
  const of = about === "" ? "" : `${about}: `;
  const denial = denialIn(text);
  if (denial) {
    const rule = ruleFor(denial);
    return stall(`${of}the agent may not ${spell(denial)}`, nameFor(denial), [rule], cause);
  }
  const given = escalationIn(text);
  if (!given) return undefined;
  const what = given.map(({ verbs, resources, apiGroups }) => {
    const groups = apiGroups.map((group) => JSON.stringify(group)).join(", ");
    return `${verbs.join(", ")} ${resources.join(", ")} (API group ${groups})`;
  });
  const message = `${of}the agent may not give rights that it has not got: ${what.join("; ")}`;
  const named = [...new Set(given.flatMap(({ resources }) => resources))].join("-").replaceAll("/", "-");
  return stall(message, kubeName("styrmin-agent-gives", named), given, cause);
}

function stall(message: string, name: string, rules: Rule[], cause: unknown): StallError {
  // Words of a driver's Role stand in it: none may end the quotes of the command.
  const role = clusterRoleText(name, rules, { oneLine: true }).replaceAll("'", "'\\''");
  const text = `${message}. Grant it, and this goes on by itself: kubectl apply -f - <<< '${role}'`;
  return new StallError(reasons.MissingRight, text, { mayPass: true, cause });
}

function spell({ verb, resource, group, namespace }: Denial): string {
  const where = namespace === undefined ? "in the whole cluster" : `in the namespace ${namespace}`;
  return `${verb} ${resource} (API group ${JSON.stringify(group)}) ${where}`;
}

/** For a kind that a driver brings all that is done with objects: what is granted one by one is asked for one by one. */
function ruleFor({ verb, resource, group }: Denial): Rule {
  const isObject = objectVerbs.includes(verb) && !resource.includes("/");
  const verbs = isObject ? objectVerbs.filter((one) => !ownVerbs(group, resource).includes(one)) : [verb];
  return { apiGroups: [group], resources: [resource], verbs: verbs.includes(verb) ? verbs : [verb] };
}

function nameFor({ resource, group }: Denial): string {
  const plural = resource.replace("/", "-");
  return `styrmin-agent-${group === "" ? plural : `${plural}.${group}`}`;
}
