import { messageOf } from "../../lib/errors.ts";
import type { ActionCall, Answer, ExecResult } from "../actions/runner.ts";
import type { StyrminDeployment } from "../../kube/styrmin-deployment.ts";
import { limitOf } from "./bring.ts";
import type { FlowTools } from "./tools.ts";
import { runCommand } from "./command.ts";
import { componentsBehind, needComponents, untilGone } from "./components.ts";
import { changeHold, type Held } from "./hold.ts";
import { patiently } from "./patience.ts";
import { untilPublished, untilReady } from "./ready.ts";
import { type ActionRun, OutcomeUnknown } from "./record.ts";
import { type Redact, told } from "./redact.ts";
import { type FlowContext, isCut } from "./run.ts";
import { type Waiting, whileWaiting } from "./waiting.ts";

/** What is kept of the JSON of each output of a command, bytes: a step may have 256 KiB in all. */
const maxOutputJson = 120 * 1024;

type Call<K extends ActionCall["kind"]> = Extract<ActionCall, { kind: K }>;

/**
 * Answers the calls of an action: has the effect of each that is not recorded, and records it. `giveUp` is called when
 * nobody knows what a call did; `waiting` says what a call waits for.
 */
export function createEffects(
  context: FlowContext,
  tools: FlowTools,
  run: ActionRun,
  redact: Redact,
  { giveUp, waiting }: { giveUp: (unknown: OutcomeUnknown) => void; waiting: Waiting },
): Answer {
  const { kube, resources, namespace } = tools;
  const { task } = context;

  return async function answer(call, signal) {
    try {
      return await answerOne(call, signal);
    } catch (thrown) {
      if (thrown instanceof OutcomeUnknown) giveUp(thrown);
      throw thrown;
    }
  };

  async function answerOne(call: ActionCall, signal: AbortSignal): Promise<unknown> {
    switch (call.kind) {
      case "log":
        // What an earlier run has said is in the log already.
        return run.isReplay() ? undefined : context.say(told(redact, call.message), call.level);
      case "stepBegin": {
        const known = await run.begin(call.key, call.name, true);
        return known.state === "done" ? { recorded: true, result: known.result } : { recorded: false };
      }
      case "stepEnd":
        return run.end(call.key, "error" in call ? { error: call.error! } : { result: call.result });
      case "stopComponents":
        return once(call, `stop ${listOf(call.components)}`, signal, () =>
          hold(call.components, (held, names) => ({ ...held, ...zeroOf(names) }), signal, true),
        );
      case "startComponents":
        return once(call, `start ${listOf(call.components)}`, signal, () =>
          hold(call.components, (held, names) => without(held, names), signal),
        );
      case "scale": {
        const { component, replicas } = call;
        return once(call, `scale ${component} to ${replicas}`, signal, () =>
          hold([component], (held) => ({ ...held, [component]: replicas }), signal, replicas === 0),
        );
      }
      case "upgradeTo":
        return once(call, `upgrade to ${call.version}`, signal, () => upgradeTo(call.version, signal));
      case "exec":
        return exec(call, signal);
    }
  }

  /** Has an effect that may be had again, and records it. */
  async function once<T>(
    { key }: { key: string },
    label: string,
    signal: AbortSignal,
    effect: () => Promise<T>,
  ): Promise<T | undefined> {
    const known = await run.begin(key, label);
    if (known.state === "done") return known.result as T;
    try {
      context.assertHeld();
      const result = await effect();
      await run.end(key, { result });
      return result;
    } catch (thrown) {
      if (!isBrokenOff(thrown, signal)) await run.end(key, { error: messageOf(thrown) });
      throw thrown;
    }
  }

  /** Whether a call ended because its run did, for whatever reason: that is no end of its own to be recorded. */
  function isBrokenOff(thrown: unknown, signal: AbortSignal): boolean {
    return isCut(context, thrown) || signal.aborted;
  }

  /** Changes what the task holds of components (of all, when none is named), and waits until it is so. */
  async function hold(
    given: string[],
    change: (held: Held, names: string[]) => Held,
    signal: AbortSignal,
    stopped = false,
  ): Promise<void> {
    const resource = await needResource(signal);
    const names = given.length > 0 ? given : Object.keys(resource.spec.components ?? {});
    needComponents(resource, names);
    const which = { namespace, name: task.resourceName };
    const generation = await patiently(context, signal, (own) =>
      changeHold(kube, which, task.id, (held) => change(held, names), own),
    );
    const untilSo = async (tell: (behind: string) => void) => {
      const look = (now: StyrminDeployment | undefined) => {
        const behind = componentsBehind(now, names, { generation, stopped });
        if (behind === undefined) return true;
        tell(behind);
        return undefined;
      };
      await resources.waitFor(task.resourceName, look, signal);
      if (stopped) await patiently(context, signal, (own) => untilGone(kube, resource, names, tell, own));
    };
    await whileWaiting(context, waiting, untilSo, signal);
  }

  async function upgradeTo(version: string, signal: AbortSignal): Promise<void> {
    if (task.kind !== "UPGRADE") throw new Error("upgradeTo is for actions of the hook upgrade");
    const generation = await context.releaseIntent(version);
    await untilPublished(context, resources, generation, signal);
    await untilReady(context, resources, generation, { timeoutMs: limitOf(context), signal });
  }

  /** A command may have had its effect although nobody heard of its end; then it is not run again. */
  async function exec(call: Call<"exec">, signal: AbortSignal): Promise<ExecResult> {
    const { key, component, command, options } = call;
    const label = `exec ${component}`;
    const known = await run.begin(key, label);
    if (known.state === "done") return known.result as ExecResult;
    try {
      if (known.state === "begun" && !options?.idempotent) throw unknownEnd(label);
      const resource = await needResource(signal);
      needComponents(resource, [component]);
      const which = { component, command, options };
      const { exitCode, stdout, stderr } = await runCommand(context, tools, resource, which, signal);
      const result = { exitCode, stdout: recordable(redact(stdout)), stderr: recordable(redact(stderr)) };
      await run.end(key, { result });
      return result;
    } catch (thrown) {
      if (!isBrokenOff(thrown, signal)) await run.end(key, { error: messageOf(thrown) });
      throw thrown;
    }
  }

  async function needResource(signal: AbortSignal): Promise<StyrminDeployment> {
    signal.throwIfAborted();
    const resource = resources.get(task.resourceName);
    if (resource) return resource;
    throw new Error("nothing of the application is there yet: its components come after setup/pre");
  }
}

/** A text that is the same once it was recorded; one of control characters has a long JSON, and is cut. */
function recordable(text: string): string {
  const plain = text.toWellFormed().replaceAll("\0", "");
  let kept = plain;
  while (JSON.stringify(kept).length > maxOutputJson) kept = kept.slice(0, kept.length / 2);
  return kept === plain ? plain : `${kept}\n[the rest was dropped]\n`;
}

const unknownEnd = (label: string) =>
  new OutcomeUnknown(
    `outcome unknown: the agent ended while "${label}" ran, and did not hear how it ended; look whether it had its effect, then try again`,
  );

const zeroOf = (names: string[]): Held => Object.fromEntries(names.map((name) => [name, 0]));
const without = (held: Held, names: string[]): Held =>
  Object.fromEntries(Object.entries(held).filter(([name]) => !names.includes(name)));
const listOf = (names: string[]) => (names.length > 0 ? names.join(", ") : "all components");
