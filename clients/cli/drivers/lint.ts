import {
  checkDriver,
  driverFileName,
  type DriverSpec,
  isSameVersion,
  rangeEnds,
  sampleVersion,
  supports,
} from "../../../drivers/kit/index.ts";
import { actionProblems } from "./actions.ts";
import { wrongCases } from "./case-problems.ts";
import { type Case, readCases } from "./cases.ts";
import type { Folder } from "./folder.ts";
import type { Problem } from "./problems.ts";
import { tasteOf } from "./taste.ts";
import { typesOf } from "./types.ts";

/**
 * Everything that a load would refuse, what its actions would fail of, cases that cannot be run as they are and, of a
 * driver that is right, warnings of taste.
 * In the order of the files and their lines. What cannot be looked at here, or is only to be known, is noted in a sentence. `version` is the one
 * that is looked at in place of the default.
 */
export async function lint(
  folder: Folder,
  signal: AbortSignal,
  note: (sentence: string) => void,
  version?: string,
): Promise<Problem[]> {
  const { files, spec, problems } = folder;
  if (!spec || problems.length > 0) return inOrder(problems);
  const { cases, problems: unread } = readCases(files);
  const versions = lintedVersions(spec, cases, version);
  const checked = await checkDriver(spec, files, { signal, charts: folder.charts, versions });
  if (checked.problems) return inOrder(checked.problems.map(placed));
  const wrong = actionProblems(spec, files);
  if (wrong.length > 0) return inOrder(wrong);
  const types = await typesOf(spec, files, signal);
  if (types.unchecked) note(`Types of actions are not checked: ${types.unchecked}.`);
  const cased = [...unread, ...wrongCases(spec, cases)];
  return inOrder([
    ...cased,
    ...types.problems,
    ...(await tasteOf({ ...folder, spec }, versions, signal, note)),
  ]);
}

/**
 * The versions of the application that a driver is looked at for: the one that is asked for or the default, the ends of
 * the supported range as far as it tells them, and all that its cases name.
 */
export function lintedVersions(spec: DriverSpec, cases: readonly Case[], version?: string): string[] {
  const named = cases.flatMap((one) => [one.version, one.upgrade?.version]);
  const wanted = [version ?? sampleVersion(spec), ...rangeEnds(spec.supportedVersions), ...named];
  const found: string[] = [];
  for (const one of wanted) {
    if (one === undefined || !supports(spec, one)) continue;
    if (!found.some((other) => isSameVersion(one, other))) found.push(one);
  }
  return found;
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
