/** The closed list of codes an error of ours can have; clients may branch on them. */
export const errorCodes = [
  "NOT_FOUND",
  "EXISTS",
  "CONFLICT",
  "INVALID",
  "FORBIDDEN",
  "UNAUTHENTICATED",
  "UNAVAILABLE",
  "LIMIT",
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** One thing that is wrong with an input: where (`parameters.replicas`, `driver.styrmin.yml:12:7`) and what. */
export interface Problem {
  field: string;
  message: string;
  /** The line of a file, and below it a caret under the place. */
  excerpt?: string;
}

export interface AppErrorOptions {
  /** The input field the error is about, as the caller spelled it. */
  field?: string;
  /** Every problem of an input, when there is more than one. */
  problems?: Problem[];
  cause?: unknown;
}

/**
 * The only error thrown on purpose. Its message is written for the user: what happened, to which object,
 * and what to do now. Anything else that is thrown is unforeseen and is masked before it leaves the server.
 */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly problems: Problem[];

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.field = options.field;
    this.problems = options.problems ?? [];
  }
}

/** The text of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Whether something was thrown because a signal was aborted: a stop, not a failure. */
export function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown.name === "AbortError" || thrown.name === "TimeoutError");
}
