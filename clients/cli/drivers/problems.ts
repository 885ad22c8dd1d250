import {
  type DriverFiles,
  excerptOf,
  placeText,
  type Problem as KitProblem,
  textOf,
} from "../../../drivers/kit/index.ts";

/** What is wrong with a driver, or, as a warning, what its author may want otherwise. */
export type Problem = KitProblem & { warning?: boolean };

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

function problemText(problem: Problem): string {
  const { field, message, warning } = problem;
  const parts = [placeText(problem), warning ? "warning" : "error", field, message];
  return `${parts.filter((part) => part !== "").join(": ")}\n`;
}

/** The line with a caret. What has only a line is shown at its first character. */
function excerpt(problem: Problem, files: DriverFiles): string {
  const { file, line } = problem;
  const content = file === undefined ? undefined : files[file];
  const source = problem.source ?? (content && textOf(content))?.split("\n")[(line ?? 0) - 1]?.trimEnd();
  if (!source) return "";
  const shown = excerptOf({ ...problem, source, column: problem.column ?? source.search(/\S/) + 1 });
  return shown === undefined ? "" : `${shown}\n`;
}
