import { isNotBegun, KubeError, ownReasons } from "../../kube/errors.ts";
import type { StyrminDeployment } from "../../kube/styrmin-deployment.ts";
import type { ExecOutcome, Kube } from "../../kube/types.ts";
import { messageOf } from "../../lib/errors.ts";
import { sleep } from "../../lib/loop.ts";
import type { ExecOptions } from "../actions/runner.ts";
import { readyPodOf } from "./components.ts";
import { isTroubleOfTheApi, patiently } from "./patience.ts";
import { OutcomeUnknown } from "./record.ts";
import type { FlowContext } from "./run.ts";
import type { FlowTools } from "./tools.ts";

/** What is kept of each output of a command, bytes. */
const maxOutput = 64 * 1024;
/** How long a command waits for a ready pod, milliseconds. */
const podLimitMs = 60_000;

export interface Command {
  component: string;
  command: string[];
  options?: ExecOptions | undefined;
}

/**
 * Runs a command in a ready pod of a component. It is begun again where it certainly was not begun, in another pod when
 * the first has gone; throws OutcomeUnknown when it may have been, unless it is idempotent.
 */
export async function runCommand(
  context: FlowContext,
  { kube, actions }: FlowTools,
  resource: StyrminDeployment,
  { component, command, options = {} }: Command,
  signal: AbortSignal,
): Promise<ExecOutcome> {
  const { container, stdin, idempotent = false } = options;
  const timeoutMs = Math.min(options.timeoutMs ?? actions.timeoutMs, actions.timeoutMs);
  const input = stdin === undefined ? {} : { stdin: new TextEncoder().encode(stdin) };

  async function runOnce(): Promise<ExecOutcome> {
    const pod = await untilPod(kube, resource, component, signal);
    const what = `the command in ${component} (pod ${pod.name})`;
    context.assertHeld();
    const limit = AbortSignal.timeout(timeoutMs);
    const own = AbortSignal.any([signal, limit]);
    const how = { ...input, signal: own, maxOutputBytes: maxOutput };
    try {
      return await kube.exec(pod, container ?? pod.container, command, how);
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      if (limit.aborted)
        throw new OutcomeUnknown(
          `outcome unknown: ${what} did not end within ${timeoutMs / 1000} s and may still run`,
        );
      if (mayHaveRun(thrown) && !idempotent)
        throw new OutcomeUnknown(`outcome unknown: ${what} was broken off: ${messageOf(thrown)}`);
      throw thrown;
    }
  }

  return patiently(context, signal, runOnce, {
    evenIf: (thrown) => isTroubleOfTheApi(thrown) || isPodGone(thrown),
  });
}

function mayHaveRun(thrown: unknown): boolean {
  return thrown instanceof KubeError && thrown.reason !== ownReasons.execFailed && !isNotBegun(thrown);
}

/** It was there when it was looked for. */
const isPodGone = (thrown: unknown): boolean => isNotBegun(thrown) && (thrown as KubeError).status === 404;

/** Throws an Error when there is none for too long; while the API is away nobody knows, and that does not count. */
async function untilPod(kube: Kube, resource: StyrminDeployment, component: string, signal: AbortSignal) {
  const until = performance.now() + podLimitMs;
  for (;;) {
    const pod = await readyPodOf(kube, resource, component, signal);
    if (pod) {
      const { namespace, name, annotations } = pod.metadata;
      const container =
        annotations?.["kubectl.kubernetes.io/default-container"] ?? pod.spec.containers[0].name;
      return { namespace: namespace!, name, container };
    }
    if (performance.now() > until) {
      throw new Error(`${component} has had no ready pod for ${podLimitMs / 1000} s to run a command in`);
    }
    await sleep(500, signal);
  }
}
