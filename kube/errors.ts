/** What a call to the API server can fail with, besides the caller's own abort. */
export class KubeError extends Error {
  override readonly name = "KubeError";
  /** The HTTP status; 0 when there was no usable answer. */
  readonly status: number;
  /** As in the API's `Status` (`NotFound`, `Conflict`, `AlreadyExists` …), or one of `ownReasons`. */
  readonly reason: string;
  /** The `details` of the API's `Status`, if there were any. */
  readonly details: KubeErrorDetails | undefined;
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfter: number | undefined;

  constructor(
    status: number,
    reason: string,
    message: string,
    options: { details?: KubeErrorDetails; retryAfter?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.status = status;
    this.reason = reason;
    this.details = options.details;
    this.retryAfter = options.retryAfter;
  }
}

export interface KubeErrorDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  retryAfterSeconds?: number;
  causes?: { reason?: string; message?: string; field?: string }[];
}

/** Reasons that are ours, because the API has no word for them. */
export const ownReasons = {
  /** No connection, or it broke before the answer was complete. Status 0. */
  unreachable: "Unreachable",
  /** The server's certificate is not one to trust. Status 0. */
  untrusted: "Untrusted",
  /** No complete answer within the time limit. Status 0. */
  timeout: "TimedOut",
  /** The answer is not what the API would say. Status 0. */
  badAnswer: "BadAnswer",
  /** A command was refused before it was begun. The status is that of the answer. */
  upgradeRefused: "UpgradeRefused",
  /** Nobody who could begin a command was reached. Status 0. */
  notBegun: "NotBegun",
  /** A command could not be run in its container. Status 0. */
  execFailed: "ExecFailed",
  /** The API does not serve this kind. Status 404. */
  kindNotServed: "KindNotServed",
} as const;

export const isNotFound = (thrown: unknown): boolean => hasStatus(thrown, 404);
/** 409: a precondition that does not hold, a field that belongs to another manager, or a name that is taken. */
export const isConflict = (thrown: unknown): boolean => hasStatus(thrown, 409);
export const isAlreadyExists = (thrown: unknown): boolean =>
  isConflict(thrown) && (thrown as KubeError).reason === "AlreadyExists";
export const isForbidden = (thrown: unknown): boolean => hasStatus(thrown, 403);
/** 410: the resource version asked for is too old. */
export const isGone = (thrown: unknown): boolean => hasStatus(thrown, 410);
export const isThrottled = (thrown: unknown): boolean => hasStatus(thrown, 429);
export const isInvalid = (thrown: unknown): boolean => hasStatus(thrown, 422) || hasStatus(thrown, 400);
export const isKindNotServed = (thrown: unknown): boolean =>
  thrown instanceof KubeError && thrown.reason === ownReasons.kindNotServed;
/** There was no answer at all: whether a write was applied is not known. */
export const isUnanswered = (thrown: unknown): boolean => hasStatus(thrown, 0);

/** It is certain that a command was not begun. */
export const isNotBegun = (thrown: unknown): boolean =>
  thrown instanceof KubeError &&
  (thrown.reason === ownReasons.notBegun || thrown.reason === ownReasons.upgradeRefused);

function hasStatus(thrown: unknown, status: number): boolean {
  return thrown instanceof KubeError && thrown.status === status;
}

/** Makes the error for an answer that is not a success. `body` is the answer's text. */
export function errorOfAnswer(
  what: string,
  status: number,
  body: string,
  retryAfterHeader: string | null,
): KubeError {
  const seconds = Number(retryAfterHeader ?? Number.NaN);
  const answer = parseStatus(body);
  if (answer === undefined) {
    const said = body.trim().slice(0, 300);
    const reason = status === 404 ? "UnknownPath" : (reasonOfStatus[status] ?? "Unknown");
    return new KubeError(status, reason, `${what}: ${status}${said && ` ${said}`}`, {
      retryAfter: Number.isFinite(seconds) ? seconds * 1000 : undefined,
    });
  }
  const asked = Number.isFinite(seconds) ? seconds : answer.details?.retryAfterSeconds;
  return new KubeError(
    status,
    answer.reason || (reasonOfStatus[status] ?? "Unknown"),
    `${what}: ${answer.message}`,
    {
      details: answer.details,
      retryAfter: asked === undefined ? undefined : asked * 1000,
    },
  );
}

const reasonOfStatus: Record<number, string> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  409: "Conflict",
  410: "Expired",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

function parseStatus(
  body: string,
): { reason: string; message: string; details?: KubeErrorDetails } | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    const status = parsed as { kind?: string; reason?: string; message?: string; details?: KubeErrorDetails };
    if (status?.kind !== "Status") return undefined;
    return { reason: status.reason ?? "", message: status.message ?? "no message", details: status.details };
  } catch {
    return undefined;
  }
}
