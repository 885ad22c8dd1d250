import { reservedNames } from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";

const maxDepth = 32;

/**
 * Refuses arguments that would not come back as they were given: Postgres takes no NUL and no lone surrogates, JSON
 * loses digits of large whole numbers, and names that reach a prototype are dropped by every merge. Throws INVALID, or
 * LIMIT for what is nested too deeply to be walked.
 */
export function checkArguments(args: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(args)) check(value, name === "input" ? "" : name, 0);
}

function check(value: unknown, path: string, depth: number): void {
  if (typeof value === "string") {
    if (!isSound(value))
      throw invalid(path, `${path} contains NUL or ill-formed Unicode; take that character out.`);
  } else if (typeof value === "number") {
    if (!Number.isInteger(value) || Number.isSafeInteger(value)) return;
    const most = Number.MAX_SAFE_INTEGER;
    throw invalid(path, `${path} is beyond ±${most}, where digits are lost; write it as a text.`);
  } else if (typeof value === "object" && value !== null) {
    if (depth > maxDepth) {
      const text = `${path} has more than ${maxDepth} levels; make it flatter.`;
      throw new AppError("LIMIT", text, { field: path });
    }
    for (const [key, item] of Object.entries(value)) {
      if (!isSound(key))
        throw invalid(path, `${path} has a key with NUL or ill-formed Unicode; take that character out.`);
      if (reservedNames.has(key))
        throw invalid(path, `${path} has the key "${key}", which cannot be used; rename it.`);
      check(item, below(path, key), depth + 1);
    }
  }
}

/** Keys that are no plain words are left out: they could hold anything. */
function below(path: string, key: string): string {
  if (!/^[\w.-]{1,80}$/.test(key)) return path;
  return path === "" ? key : `${path}.${key}`;
}

const isSound = (text: string) => text.isWellFormed() && !text.includes("\0");

const invalid = (field: string, message: string) => new AppError("INVALID", message, { field });
