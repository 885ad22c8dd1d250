import { ensureCrd } from "../../kube/crd.ts";
import { managers } from "../../kube/styrmin-deployment.ts";
import { patiently } from "./patience.ts";
import { untilPublished, untilReady } from "./ready.ts";
import type { FlowContext } from "./run.ts";
import type { FlowTools } from "./tools.ts";

const namespaceLabel = "styrmin.io/environment";
const defaultTimeoutSeconds = 600;

/** How long an instance may take to become ready, milliseconds. */
export function limitOf({ task }: FlowContext): number {
  const { timeoutSeconds = defaultTimeoutSeconds } = task.payload as { timeoutSeconds?: number };
  return timeoutSeconds * 1000;
}

/** The first steps of a flow: is the cluster one that can take the application, and is its namespace there? */
export async function prepareCluster(context: FlowContext, { kube, crdYaml }: FlowTools): Promise<void> {
  const { task } = context;
  const onCluster = (name: string, work: (own: AbortSignal) => Promise<unknown>) =>
    context.step(name, async (own) => {
      await patiently(context, own, work, { limitMs: limitOf(context) });
    });
  await onCluster("check", (own) => ensureCrd(kube, crdYaml, { install: false, signal: own }));
  await onCluster("ensure namespace", async (own) => {
    context.assertHeld();
    const metadata = { name: task.namespace, labels: { [namespaceLabel]: environmentOf(task.namespace) } };
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata };
    await kube.apply(namespace, { manager: managers.operator, force: true }, own);
  });
}

/** The steps that bring the task's instance about. */
export async function bringInstance(context: FlowContext, { resources }: FlowTools): Promise<void> {
  const generation = await context.step("release intent", async (own) => {
    const released = await context.releaseIntent();
    await untilPublished(context, resources, released, own);
    return released;
  });
  await context.step("wait ready", () =>
    untilReady(context, resources, generation, { timeoutMs: limitOf(context) }),
  );
}

function environmentOf(namespace: string): string {
  return namespace.replace(/^env-/, "");
}
