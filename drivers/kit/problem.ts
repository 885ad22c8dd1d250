/** One thing that is wrong with a driver or with values given to it. */
export interface Problem {
  /** The path of the key (`spec.parameters[2].min`) or of the value (`parameters.replicas`). */
  field: string;
  /** What is wrong and what would be right. */
  message: string;
  /** The file of the driver, when the problem is in one. */
  file?: string;
  /** Its line, from 1. */
  line?: number;
  /** The character of the line, from 1. */
  column?: number;
  /** The text of the line. */
  source?: string;
  /** The line of what a template has rendered, where the template's own is not known; `source` is its text then. */
  renderedLine?: number;
}

/** One line for a person: `driver.styrmin.yml:12:7 spec.parameters[0].min: must be an integer`. */
export function problemText(problem: Problem): string {
  const { field, message } = problem;
  const place = placeText(problem);
  return [place, field === "" ? message : `${field}: ${message}`].filter(Boolean).join(" ");
}

/** `driver.styrmin.yml:12:7`, as far as it is known; editors and terminals understand it. */
export function placeText({ file, line, column }: Problem): string {
  return [file, line, line === undefined ? undefined : column].filter((part) => part !== undefined).join(":");
}

/**
 * The line of the file with its number, and below it a caret under the place; undefined when the place is not
 * known. Of a long line the part around the place.
 */
export function excerptOf({
  renderedLine,
  line = renderedLine,
  column,
  source,
}: Problem): string | undefined {
  if (line === undefined || column === undefined || source === undefined) return undefined;
  const from = Math.max(0, Math.min(column - 60, source.length - 100));
  const shown = [...source.slice(from, from + 100).toWellFormed()].map(visible).join("");
  const before = [...source.slice(from, column - 1).toWellFormed()].map(visible).join("");
  const [head, tail] = [from > 0 ? "…" : "", from + 100 < source.length ? "…" : ""];
  const margin = `${String(line).padStart(5)} | ${head}`;
  return `${margin}${shown}${tail}\n${" ".repeat(margin.length + Bun.stringWidth(before))}^`;
}

/** A tab as a space and anything else that moves a terminal's cursor as a box, so that the caret fits. */
const visible = (character: string) =>
  character === "\t" ? " " : /[\p{Cc}\p{Cf}\u2028\u2029]/u.test(character) ? "□" : character;

/** The known word a wrong one was probably meant to be; undefined when none is near. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  const wanted = plain(word);
  for (const candidate of known) {
    const other = plain(candidate);
    // A beginning is near (`int`, `desc`), but less so than the whole with a slip.
    const begins = wanted.length >= 3 && other.startsWith(wanted) ? Math.min(2, least - 1) : Infinity;
    const steps = other === wanted ? 0 : Math.min(begins, distance(wanted, other, least));
    if (steps < least) {
      least = steps;
      best = candidate;
    }
  }
  return best;
}

/** ` — did you mean "x"?`, or nothing when no known word is near. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const found = word.length > 100 ? undefined : nearest(word, known);
  return found === undefined ? "" : ` — did you mean "${found}"?`;
}

const plain = (word: string) => word.toLowerCase().replaceAll(/[^a-z0-9]/g, "");

/** Edits (insert, remove, replace, swap of neighbours) from one word to another; gives up at `limit`. */
function distance(from: string, to: string, limit: number): number {
  if (Math.abs(from.length - to.length) >= limit) return limit;
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1];
      let steps = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (swapped) steps = Math.min(steps, before[j - 2]! + 1);
      row.push(steps);
    }
    before = last;
    last = row;
  }
  return last[to.length]!;
}

/** Problems by their places in the file. */
export function inOrder(problems: Problem[]): Problem[] {
  return problems.toSorted(
    (a, b) => (a.line ?? Infinity) - (b.line ?? Infinity) || (a.column ?? 0) - (b.column ?? 0) || 0,
  );
}
