import { InvalidArgumentError } from "commander";

/** Reads `--config` and the like: a JSON object, or `@FILE` that holds one. */
export async function readJsonObject(text: string, option: string): Promise<Record<string, unknown>> {
  const source = text.startsWith("@") ? await readFileText(text.slice(1), option) : text;
  try {
    const value: unknown = JSON.parse(source);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch (thrown) {
    throw new InvalidArgumentError(`${option} is no JSON: ${(thrown as Error).message}`);
  }
  throw new InvalidArgumentError(`${option} must be a JSON object such as '{"fqdn_suffix": "example.org"}'.`);
}

/** `-p name=value`, as often as wanted. `-p name=@FILE` takes the value from a file, `@@` is one `@`. */
export function collectPair(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf("=");
  if (at <= 0) throw new InvalidArgumentError(`"${text}" must be name=value.`);
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

export function collect(text: string, before: string[] = []): string[] {
  return [...before, text];
}

/** The value of a pair: the text itself, or what is in the file that `@FILE` names. */
export async function pairValue(name: string, value: string): Promise<string> {
  if (value.startsWith("@@")) return value.slice(1);
  if (!value.startsWith("@")) return value;
  return (await readFileText(value.slice(1), name)).replace(/\r?\n$/, "");
}

/** As one word of a POSIX shell. */
export const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError(`"${text}" must be a whole number.`);
  return Number(text);
}

const unitSeconds = { s: 1, m: 60, h: 3_600 };

/** `90s`, `10m`, `1h`, or seconds by a number alone; answers seconds. */
export function timeSpan(text: string): number {
  const [, number, unit] = /^(\d{1,6})([smh]?)$/.exec(text) ?? [];
  if (number === undefined)
    throw new InvalidArgumentError(
      `"${text}" must be a time such as 90s, 10m or 1h; a number alone is seconds.`,
    );
  return Number(number) * unitSeconds[(unit || "s") as keyof typeof unitSeconds];
}

/** The same within what the server takes for a task. */
export function taskTime(text: string): number {
  const seconds = timeSpan(text);
  if (seconds < 1 || seconds > 86_400) throw new InvalidArgumentError(`"${text}" must be from 1s to 24h.`);
  return seconds;
}

/** `NAME`, `ENVIRONMENT/NAME` or an id; `--environment` is an alternative to the slash. */
export function splitRef(ref: string, environment?: string): { deployment: string; environment?: string } {
  const [first, second, ...rest] = ref.split("/");
  if (rest.length > 0 || first === "" || second === "") {
    throw new InvalidArgumentError(`"${ref}" must be NAME, ENVIRONMENT/NAME or an id.`);
  }
  if (second === undefined) return { deployment: ref, ...(environment ? { environment } : {}) };
  return { deployment: second, environment: first! };
}

export async function readFileText(path: string, of: string): Promise<string> {
  try {
    return await Bun.file(path).text();
  } catch (thrown) {
    throw new InvalidArgumentError(`${of}: the file ${path} cannot be read (${(thrown as Error).message}).`);
  }
}
