import {
  didYouMean,
  type DriverSpec,
  isRun,
  resolveParameters,
  supports,
} from "../../../drivers/kit/index.ts";
import type { Case } from "./cases.ts";
import type { Problem } from "./problems.ts";

/**
 * What a deployment of a case would be refused with and rendering does not show: answers to prompts that nobody asks
 * for, that are wrong or missing, and an upgrade to a version that is not supported.
 */
export function deployProblems(spec: DriverSpec, one: Case): Problem[] {
  const { upgrade } = one;
  const problems = [
    ...strayAnswers(spec, one),
    ...spec.actions.flatMap((action) => wrongAnswers(action, one)),
  ];
  if (upgrade !== null && !supports(spec, upgrade.version)) {
    const message = `${upgrade.version} is none of the supported versions (${spec.supportedVersions})`;
    problems.push({ field: "upgrade.version", message });
  }
  return problems;
}

/** The same as problems of the cases' files, but for those that a case expects. */
export function wrongCases(spec: DriverSpec, cases: readonly Case[]): Problem[] {
  return cases.flatMap((one) =>
    deployProblems(spec, one)
      .filter(
        ({ field, message }) => !one.expect.problems.some((text) => `${field}: ${message}`.includes(text)),
      )
      .map((problem) => ({ file: one.file, ...placeOf(one, problem.field), ...problem })),
  );
}

/** Where a key stands; of an answer that is missing, where the others do, or the case. */
const placeOf = ({ places, line }: Case, field: string) =>
  places[field] ?? places[field.split(".")[0]!] ?? { line };

type Action = DriverSpec["actions"][number];

/** Whether an action may run for a case, which changes the application's version alone. */
export const runsInCase = (action: Action): boolean => isRun(action) && action.when !== "driver";

/** An answer's key, `action.name`, in two. */
function keyParts(key: string): [action: string, name: string] {
  const [action = "", ...rest] = key.split(".");
  return [action, rest.join(".")];
}

function strayAnswers({ actions }: DriverSpec, { prompts }: Case): Problem[] {
  return Object.keys(prompts).flatMap((key) => {
    const [name, prompt] = keyParts(key);
    const field = `prompts.${key}`;
    const action = actions.find((each) => each.name === name);
    const known = action ? action.prompts.map((each) => each.name) : actions.map((each) => each.name);
    if (action && known.includes(prompt)) return [];
    const near = didYouMean(action ? prompt : name, known);
    if (!action)
      return [{ field, message: `is for no action of this driver${near || `; there are ${listed(known)}`}` }];
    const asked = near || `; it asks for ${listed(known)}`;
    return [{ field, message: `is not asked for by the action ${name}${asked}` }];
  });
}

function wrongAnswers(action: Action, { prompts, deploy, upgrade }: Case): Problem[] {
  // What is deployed is deleted, too.
  const mustAnswer = runsInCase(action) && (action.hook === "upgrade" ? upgrade : deploy) !== null;
  const asked = new Set(action.prompts.map(({ name }) => name));
  const given: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(prompts)) {
    const [name, prompt] = keyParts(key);
    if (name === action.name && asked.has(prompt)) given[prompt] = value;
  }
  return resolveParameters({ parameters: action.prompts }, given).problems.flatMap(({ field, message }) => {
    const prompt = field.replace(/^parameters\./, "");
    if (!mustAnswer && !Object.hasOwn(given, prompt)) return [];
    return [{ field: `prompts.${action.name}.${prompt}`, message }];
  });
}

const listed = (names: readonly string[]) => names.join(", ") || "none";
