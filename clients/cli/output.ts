import { stringify } from "yaml";
import type { Format } from "./io.ts";

/** A column of a table: its head, and what of a row stands in it. */
export type Column<Row> = [head: string, cell: (row: Row) => unknown];

/** Prints rows as a table, or whole as JSON or YAML. */
export function renderList<Row>(rows: readonly Row[], columns: Column<Row>[], format: Format): string {
  if (format !== "table") return renderValue(rows, format);
  const lines = [
    columns.map(([head]) => head),
    ...rows.map((row) => columns.map(([, cell]) => cellText(cell(row)))),
  ];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => Bun.stringWidth(line[index]!))));
  return lines
    .map((line) =>
      line.map((text, index) => text + " ".repeat(widths[index]! - Bun.stringWidth(text))).join("  "),
    )
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}

/** Prints one thing: as JSON, or else as YAML, which is also what people read best. */
export function renderValue(value: unknown, format: Format): string {
  if (format === "json") return `${JSON.stringify(value, null, 2)}\n`;
  return neutralise(stringify(value, { lineWidth: 0 }));
}

function cellText(value: unknown): string {
  if (value === null || value === undefined || value === "") return "-";
  return neutralise(String(value)).replaceAll("\n", " ");
}

/** Makes control characters of foreign text visible: a log line or a message must not command a terminal. */
export function neutralise(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (character) => {
    const code = character.codePointAt(0)!;
    return `\\x${code.toString(16).padStart(2, "0")}`;
  });
}

/** How long ago a moment was, for people: 5s, 12m, 3h, 4d. */
export function age(moment: string | null | undefined, now = Date.now()): string {
  if (!moment) return "-";
  return duration((now - Date.parse(moment)) / 1000);
}

/** Seconds for people: 5s, 12m, 3h, 4d. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 120) return `${whole}s`;
  if (whole < 7_200) return `${Math.round(whole / 60)}m`;
  return whole < 172_800 ? `${Math.round(whole / 3_600)}h` : `${Math.round(whole / 86_400)}d`;
}
