import { type DriverFiles, type Problem as KitProblem, textOf } from "../../../drivers/kit/index.ts";

/** What is wrong with a driver, or, as a warning, what its author may want otherwise. */
export type Problem = KitProblem & { column?: number; warning?: boolean };

/**
 * Problems for people: where, what, and the line itself with a caret. Like a compiler's, so that editors and
 * terminals that know those make links of them.
 */
export function problemsText(problems: readonly Problem[], files: DriverFiles): string {
  return problems.map((problem) => `${problemText(problem)}${excerpt(problem, files)}`).join("");
}

/** `2 problems, 1 warning` */
export function countText(problems: readonly Problem[]): string {
  const warnings = problems.filter(({ warning }) => warning).length;
  const count = (number: number, word: string) => `${number} ${word}${number === 1 ? "" : "s"}`;
  const parts = [
    ...(problems.length > warnings ? [count(problems.length - warnings, "problem")] : []),
    ...(warnings > 0 ? [count(warnings, "warning")] : []),
  ];
  return parts.join(", ") || "no problems";
}

function problemText({ file, line, column, field, message, warning }: Problem): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(":");
  const parts = [place, warning ? "warning" : "error", field, message];
  return `${parts.filter((part) => part !== "").join(": ")}\n`;
}

function excerpt({ file, line, column }: Problem, files: DriverFiles): string {
  const content = file === undefined ? undefined : files[file];
  if (!content || line === undefined) return "";
  const text = textOf(content)?.split("\n")[line - 1]?.trimEnd();
  if (!text || text.length > 200) return "";
  const at = column ?? text.search(/\S/) + 1;
  // A tab stays a tab, so that the caret is below its character however wide tabs are.
  const before = text.slice(0, at - 1).replaceAll(/[^\t]/g, " ");
  return `  ${String(line).padStart(4)} | ${text}\n       | ${before}^\n`;
}
