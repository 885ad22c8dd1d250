import { AppError } from "../../lib/errors.ts";
import { notConfined } from "./confine.ts";

/** What a process ends with that was killed, by the system for want of memory, say. */
const killed = 128 + 9;

/**
 * Why a child that reads what others wrote ended without a result, when it was not stopped by us. What it reads can only be
 * to blame when the child broke at the limits that its own process has; what was done to it from outside may pass.
 */
export function childEnded(exitCode: number, what: string, field: string): AppError {
  if (exitCode === notConfined) {
    const text = `${what} failed: the process for that cannot be confined on this machine; nothing was read.`;
    return new AppError("UNAVAILABLE", text, { field });
  }
  if (exitCode === killed) {
    const text = `${what} failed: the process for that was killed, perhaps as the machine has too little memory. Try again later.`;
    return new AppError("UNAVAILABLE", text, { field });
  }
  const text = `${what} ended without a result, probably for want of memory (limit: memory).`;
  return new AppError("LIMIT", text, { field });
}
