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
}

/** One line for a person: `driver.styrmin.yml:12 spec.parameters[0].min: must be an integer`. */
export function problemText({ file, line, field, message }: Problem): string {
  const place = file === undefined ? "" : line === undefined ? `${file} ` : `${file}:${line} `;
  return field === "" ? `${place}${message}` : `${place}${field}: ${message}`;
}

/** The known word a wrong one was probably meant to be; undefined when none is near. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  const wanted = plain(word);
  for (const candidate of known) {
    const steps = plain(candidate) === wanted ? 0 : distance(wanted, plain(candidate), least);
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
