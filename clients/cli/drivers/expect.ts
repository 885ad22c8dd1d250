import { isDeepStrictEqual } from "node:util";
import { excerptOf, type KubeObjectLike, problemText } from "../../../drivers/kit/index.ts";
import type { Expectation, ObjectName, WantedObject } from "./cases.ts";
import { fieldAt } from "./field.ts";
import type { Problem } from "./problems.ts";

/** What of an expectation does not hold, in sentences; none when it holds. */
export function failuresOf(
  wanted: Expectation,
  outcome: { problems?: Problem[] | undefined; objects?: KubeObjectLike[] | undefined },
): string[] {
  if (outcome.problems || wanted.problems.length > 0) return problemFailures(wanted, outcome.problems ?? []);
  const objects = outcome.objects ?? [];
  const failures = wanted.objects.flatMap((one) => objectFailures(one, objects));
  for (const one of wanted.absent) {
    for (const { kind, metadata } of objects.filter((object) => isNamed(object, one)))
      failures.push(`there is a ${kind} ${metadata.name}, and there should be none`);
  }
  if (wanted.count !== undefined && wanted.count !== objects.length)
    failures.push(`there are ${objects.length} objects, not ${wanted.count}: ${listed(objects)}`);
  return failures;
}

function problemFailures({ problems: wanted }: Expectation, problems: Problem[]): string[] {
  const says = (problem: Problem, text: string) => `${problem.field}: ${problem.message}`.includes(text);
  const missing = wanted.filter((text) => !problems.some((problem) => says(problem, text)));
  const unforeseen = problems.filter((problem) => !wanted.some((text) => says(problem, text)));
  return [...missing.map((text) => `no problem says "${text}"`), ...unforeseen.map(withExcerpt)];
}

const withExcerpt = (problem: Problem) =>
  [problemText(problem), excerptOf(problem)].filter((part) => part !== undefined).join("\n");

/** One object must have all the fields: of several that are named so, the one that fits best is spoken of. */
function objectFailures(wanted: WantedObject, objects: KubeObjectLike[]): string[] {
  const named = objects.filter((object) => isNamed(object, wanted));
  if (named.length === 0) return [`there is no ${nameText(wanted)}; there are ${listed(objects)}`];
  const tried = named.map((object) =>
    wanted.fields.flatMap(([path, value]) => {
      const found = fieldAt(object, path);
      if (value === null ? found === undefined || found === null : isDeepStrictEqual(found, value)) return [];
      return [`${object.kind} ${object.metadata.name}: ${path} is ${shown(found)}, not ${shown(value)}`];
    }),
  );
  return tried.toSorted((one, other) => one.length - other.length)[0]!;
}

const isNamed = (object: KubeObjectLike, { kind, name }: ObjectName) =>
  object.kind === kind && (name === undefined || object.metadata.name === name);
const nameText = ({ kind, name }: ObjectName) => (name === undefined ? kind : `${kind} ${name}`);
const listed = (objects: KubeObjectLike[]) =>
  objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).join(", ") || "none at all";
const shown = (value: unknown) =>
  value === undefined || value === null ? "not there" : (JSON.stringify(value) ?? "").slice(0, 200);
