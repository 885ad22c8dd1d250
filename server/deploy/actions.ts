import {
  type ActionSpec,
  type Context,
  didYouMean,
  type DriverSpec,
  isRun,
  type ParameterValue,
  type Problem,
  resolveParameters,
} from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";
import type { Changes } from "./change.ts";
import { invalidInput } from "./resolve.ts";

/** An answer to what an action asks for, as a client sends it. */
export interface PromptAnswer {
  action: string;
  name: string;
  value?: unknown;
}

/** The actions that a task may run, in the order of the driver's file; part of its payload. */
export interface TaskActions {
  list: Pick<ActionSpec, "name" | "hook" | "mode" | "when" | "location">[];
  /** What they see as `ctx.context`. */
  context: Context;
  /** Values by action, then by name. */
  prompts: Record<string, Record<string, ParameterValue>>;
}

export type FlowHook = "setup" | "upgrade" | "delete";

interface ActionsInput {
  spec: DriverSpec;
  /** What the task runs; null for a change that runs no action. */
  hook: FlowHook | null;
  /** Which versions an upgrade changes. */
  changes?: Changes | undefined;
  context: Context;
  given: readonly PromptAnswer[] | null | undefined;
  /** The answers that the task got whose place this one takes: they need not be given again. */
  before?: TaskActions["prompts"];
  /** Why prompts are asked for that nobody would expect; the head of a refusal. */
  why?: string | undefined;
}

/** The actions that a flow runs at a hook, for what it changes, in the order of the driver's file. Pure. */
export const actionsAt = (
  { actions }: DriverSpec,
  hook: FlowHook | null,
  changes: Changes | undefined,
): ActionSpec[] =>
  actions.filter(
    (action) => action.hook === hook && isRun(action) && (!action.when || changes?.[action.when] !== false),
  );

interface ReadAction {
  action: ActionSpec;
  values: Record<string, ParameterValue>;
  /** Of the answers that were given. */
  wrong: Problem[];
  /** By prompt, what is to be told and was not. */
  missing: Record<string, Problem>;
}

/** Reads answers, for each action that runs; the problems are of answers that none of them asks for. Pure. */
export function readAnswers(input: Omit<ActionsInput, "context">): {
  problems: Problem[];
  actions: ReadAction[];
} {
  const { spec, hook, changes, given, before = {} } = input;
  const own = actionsAt(spec, hook, changes);
  const actions = own.map((action): ReadAction => {
    const names = action.prompts.map(({ name }) => name);
    const answers = (given ?? []).filter((one) => one.action === action.name && names.includes(one.name));
    const earlier = Object.entries(before[action.name] ?? {}).filter(([name]) => names.includes(name));
    const { values, problems } = resolveParameters(
      { parameters: action.prompts },
      Object.fromEntries([...earlier, ...answers.map(({ name, value }) => [name, value] as const)]),
    );
    const told = problems.map((problem) => promptProblem(action, problem));
    return {
      action,
      values,
      wrong: told.filter(({ isMissing }) => !isMissing).map(({ problem }) => problem),
      missing: Object.fromEntries(
        told.filter(({ isMissing }) => isMissing).map(({ name, problem }) => [name, problem]),
      ),
    };
  });
  return { problems: strayAnswers(spec, own, given ?? []), actions };
}

/** Throws INVALID for problems of answers. */
export function refuseAnswers(problems: Problem[], why = "The driver's actions cannot be started"): void {
  if (problems.length > 0) throw invalidInput(why, problems);
}

/**
 * The part of a task's payload that is about actions: nothing when it runs none. Throws INVALID with every answer that
 * is missing, wrong or asked for by no action that runs.
 */
export function actionsOf(input: ActionsInput): { actions?: TaskActions } {
  const { problems, actions } = readAnswers(input);
  const all = actions.flatMap(({ wrong, missing }) => [...wrong, ...Object.values(missing)]);
  refuseAnswers([...problems, ...all], input.why);
  if (actions.length === 0) return {};
  const list = actions.map(({ action: { name, hook, mode, when, location } }) => ({
    ...{ name, hook, mode, location },
    ...(when ? { when } : {}),
  }));
  const prompts = Object.fromEntries(actions.map(({ action, values }) => [action.name, values]));
  return { actions: { list, context: input.context, prompts } };
}

function strayAnswers(spec: DriverSpec, own: ActionSpec[], given: readonly PromptAnswer[]): Problem[] {
  const names = spec.actions.map(({ name }) => name);
  return given.flatMap(({ action: name, name: prompt }) => {
    const field = `prompts.${shown(name)}.${shown(prompt)}`;
    const action = spec.actions.find((one) => one.name === name);
    if (!action) {
      const known = didYouMean(name, names) || `; there are ${names.join(", ") || "none"}`;
      return [{ field, message: `is for no action of this driver${known}` }];
    }
    if (!own.includes(action)) {
      const where = `${action.hook}/${action.mode}`;
      const when = action.when ? ` for another version of the ${action.when}` : "";
      const message = `is asked for by an action of ${where}${when}, which this change does not run`;
      return [{ field, message }];
    }
    const asked = action.prompts.map((one) => one.name);
    if (asked.includes(prompt)) return [];
    const known = didYouMean(prompt, asked) || `; it asks for ${asked.join(", ") || "nothing"}`;
    return [{ field, message: `is not asked for by the action ${name}${known}` }];
  });
}

/** The problem of a parameter, told of a prompt. */
function promptProblem({ name: action }: ActionSpec, { field, message }: Problem) {
  const name = field.replace(/^parameters\./, "");
  const required = /^is required(.*?)(; give it a value)?$/.exec(message);
  const way = `; give it with --prompt ${action}.${name}=VALUE`;
  const problem: Problem = {
    field: `prompts.${action}.${name}`,
    message: required ? `is required${required[1]}${way}` : message,
  };
  return { name, isMissing: required !== null, problem };
}

const shown = (text: string) => text.slice(0, 80);

/** Checks the shape of answers, which GraphQL cannot: each action is asked for a name once. Throws INVALID. */
export function checkedAnswers(given: readonly PromptAnswer[] | null | undefined): PromptAnswer[] {
  const answers = [...(given ?? [])];
  const keys = answers.map(({ action, name }) => `${action}.${name}`);
  const twice = keys.find((key, place) => keys.indexOf(key) !== place);
  if (twice !== undefined) {
    const text = `prompts answers ${twice.slice(0, 160)} twice; give one value.`;
    throw new AppError("INVALID", text, { field: "prompts" });
  }
  return answers;
}
