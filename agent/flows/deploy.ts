import { ensureCrd } from "../../kube/crd.ts";
import { managers, reasons, type StyrminDeployment } from "../../kube/styrmin-deployment.ts";
import type { Kube } from "../../kube/types.ts";
import { sleep } from "../../lib/loop.ts";
import { patiently } from "./patience.ts";
import type { ResourceView } from "./resources.ts";
import type { Flow, FlowContext } from "./run.ts";

/** What the flows of this agent work with. */
export interface FlowTools {
  kube: Kube;
  resources: ResourceView;
  /** The text of `k8s/crd.yaml` that this agent was made with. */
  crdYaml: string;
}

const namespaceLabel = "styrmin.io/environment";
const defaultTimeoutSeconds = 600;

/** Brings a deployment to its declared instance: the first time, and after each change. */
export function createDeployFlow({ kube, resources, crdYaml }: FlowTools): Flow {
  return async function deploy(context: FlowContext) {
    const { task, step, signal } = context;
    const { timeoutSeconds = defaultTimeoutSeconds } = task.payload as { timeoutSeconds?: number };
    const limitMs = timeoutSeconds * 1000;
    const onCluster = (name: string, work: (own: AbortSignal) => Promise<unknown>) =>
      step(name, async (own) => {
        await patiently(context, own, work, { limitMs });
      });
    await onCluster("check", (own) => ensureCrd(kube, crdYaml, { install: false, signal: own }));
    await onCluster("ensure namespace", async (own) => {
      context.assertHeld();
      const metadata = { name: task.namespace, labels: { [namespaceLabel]: environmentOf(task.namespace) } };
      const namespace = { apiVersion: "v1", kind: "Namespace", metadata };
      await kube.apply(namespace, { manager: managers.operator, force: true }, own);
    });
    const generation = await step("release intent", async (own) => {
      const released = await context.releaseIntent();
      await untilPublished(context, resources, released, own);
      return released;
    });
    await step("wait ready", () => untilReady(context, resources, generation, limitMs));
    await step("activate instance", () => context.activateInstance());
    signal.throwIfAborted();
  };
}

/** Waits until the resource carries the generation, which the publisher writes. */
export async function untilPublished(
  context: FlowContext,
  resources: ResourceView,
  generation: number,
  signal: AbortSignal,
): Promise<void> {
  const told = new AbortController();
  sleep(5_000, told.signal)
    .then(() => context.say(`waiting for the resource ${context.task.resourceName} to be written`, "warn"))
    .catch(() => {});
  try {
    await resources.waitFor(
      context.task.resourceName,
      (resource) => ((resource?.spec.intentGeneration ?? 0) >= generation ? true : undefined),
      signal,
    );
  } finally {
    told.abort();
  }
}

/** Waits until the operator reports the generation Ready. Throws when it is stalled or the time is up. */
async function untilReady(
  context: FlowContext,
  resources: ResourceView,
  generation: number,
  timeoutMs: number,
): Promise<void> {
  const limit = AbortSignal.timeout(timeoutMs);
  let said = "";
  try {
    await resources.waitFor(
      context.task.resourceName,
      (resource) => {
        const verdict = readyVerdict(resource, generation);
        if (verdict.state === "failed") throw new Error(verdict.message);
        if (verdict.message !== said && verdict.message !== "") {
          said = verdict.message;
          context.say(said);
        }
        return verdict.state === "ready" ? true : undefined;
      },
      AbortSignal.any([context.signal, limit]),
    );
  } catch (thrown) {
    if (context.signal.aborted || !limit.aborted) throw thrown;
    const last = said === "" ? "The operator has not said why." : `Last: ${said}`;
    throw new Error(`It was not ready within ${timeoutMs / 1000} s. ${last}`);
  }
}

/** What the resource's status says of a generation. Pure. */
export function readyVerdict(
  resource: StyrminDeployment | undefined,
  generation: number,
): { state: "waiting" | "ready" | "failed"; message: string } {
  if (!resource) return { state: "waiting", message: "The resource is not there." };
  const { metadata, status } = resource;
  const taken =
    (status?.intentGeneration ?? 0) >= generation && status?.observedGeneration === metadata.generation;
  if (!taken) return { state: "waiting", message: "" };
  const condition = (type: string) => status?.conditions?.find((one) => one.type === type);
  const stalled = condition("Stalled");
  if (stalled?.status === "True") {
    // The server puts it right; and somebody may grant a right meanwhile.
    const passes = stalled.reason === reasons.EditedByHand || stalled.reason === reasons.MissingRight;
    const state = passes ? "waiting" : "failed";
    return { state, message: `${stalled.reason}: ${stalled.message}` };
  }
  const ready = condition("Ready");
  if (ready?.status === "True") return { state: "ready", message: ready.message };
  return { state: "waiting", message: ready?.message ?? "" };
}

function environmentOf(namespace: string): string {
  return namespace.replace(/^env-/, "");
}
