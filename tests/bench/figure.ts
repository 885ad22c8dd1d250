import type { Spread } from "./statistics.ts";

/** What was measured together. */
export interface Section {
  title: string;
  figures: Figure[];
  /** Figures of other programs from another run, told as such. */
  quotes: string[];
  /** Processor time that other programs took meanwhile, in cores: above 0.3 the figures are to be distrusted. */
  foreignCores?: number;
}

export interface Figure {
  name: string;
  unit: string;
  value: Spread | number;
  /** Digits after the point; by size without it. */
  digits?: number;
  target?: { atMost: number } | { atLeast: number };
  /** Measured in the same run, beside it, in the same unit unless it says another. */
  baseline?: { name: string; value: Spread | number; digits?: number };
}

/** Whether a figure keeps its target; undefined for one without. Pure. */
export function isMet({ value, target }: Figure): boolean | undefined {
  if (!target) return undefined;
  const measured = typeof value === "number" ? value : value.median;
  return "atMost" in target ? measured <= target.atMost : measured >= target.atLeast;
}

/** A section as it is printed. Pure. */
export function sectionText({ title, figures, quotes, foreignCores = 0 }: Section): string {
  const rows = figures.map((figure) => {
    const { name, value, unit, digits, target, baseline } = figure;
    const met = isMet(figure);
    const limit = target && ("atMost" in target ? `≤ ${target.atMost}` : `≥ ${target.atLeast}`);
    return [
      name,
      `${valueText(value, digits)} ${unit}`.trimEnd(),
      limit ? `${limit} ${met ? "pass" : "MISS"}` : "",
      baseline
        ? `${baseline.name}: ${valueText(baseline.value, baseline.digits ?? digits)} ${unit}`.trimEnd()
        : "",
    ];
  });
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map(
    (row) =>
      `  ${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("   ")
        .trimEnd()}`,
  );
  const notes = quotes.map((quote) => `  (${quote})`);
  if (foreignCores > 0.3) {
    notes.push(
      `  ! other programs took ${foreignCores.toFixed(1)} cores meanwhile: measure again on a quiet machine`,
    );
  }
  return [title, ...lines, ...notes, ""].join("\n");
}

function valueText(value: Spread | number, digits: number | undefined): string {
  if (typeof value === "number") return numberText(value, digits);
  const { median, min, max } = value;
  return `${numberText(median, digits)} (${numberText(min, digits)}–${numberText(max, digits)})`;
}

function numberText(value: number, digits = value < 10 ? 1 : 0): string {
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
