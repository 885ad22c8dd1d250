import type { Problem } from "./problem.ts";
import { tagAt } from "./tags.ts";

/** What an engine's error says: its message, the template it is in, and its place as far as it is told. */
export interface EngineFault {
  message: string;
  template?: string;
  line?: number;
  /** Where it begins in the line that the engine read, in code points from 1. */
  column?: number;
  /** The line that the engine read, which is not always the author's: see `withGetDefaults`. */
  read?: string;
}

/**
 * Reads an error of the engine in debug mode: a message with a place, then the lines around it, of which one is marked
 * by `>` and has carets below it. What follows are values of variables, which are nobody's business.
 */
export function readFault(thrown: unknown): EngineFault {
  const [head = "", ...shown] = String(thrown).split("\n", 20);
  const [, message = "", template, line] = /^(?:Error: )?(.*?)(?: \(in (.+):(\d+)\))?$/.exec(head) ?? [];
  if (template === undefined) return { message };
  const at = shown.findIndex((text) => /^ *\d+ > /.test(text));
  const [, margin = "", read] = /^( *\d+ > )(.*)$/.exec(shown[at] ?? "") ?? [];
  const caret = /^ *i /.test(shown[at + 1] ?? "") ? shown[at + 1]!.indexOf("^") - margin.length + 1 : 0;
  return {
    message,
    template,
    line: Number(line),
    ...(read !== undefined && caret > 0 ? { column: caret, read } : {}),
  };
}

type Placed = Pick<Problem, "line" | "column" | "source" | "message">;

/** The engine's word on a template in ours, at the place where its tag begins if that is not closed. */
export function placedFault(text: string, line: number, fault: EngineFault): Placed {
  const lines = text.split("\n");
  const source = lines[line - 1];
  const here = (message: string): Placed => ({ ...placeOf(line, columnIn(source, fault), source), message });
  const said = fault.message;
  if (said === "engine ran out of fuel") return here("does too much work (ran out of fuel)");
  if (said === "unknown method" && source?.includes(".get("))
    return here("unknown method: get() takes a key and a default, without names");
  const tag = said.startsWith("syntax error") ? tagAt(text, line) : undefined;
  if (tag === undefined) return here(said);
  const hint = tag.inComment
    ? "; tags are read in YAML comments, too: write {# … #}, or leave the braces out"
    : "";
  if (tag.from === line) return here(`${said}${hint}`);
  const closed = tag.to === Infinity ? "is never closed" : "is not closed before";
  const where = tag.to === Infinity ? "" : ` line ${line}`;
  const message = `${said}: the ${tag.opener} of this line ${closed}${where}${hint}`;
  return { ...placeOf(tag.from, tag.column, lines[tag.from - 1]), message };
}

/** The place of the first call of a filter with this name in quotes; nothing when none is written so. */
export function callPlace(text: string, filter: string, name: unknown): Omit<Placed, "message"> {
  if (typeof name !== "string") return {};
  const quoted = [`"${name}"`, `'${name}'`];
  for (let at = text.indexOf(filter); at >= 0; at = text.indexOf(filter, at + 1)) {
    const [, between, given] = /^\w+(\s*\(\s*)("[^"]*"|'[^']*')/.exec(text.slice(at, at + 300)) ?? [];
    if (between === undefined || !quoted.includes(given!)) continue;
    const before = text.slice(0, at).split("\n");
    return placeOf(before.length, before.at(-1)!.length + 1, text.split("\n")[before.length - 1]);
  }
  return {};
}

const placeOf = (line: number, column: number | undefined, source: string | undefined) =>
  column === undefined || source === undefined ? { line } : { line, column, source };

/** The column in the author's line, in UTF-16 units; undefined behind what was rewritten in the line. */
function columnIn(source: string | undefined, { column, read }: EngineFault): number | undefined {
  if (source === undefined || column === undefined || read === undefined) return undefined;
  const before = [...read].slice(0, column - 1).join("");
  return source.startsWith(before) ? before.length + 1 : undefined;
}
