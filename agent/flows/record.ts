import type { FlowContext } from "./run.ts";
import { type Redact, told } from "./redact.ts";

/**
 * Nobody knows whether something had its effect, or what an action did before is not what it does now. Whoever runs
 * the task must look.
 */
export class OutcomeUnknown extends Error {
  override readonly name = "OutcomeUnknown";
}

type Ended = { key: string; result: unknown; error?: undefined } | { error: string };

/** What is known of a call of an action. */
interface Entry {
  /** Null when only its beginning is recorded. */
  end: Ended | null;
}

/** The calls of one run of an action, which is a replay as far as the record goes. */
export interface ActionRun {
  /**
   * Says that a call begins, and answers what is recorded of it: `new` for nothing, `begun` when an earlier run did
   * not record its end. Throws OutcomeUnknown when an earlier run made another call in its place; Error with what is
   * recorded when the call failed.
   */
  begin(
    key: string,
    label: string,
    isStep?: boolean,
  ): Promise<{ state: "new" | "begun" } | { state: "done"; result: unknown }>;
  end(key: string, how: { result: unknown } | { error: string }): Promise<void>;
  /** Whether there is more on record than this run has come to. */
  isReplay(): boolean;
}

export interface ActionRecord {
  /** Begins another run of the action, at its top. */
  rerun(): ActionRun;
}

/** Of two labels, one within the other, and an action's name, a step's name is made, which has 200 characters. */
const maxLabel = 48;
/** Between the label of a step and that of a call within it. */
const within = " / ";

/**
 * The record of an action: steps of its task whose names begin with that of the action, as
 * `upgrade/pre stop-worker: stop worker`.
 */
export function createRecord(
  context: Pick<FlowContext, "task" | "beginStep" | "endStep">,
  action: string,
  redact: Redact,
): ActionRecord {
  const entries = new Map<string, Entry>();
  for (const { name, state, result, error } of context.task.steps) {
    if (!name.startsWith(`${action}: `)) continue;
    const done = result as { key: string; result: unknown } | null;
    if (state === "SUCCEEDED") entries.set(name, { end: done });
    else entries.set(name, { end: state === "FAILED" ? { error: error ?? "it failed" } : null });
  }

  return {
    rerun() {
      const names = new Map<string, string>();
      /** The labels of steps by their keys; a call within one has a key that begins with it. */
      const steps = new Map<string, string>();
      const counts = new Map<string, number>();
      const left = new Set(entries.keys());

      const nameOf = (label: string) => {
        const count = (counts.get(label) ?? 0) + 1;
        counts.set(label, count);
        return `${label}${count > 1 ? ` (${count})` : ""}`;
      };
      const stepAround = (key: string) => [...steps].find(([step]) => key.startsWith(`${step}/`))?.[1];
      const skip = (label: string) => {
        for (const name of left) if (name.startsWith(`${action}: ${label}${within}`)) left.delete(name);
      };

      return {
        isReplay: () => left.size > 0,
        async begin(key, wanted, isStep = false) {
          const around = stepAround(key);
          const own = tidy(redact(wanted));
          const label = nameOf(around === undefined ? own : `${around}${within}${own}`);
          const name = `${action}: ${label}`;
          names.set(key, name);
          if (isStep) steps.set(key, label);
          const known = entries.get(name);
          const other = known === undefined ? [...left][0] : undefined;
          if (other !== undefined) {
            throw new OutcomeUnknown(
              `${unknown}: an earlier run went on with "${other.slice(action.length + 2)}", this one with "${name.slice(action.length + 2)}"; ${sameCalls}`,
            );
          }
          left.delete(name);
          if (known?.end) skip(label);
          if (known?.end) return { state: "done", result: resultOf(known.end, key) };
          await context.beginStep(name);
          entries.set(name, { end: null });
          return { state: known ? "begun" : "new" };
        },
        async end(key, how) {
          const name = names.get(key);
          if (name === undefined) throw new Error(`the call ${key} did not begin`);
          const end: Ended =
            "error" in how ? { error: told(redact, how.error) } : { key, result: how.result ?? null };
          await context.endStep(name, end.error === undefined ? { result: end } : end);
          entries.set(name, { end });
        },
      };
    },
  };
}

function resultOf(end: Ended, key: string): unknown {
  if (end.error !== undefined)
    throw end.error.startsWith(unknown) ? new OutcomeUnknown(end.error) : new Error(end.error);
  if (end.key === key) return end.result;
  throw new OutcomeUnknown(
    `${unknown}: an earlier run made the call "${end.key}" where this one makes "${key}"; ${sameCalls}`,
  );
}

/** How every text of an OutcomeUnknown begins. */
const unknown = "outcome unknown";
const sameCalls = "an action must make the same calls each time it is run";

/** A label that can be part of a step's name. */
function tidy(label: string): string {
  const plain = label
    .toWellFormed()
    .replace(/[\u0000-\u001f\u007f]+/g, " ")
    .replaceAll(within, "/")
    .trim();
  return plain.length > maxLabel ? `${plain.slice(0, maxLabel - 1)}…` : plain || "step";
}
