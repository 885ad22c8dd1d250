import { checkDriver, driverFileName } from "../../../drivers/kit/index.ts";
import { actionProblems } from "./actions.ts";
import type { Folder } from "./folder.ts";
import type { Problem } from "./problems.ts";
import { tasteOf } from "./taste.ts";

/**
 * Everything that a load would refuse and, of a driver that is right, warnings of taste. In the order of the files and
 * their lines.
 */
export async function lint(folder: Folder, signal: AbortSignal): Promise<Problem[]> {
  const { files, spec, problems } = folder;
  if (!spec || problems.length > 0) return inOrder(problems);
  const checked = await checkDriver(spec, files, signal, folder.charts);
  if (checked.problems) return inOrder(checked.problems.map(placed));
  const wrong = actionProblems(spec, files);
  if (wrong.length > 0) return inOrder(wrong);
  return inOrder(await tasteOf({ ...folder, spec }, signal));
}

/** A problem of a key without a file is one of the specification. */
function placed(problem: Problem): Problem {
  return problem.file === undefined && problem.field.startsWith("spec.")
    ? { file: driverFileName, ...problem }
    : problem;
}

function inOrder(problems: readonly Problem[]): Problem[] {
  return problems.toSorted(
    (one, other) =>
      Number(one.warning ?? false) - Number(other.warning ?? false) ||
      (one.file ?? "").localeCompare(other.file ?? "") ||
      (one.line ?? 0) - (other.line ?? 0),
  );
}
