import { ClientError } from "../../clients/sdk/index.ts";
import type { Context, ParameterValue, Upgrade } from "../../drivers/kit/index.ts";
import { messageOf } from "../../lib/errors.ts";
import { ActionError } from "../actions/runner.ts";
import { createEffects } from "./effects.ts";
import { patiently } from "./patience.ts";
import { createRecord, OutcomeUnknown } from "./record.ts";
import { createRedact, type Redact, told } from "./redact.ts";
import { type FlowContext, isCut } from "./run.ts";
import type { FlowTools } from "./tools.ts";
import { type Changes, versionsOf } from "./versions.ts";
import type { Waiting } from "./waiting.ts";

export type Hook = "setup" | "upgrade" | "delete";
export type Mode = "pre" | "core" | "post";

/** The actions of a task, as the server puts them into its payload; absent without any. */
interface TaskActions {
  list: { name: string; hook: string; mode: string; when?: keyof Changes; location: string }[];
  context: Context;
  /** By action, then by name. */
  prompts: Record<string, Record<string, ParameterValue>>;
}

export function hasActions({ task }: FlowContext): boolean {
  return actionsOf(task) !== undefined;
}

/**
 * Runs the actions of a hook and mode one after the other, in the order of the driver's file; in an upgrade those that
 * are for a version which it changes.
 */
export async function runHook(
  context: FlowContext,
  tools: FlowTools,
  hook: Hook,
  mode: Mode,
  changes?: Changes,
): Promise<void> {
  const actions = actionsOf(context.task);
  // The action steps that earlier tasks have done: a setup that ran is not run again.
  const { ran = [] } = context.task.payload as { ran?: string[] };
  for (const action of actions?.list ?? []) {
    if (action.hook !== hook || action.mode !== mode) continue;
    if (action.when && changes?.[action.when] === false) continue;
    const name = `${hook}/${mode} ${action.name}`;
    if (ran.includes(name)) context.say(`${name} has run before and is not run again`);
    else await runAction(context, tools, { ...action, step: name }, actions!);
  }
}

type NamedAction = TaskActions["list"][number] & { step: string };

/**
 * Runs one action as a step that has steps of its own. A run that was broken off begins again at the action's top, and
 * what it had done by then is answered from the record. An action that failed is not run again by the same task.
 */
async function runAction(
  context: FlowContext,
  tools: FlowTools,
  action: NamedAction,
  actions: TaskActions,
): Promise<void> {
  const before = context.recorded(action.step);
  if (before?.state === "FAILED") throw new Error(before.error ?? `${action.step} failed`);
  await context.step(action.step, async (signal) => {
    const { kube, namespace } = tools;
    const secrets = secretsOf(context, tools, actions.context);
    const redact = await patiently(context, signal, (own) => createRedact(kube, namespace, secrets, own));
    try {
      await perform(context, tools, action, actions, redact, signal);
    } catch (thrown) {
      if (isCut(context, thrown)) throw thrown;
      throw new Error(failureText(action, thrown, redact));
    }
  });
}

async function perform(
  context: FlowContext,
  tools: FlowTools,
  { step, name, location }: NamedAction,
  { context: shown, prompts }: TaskActions,
  redact: Redact,
  signal: AbortSignal,
): Promise<void> {
  const { runner, bundles, timeoutMs, awayLimitMs = defaultAwayLimitMs } = tools.actions;
  const record = createRecord(context, step, redact);
  const files = await patiently(context, signal, (own) => bundles.get(context.task.driverDigest!, own), {
    limitMs: awayLimitMs,
    evenIf: isServerAway,
  });
  const job = {
    files,
    location,
    context: context.task.kind === "UPGRADE" ? { ...shown, upgrade: upgradeOf(context) } : shown,
    prompts: prompts[name] ?? {},
    timeoutMs,
  };
  const again = { limitMs: awayLimitMs, evenIf: isUnavailable, isNew: hadRunner };
  await patiently(
    context,
    signal,
    async () => {
      // An action cannot swallow that nobody knows what it did: its run is over.
      const ending = new AbortController();
      const run = record.rerun();
      const giveUp = (unknown: OutcomeUnknown) => ending.abort(unknown);
      const waiting: Waiting = { for: undefined };
      const answer = createEffects(context, tools, run, redact, { giveUp, waiting });
      try {
        await runner.run(job, answer, AbortSignal.any([signal, ending.signal]));
      } catch (thrown) {
        if (ending.signal.aborted && !signal.aborted) throw ending.signal.reason;
        if (isOverdue(thrown) && waiting.for)
          throw new Error(`${messageOf(thrown)} It still waited: ${waiting.for.replace(/\.$/, "")}.`);
        throw thrown;
      }
    },
    again,
  );
}

const defaultAwayLimitMs = 120_000;

const isServerAway = (thrown: unknown) => thrown instanceof ClientError && thrown.code === "UNAVAILABLE";

const isOverdue = (thrown: unknown) => thrown instanceof ActionError && thrown.failure === "timeout";
const isUnavailable = (thrown: unknown) => thrown instanceof ActionError && thrown.failure === "unavailable";
const hadRunner = (thrown: unknown) => thrown instanceof ActionError && thrown.hadRunner;

function failureText({ step, location }: NamedAction, thrown: unknown, redact: Redact): string {
  const text = told(redact, messageOf(thrown));
  if (thrown instanceof OutcomeUnknown) return `${step}: ${text}`;
  const file = location.split("::")[0]!;
  return text.includes(file) ? `${step} failed: ${text}` : `${step} failed: ${text} (${location})`;
}

function upgradeOf(context: FlowContext): Upgrade {
  const { from, to } = versionsOf(context);
  const driver = { from: from.driverVersion, to: to.driverVersion };
  return { from: from.applicationVersion, to: to.applicationVersion, driver };
}

/** The Secrets with what must not be told: of the instance that is brought about, and of the one that runs. */
function secretsOf({ task }: FlowContext, { resources }: FlowTools, { parameters }: Context): string[] {
  const wanted = Object.values(parameters).flatMap((value) =>
    typeof value === "object" && "secretRef" in value ? value.secretRef.name : [],
  );
  const running = resources.get(task.resourceName)?.spec.secretName;
  return [...new Set([...wanted, ...(running === undefined ? [] : [running])])];
}

function actionsOf({ payload }: FlowContext["task"]): TaskActions | undefined {
  return (payload as { actions?: TaskActions }).actions;
}
