import {
  type ActionSpec,
  type DriverSpec,
  type HookEvent,
  hookRuleOf,
  hooksFor,
  type KubeObjectLike,
  kindText,
} from "../../drivers/kit/index.ts";
import {
  actionsAt,
  type FlowHook,
  type PromptAnswer,
  readAnswers,
  refuseAnswers,
  type TaskActions,
} from "./actions.ts";
import type { Changes } from "./change.ts";
import { type ObjectRef, refOf } from "./compare.ts";

/** An action that a change would run. */
export interface ActionOfPlan extends Pick<ActionSpec, "name" | "hook" | "mode" | "description"> {
  /** The prompts that must be answered and are not yet. */
  unanswered: string[];
  /** What each of them takes, as `kindText` says it; absent in a plan that was kept before this was told. */
  takes?: string[];
  /** All prompts; absent likewise. */
  prompts?: PromptOfPlan[];
}

/** A prompt of an action, and what the action would be told as things are. */
export interface PromptOfPlan {
  name: string;
  takes: string;
  /** As it was answered, or else its default; null for neither. */
  value: unknown;
  answered: boolean;
}

/** A hook of a chart that a change would run. */
export interface PlannedHook extends ObjectRef {
  event: HookEvent;
  weight: number;
}

const modes = ["pre", "core", "post"];

/**
 * The actions of a hook in the order of running, with what they still ask for. Throws INVALID for answers that are wrong
 * or are asked for by none of them; that some are missing is part of the plan. Pure.
 */
export function plannedActions(
  spec: DriverSpec,
  hook: FlowHook | null,
  asked: {
    changes?: Changes | undefined;
    given?: readonly PromptAnswer[];
    before?: TaskActions["prompts"] | undefined;
  } = {},
): ActionOfPlan[] {
  const { changes, given = [], before = {} } = asked;
  const { problems, actions } = readAnswers({ spec, hook, changes, given, before });
  refuseAnswers([...problems, ...actions.flatMap(({ wrong }) => wrong)]);
  const read = new Map(actions.map((one) => [one.action.name, one]));
  return actionsAt(spec, hook, changes)
    .toSorted((one, other) => modes.indexOf(one.mode) - modes.indexOf(other.mode))
    .map(({ name, hook: at, mode, description, prompts }) => {
      const { values = {}, missing = {} } = read.get(name) ?? {};
      const asks = prompts.filter((prompt) => Object.hasOwn(missing, prompt.name));
      const unanswered = asks.map((prompt) => prompt.name);
      const isAnswered = (prompt: string) =>
        Object.hasOwn(before[name] ?? {}, prompt) ||
        given.some((one) => one.action === name && one.name === prompt);
      const all = prompts.map((prompt) => ({
        ...{ name: prompt.name, takes: kindText(prompt) },
        ...{ value: values[prompt.name] ?? null, answered: isAnswered(prompt.name) },
      }));
      return { name, hook: at, mode, description, unanswered, takes: asks.map(kindText), prompts: all };
    });
}

/** The hooks of a chart that run when an instance is brought about: the first one, or one after it. Pure. */
export function plannedHooks(hooks: readonly KubeObjectLike[], isUpgrade: boolean): PlannedHook[] {
  const cause = isUpgrade ? "upgrade" : "install";
  return ([`pre-${cause}`, `post-${cause}`] as const).flatMap((event) =>
    hooksFor(hooks, event).map((hook) => ({ event, weight: hookRuleOf(hook)?.weight ?? 0, ...refOf(hook) })),
  );
}
