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

/** The first step of a flow: does the cluster know the resource as this agent does? */
export async function checkCluster(context: FlowContext, { kube, crdYaml }: FlowTools): Promise<void> {
  await onCluster(context, "check", (own) => ensureCrd(kube, crdYaml, { install: false, signal: own }));
}

/** The first steps of a flow: is the cluster one that can take the application, and is its namespace there? */
export async function prepareCluster(context: FlowContext, tools: FlowTools): Promise<void> {
  const { kube } = tools;
  const { task } = context;
  await checkCluster(context, tools);
  await onCluster(context, "ensure namespace", async (own) => {
    context.assertHeld();
    const metadata = { name: task.namespace, labels: { [namespaceLabel]: environmentOf(task.namespace) } };
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata };
    await kube.apply(namespace, { manager: managers.operator, force: true }, own);
  });
}

function onCluster(context: FlowContext, name: string, work: (own: AbortSignal) => Promise<unknown>) {
  return context.step(name, async (own) => {
    await patiently(context, own, work, { limitMs: limitOf(context) });
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
