import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Where the action lies: the run's folder, which is nobody's business, and the file of its location. */
export interface Place {
  folder: string;
  file: string;
}

const deepestCause = 5;

/** What was thrown, for the driver's author: message, and file and line of the driver. */
export function explain(thrown: unknown, { folder, file }: Place): string {
  const told = describe(thrown, { folder, file }, 0).replaceAll(`${folder}/`, "").replaceAll(folder, file);
  return told.slice(0, 4_000);
}

function describe(thrown: unknown, place: Place, depth: number): string {
  if (!(thrown instanceof Error) && !isBuildProblem(thrown)) return `${place.file} threw ${safely(thrown)}`;
  if (isBuildProblem(thrown)) return describeBuild(thrown, place);
  const where = lineOf(thrown.stack, place);
  const name = thrown.name && thrown.name !== "Error" ? `${thrown.name}: ` : "";
  const message = `${where ? `${where}: ` : ""}${name}${thrown.message || "(no message)"}`;
  if (thrown.cause === undefined || depth >= deepestCause) return message;
  return `${message} (because of: ${describe(thrown.cause, place, depth + 1)})`;
}

/** What Bun throws for a file it cannot read as TypeScript. */
interface BuildProblem {
  message: string;
  position?: { file?: string; line?: number; column?: number; lineText?: string } | null;
  errors?: BuildProblem[];
}

function isBuildProblem(thrown: unknown): thrown is BuildProblem {
  const name = (thrown as { name?: unknown } | null)?.name;
  if (name === "BuildMessage" || name === "ResolveMessage") return true;
  return thrown instanceof AggregateError && thrown.errors.some(isBuildProblem);
}

function describeBuild(thrown: BuildProblem, place: Place): string {
  if (thrown.errors?.length) return thrown.errors.map((one) => describe(one, place, 0)).join("\n");
  const { position } = thrown;
  const at = position?.file ? `${position.file}:${position.line ?? 1}:${position.column ?? 1}` : place.file;
  const missing =
    /^Cannot find (?:package|module) ['"]([^'"]+)['"](?:(?: imported)? from ['"]([^'"]+)['"])?/.exec(
      thrown.message,
    );
  if (missing) return describeMissing(missing[1]!, missing[2], place);
  const line = position?.lineText ? `\n  ${position.lineText.trim()}` : "";
  return `${at}: ${thrown.message}${line}`;
}

function describeMissing(name: string, from: string | undefined, place: Place): string {
  const file = from?.startsWith(`${place.folder}/`) ? from.slice(place.folder.length + 1) : place.file;
  const where = `${file}${lineWith(join(place.folder, file), name)}: `;
  if (name.startsWith(".") || name.startsWith("/"))
    return `${where}there is no file ${name} among the driver's files.`;
  if (name.startsWith("@styrmin/driver-kit"))
    return `${where}${name} holds types only. Write: import type { … } from "${name}"`;
  return `${where}package ${name} is not there, and nothing is installed for an action. Copy the code into the driver's folder.`;
}

/** `:3`, for the first line that names what is missing. */
function lineWith(path: string, name: string): string {
  try {
    const line = readFileSync(path, "utf8")
      .split("\n")
      .findIndex((text) => text.includes(name));
    return line < 0 ? "" : `:${line + 1}`;
  } catch {
    return "";
  }
}

/** The first line of the stack that is the driver's own: `actions.ts:12:5`. */
function lineOf(stack: string | undefined, { folder }: Place): string | undefined {
  const start = `${folder}/`;
  for (const line of stack?.split("\n") ?? []) {
    const at = line.lastIndexOf(start);
    if (at < 0) continue;
    const found = /^[^:)]+:\d+(?::\d+)?/.exec(line.slice(at + start.length));
    if (found) return found[0];
  }
  return undefined;
}

function safely(value: unknown): string {
  try {
    return typeof value === "string" ? value : Bun.inspect(value, { depth: 2 });
  } catch {
    return "something that cannot be shown";
  }
}
