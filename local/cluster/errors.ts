/** The refusals of the API with the very texts of Kubernetes; clients compare some of them. */
import { resourceKey } from "./resources.ts";
import type { FieldProblem } from "./schema/problem.ts";
import { type ResourceName, StatusError } from "./types.ts";

const detailsOf = (resource: ResourceName, name?: string, kind = resource.resource) => ({
  ...(name ? { name } : {}),
  ...(resource.group === "" ? {} : { group: resource.group }),
  kind,
});

export function notFound(resource: ResourceName, name: string): StatusError {
  return new StatusError(
    404,
    "NotFound",
    `${resourceKey(resource)} "${name}" not found`,
    detailsOf(resource, name),
  );
}

export function alreadyExists(resource: ResourceName, name: string): StatusError {
  const text = `${resourceKey(resource)} "${name}" already exists`;
  return new StatusError(409, "AlreadyExists", text, detailsOf(resource, name));
}

export function conflict(
  resource: ResourceName,
  name: string,
  why = "the object has been modified; please apply your changes to the latest version and try again",
  kind = resource.resource,
): StatusError {
  const title = resourceKey({ group: resource.group, resource: kind });
  const text = `Operation cannot be fulfilled on ${title} "${name}": ${why}`;
  return new StatusError(409, "Conflict", text, detailsOf(resource, name, kind));
}

export function badRequest(text: string): StatusError {
  return new StatusError(400, "BadRequest", text);
}

/** 410: a moment that is no longer known. `metadata` may hold the token to go on with. */
export function expired(text: string, metadata?: Record<string, unknown>): StatusError {
  return new StatusError(410, "Expired", text, undefined, metadata);
}

/** What a real server fails at inside itself: 500, without a reason. */
export function failed(text: string): StatusError {
  return new StatusError(500, "", text);
}

export function unsupportedMedia(types: string[]): StatusError {
  const list = types.join(", ");
  const text = `the body of the request was in an unknown format - accepted media types include: ${list}`;
  return new StatusError(415, "UnsupportedMediaType", text);
}

export function forbidden(
  resource: ResourceName,
  name: string,
  why: string,
  causes: unknown[] = [],
): StatusError {
  const details = { ...detailsOf(resource, name), ...(causes.length > 0 ? { causes } : {}) };
  return new StatusError(
    403,
    "Forbidden",
    `${resourceKey(resource)} "${name}" is forbidden: ${why}`,
    details,
  );
}

/** 422 with one cause per field, `spec.replicas: Invalid value: -1: must be …`. */
export function invalid(
  kind: { group: string; kind: string },
  name: string,
  problems: FieldProblem[],
): StatusError {
  const causes = problems.map((problem) => ({
    reason: problem.reason,
    message: problem.message,
    field: problem.field,
  }));
  const lines = problems.map((problem) => `${problem.field}: ${problem.message}`);
  const list = lines.length === 1 ? lines[0] : `[${lines.join(", ")}]`;
  const title = kind.group === "" ? kind.kind : `${kind.kind}.${kind.group}`;
  return new StatusError(422, "Invalid", `${title} "${name}" is invalid: ${list}`, {
    ...(name === "" ? {} : { name }),
    ...(kind.group === "" ? {} : { group: kind.group }),
    ...(kind.kind === "" ? {} : { kind: kind.kind }),
    causes,
  });
}

/** Any refusal as the Status object that goes to the client. */
export function statusOf(error: StatusError): Record<string, unknown> {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: error.metadata,
    status: "Failure",
    message: error.message,
    ...(error.reason === "" ? {} : { reason: error.reason }),
    ...(error.details ? { details: error.details } : {}),
    code: error.code,
  };
}
