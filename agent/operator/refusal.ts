import { type ConditionReason, reasons } from "../../kube/styrmin-deployment.ts";
import { isConflict, isForbidden, isInvalid, isKindNotServed, KubeError } from "../../kube/errors.ts";
import type { ObjectRef } from "../../kube/types.ts";
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
  if (isInvalid(thrown) || isUnreadable(thrown))
    return new StallError(reasons.ApplyRefused, about, { cause: thrown });
  if (isForbidden(thrown)) {
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

/** What does not fit the kind's schema is answered with 500 by server-side apply, and will be every time. */
function isUnreadable({ status, message }: KubeError): boolean {
  return status === 500 && /failed to create typed patch object|duplicate entries for key/.test(message);
}

/** A namespace on its way out refuses what is new; that ends by itself. */
function isPassing(thrown: KubeError): boolean {
  return thrown.details?.causes?.some(({ reason }) => reason === "NamespaceTerminating") ?? false;
}
