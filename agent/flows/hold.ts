import { isConflict } from "../../kube/errors.ts";
import { managers, type StyrminDeployment, styrminDeploymentKind } from "../../kube/styrmin-deployment.ts";
import type { Kube } from "../../kube/types.ts";
import { messageOf } from "../../lib/errors.ts";
import type { FlowTools } from "./tools.ts";
import { patiently } from "./patience.ts";
import { untilReady } from "./ready.ts";
import { LeaseCut } from "./lease.ts";
import type { Flow, FlowContext } from "./run.ts";

/** Replicas by component that a flow imposes until its task ends. */
export type Held = Record<string, number>;

interface Which {
  namespace: string;
  name: string;
}

const maxTries = 5;
/** How long the end of a task that failed may be put off by a hold that cannot be cleared, milliseconds. */
const clearLimitMs = 10_000;

/**
 * Changes what a task holds: `spec.hold`, the only field of the resource that is the flow's. What another task has
 * left there is not taken over. Writes nothing when nothing changes. Answers the generation that the resource then has.
 * Throws an Error when there is no resource.
 */
export async function changeHold(
  kube: Kube,
  which: Which,
  taskId: string,
  change: (held: Held) => Held,
  signal: AbortSignal,
): Promise<number> {
  const generation = await writeHold(kube, which, signal, ({ spec: { hold } }) => {
    const held = hold?.task === taskId ? (hold.components ?? {}) : {};
    const wanted = change(held);
    const isSame = hold?.task === taskId && Bun.deepEquals(held, wanted);
    return isSame ? undefined : { task: taskId, components: wanted };
  });
  if (generation !== null) return generation;
  throw new Error(`there is no resource ${which.name} yet, so no component can be stopped or scaled`);
}

/** Takes the hold of a task away. Answers the generation that the resource then has; null when there was none. */
export async function clearHold(
  kube: Kube,
  which: Which,
  taskId: string,
  signal: AbortSignal,
): Promise<number | null> {
  let had = false;
  const generation = await writeHold(kube, which, signal, ({ spec: { hold } }) => {
    if (hold === undefined || hold.task !== taskId) return undefined;
    had = true;
    return null;
  });
  return had ? generation : null;
}

/** The last step of a flow with actions: what was held is as declared again, and ready. */
export async function endHold(
  context: FlowContext,
  { kube, resources, namespace }: FlowTools,
): Promise<void> {
  await context.step("end hold", async (own) => {
    context.assertHeld();
    const which = { namespace, name: context.task.resourceName };
    const clear = (signal: AbortSignal) => clearHold(kube, which, context.task.id, signal);
    const resourceGeneration = await patiently(context, own, clear);
    if (resourceGeneration === null) return;
    await untilReady(context, resources, 0, { timeoutMs: endLimitMs, resourceGeneration });
  });
}

const endLimitMs = 600_000;

/**
 * The same flow, at whose end nothing is held: however it ends, unless somebody else goes on with its task. An upgrade that
 * is cancelled holds on until the server has taken it back, else what is held would start with what is taken back; then
 * `startHoldSweeper` lets it go.
 */
export function holdEndsWith({ kube, namespace }: FlowTools, flow: Flow): Flow {
  return async function flowWithHold(context) {
    try {
      await flow(context);
    } catch (thrown) {
      const cut = thrown instanceof LeaseCut ? thrown : context.signal.reason;
      const isCut = cut instanceof LeaseCut;
      if (!isCut || (cut.why === "cancelled" && context.task.kind !== "UPGRADE")) await clearAtEnd(context);
      throw thrown;
    }
  };

  /** Not for the task's sake, which has ended: what cannot be cleared now is found by `startHoldSweeper`. */
  async function clearAtEnd(context: FlowContext): Promise<void> {
    const which = { namespace, name: context.task.resourceName };
    await clearHold(kube, which, context.task.id, AbortSignal.timeout(clearLimitMs)).catch((thrown) =>
      context.say(`what it held could not be let go yet: ${messageOf(thrown)}`, "warn"),
    );
  }
}

/** Null when there is no resource. */
async function writeHold(
  kube: Kube,
  { namespace, name }: Which,
  signal: AbortSignal,
  decide: (resource: StyrminDeployment) => StyrminDeployment["spec"]["hold"] | null | undefined,
): Promise<number | null> {
  const ref = { ...styrminDeploymentKind, namespace, name };
  for (let tries = 1; ; tries++) {
    const resource = (await kube.get(ref, signal)) as StyrminDeployment | undefined;
    if (!resource) return null;
    const hold = decide(resource);
    if (hold === undefined) return resource.metadata.generation ?? 0;
    const { uid, resourceVersion } = resource.metadata;
    const object = {
      ...styrminDeploymentKind,
      metadata: { name, namespace, uid, resourceVersion },
      // Without it, the field that only this manager has is gone.
      ...(hold === null ? {} : { spec: { hold } }),
    };
    try {
      const written = await kube.apply(object, { manager: managers.flow, force: true }, signal);
      return written.metadata.generation ?? 0;
    } catch (thrown) {
      // The resource has changed since it was read.
      if (tries >= maxTries || !isConflict(thrown)) throw thrown;
    }
  }
}
