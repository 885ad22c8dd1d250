import { AppError, type Problem } from "./errors.ts";

/** One environment variable of a program: what it is for, how it is read, and its default. */
export interface Variable<T> {
  /** One sentence, shown by `--help` and in errors. */
  about: string;
  /** Turns the text into a value; throws an Error that says what would be right. */
  read: (text: string) => T;
  /** The value when the variable is absent or empty. Without it the variable is required. */
  fallback?: T;
}

export type Variables = Record<string, Variable<unknown>>;
export type Values<V extends Variables> = {
  readonly [K in keyof V]: V[K] extends Variable<infer T> ? T : never;
};

/**
 * Reads every variable of a table at once and freezes the result.
 * Throws INVALID naming every variable that is missing or wrong, so that one start shows all of them.
 */
export function readEnv<V extends Variables>(
  table: V,
  source: Record<string, string | undefined>,
): Values<V> {
  const problems: Problem[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries(table)) {
    const text = source[name];
    if (text === undefined || text === "") {
      if ("fallback" in variable) values[name] = variable.fallback;
      else problems.push({ field: name, message: `is missing: ${variable.about}` });
      continue;
    }
    try {
      values[name] = variable.read(text);
    } catch (thrown) {
      problems.push({ field: name, message: `${(thrown as Error).message} (${variable.about})` });
    }
  }
  if (problems.length > 0) {
    const list = problems.map((p) => `${p.field} ${p.message}`).join("; ");
    throw new AppError("INVALID", `The environment is not right: ${list}`, { problems });
  }
  return Object.freeze(values) as Values<V>;
}

/** Any text. */
export const text = (value: string): string => value;

/** A whole number within bounds. */
export function wholeNumber(min: number, max: number) {
  return function readWholeNumber(value: string): number {
    const number = Number(value);
    if (!Number.isInteger(number) || number < min || number > max) {
      throw new Error(`must be a whole number from ${min} to ${max}, not "${value}"`);
    }
    return number;
  };
}

/** `true`/`1`/`yes` or `false`/`0`/`no`. */
export function flag(value: string): boolean {
  if (["true", "1", "yes"].includes(value.toLowerCase())) return true;
  if (["false", "0", "no"].includes(value.toLowerCase())) return false;
  throw new Error(`must be true or false, not "${value}"`);
}

/** One of a closed list of words. */
export function oneOf<const T extends string>(...words: T[]) {
  return function readOneOf(value: string): T {
    const found = words.find((word) => word === value);
    if (found === undefined) throw new Error(`must be one of ${words.join(", ")}, not "${value}"`);
    return found;
  };
}
