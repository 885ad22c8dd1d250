import { AppError } from "../../lib/errors.ts";
import { createBell } from "../../lib/loop.ts";
import { askForLogs } from "../agents/inquiries.ts";
import type { Topic } from "../db/changes.ts";
import { type DeploymentRow, deploymentsById, listDeployments } from "../db/deployments.ts";
import { environmentsById } from "../db/environments.ts";
import { clustersById } from "../db/clusters.ts";
import { instancesById } from "../db/instances.ts";
import { isId } from "../db/sql.ts";
import { logOfTask } from "../db/task-steps.ts";
import { type TaskRow, tasksById } from "../db/tasks.ts";
import { missing, needDeployment, needEnvironment } from "../deploy/find.ts";
import { resourceStatusOf } from "../deploy/status.ts";
import { type RequestContext, createRequestContext } from "./context.ts";
import { statusOfDeployment } from "./deployments.ts";
import { checkProgressId } from "./progress.ts";
import type {
  SubscriptionDeploymentChangedArgs,
  SubscriptionDeploymentLogsArgs,
  SubscriptionDeploymentsChangedArgs,
  SubscriptionLoadProgressArgs,
  SubscriptionTaskChangedArgs,
  SubscriptionTaskLogArgs,
} from "./generated.ts";

const never = new AbortController().signal;

/**
 * Each subscription is a generator that ends when the client's signal is aborted. Reads are made anew for every event:
 * the loaders of the request would answer what was true at its beginning.
 */
export const sources = {
  async *deploymentChanged(args: SubscriptionDeploymentChangedArgs, context: RequestContext) {
    const { id } = await needDeployment(context.deps.sql, args.deployment, args.environment);
    yield* followDeployment(context, id);
  },
  async *deploymentsChanged(args: SubscriptionDeploymentsChangedArgs, context: RequestContext) {
    const { sql } = context.deps;
    const environmentId = args.environment ? (await needEnvironment(sql, args.environment)).id : undefined;
    for await (const ids of changedIds(context, "deployment:*")) {
      const some = ids.includes("*")
        ? await listDeployments(sql, { first: 1000 })
        : await deploymentsById(sql, ids);
      for (const deployment of some) {
        if (environmentId !== undefined && deployment.environmentId !== environmentId) continue;
        renew(context);
        yield deployment;
      }
    }
  },
  async *loadProgress({ id }: SubscriptionLoadProgressArgs, { deps, signal = never }: RequestContext) {
    checkProgressId(id, "id");
    yield* deps.progress.follow(id.toLowerCase(), signal);
  },
  async *taskChanged(args: SubscriptionTaskChangedArgs, context: RequestContext) {
    for await (const task of followTask(context, args.task)) {
      renew(context);
      yield task;
    }
  },
  async *taskLog(args: SubscriptionTaskLogArgs, context: RequestContext) {
    let after = 0;
    for await (const { id } of followTask(context, args.task)) {
      for (;;) {
        const lines = await logOfTask(context.deps.sql, id, { first: 1000, after });
        yield* lines;
        after = lines.at(-1)?.number ?? after;
        if (lines.length < 1000) break;
      }
    }
  },
  async *deploymentLogs(args: SubscriptionDeploymentLogsArgs, { deps, signal = never }: RequestContext) {
    const deployment = await needDeployment(deps.sql, args.deployment, args.environment);
    const [[environment], [instance]] = await Promise.all([
      environmentsById(deps.sql, [deployment.environmentId]),
      instancesById(deps.sql, [deployment.instanceId]),
    ]);
    const [cluster] = await clustersById(deps.sql, [environment!.clusterId]);
    const { components, instance: resolved } = instance!.context;
    if (args.component && !(args.component in components)) {
      const names = Object.keys(components).join(", ");
      const text = `There is no component "${args.component.slice(0, 80)}" in deployment ${deployment.name}; there are ${names}.`;
      throw new AppError("NOT_FOUND", text, { field: "component" });
    }
    const question = {
      namespace: resolved.namespace,
      deploymentId: deployment.id,
      component: args.component ?? null,
      pod: args.pod ?? null,
      container: args.container ?? null,
      tailLines: Math.min(Math.max(args.tailLines ?? 100, 0), 10_000),
      sinceSeconds: args.sinceSeconds ?? null,
      follow: args.follow ?? false,
    };
    yield* askForLogs(deps, { clusterId: cluster!.id, clusterName: cluster!.name }, question, signal);
  },
};

/** How often a deployment is looked at although nothing was told: its word decays by itself. */
const decayMs = 5000;

async function* followDeployment(context: RequestContext, id: string): AsyncGenerator<DeploymentRow | null> {
  let before: string | undefined;
  for await (const told of ticks(
    context,
    `deployment:${id}`,
    Math.min(decayMs, context.deps.settings.silenceMs / 2),
  )) {
    renew(context);
    const [deployment] = await deploymentsById(context.deps.sql, [id]);
    if (!deployment) {
      yield null;
      return;
    }
    const words = [
      await statusOfDeployment(context, id),
      await statusOfDeployment(context, id, resourceStatusOf),
    ];
    const now = JSON.stringify(words);
    if (told || now !== before) yield deployment;
    before = now;
  }
}

/** A task at once and after each change, until it has ended. */
async function* followTask(context: RequestContext, id: string): AsyncGenerator<TaskRow> {
  for await (const _ of ticks(context, `task:${id}`, context.deps.settings.pollMs)) {
    const [task] = isId(id) ? await tasksById(context.deps.sql, [id]) : [];
    if (!task) missing("task", id, "task", "tasks");
    yield task;
    if (task.finishedAt !== null) return;
  }
}

/** One tick at once, then one after each change (true) and each silence of `everyMs` (false). */
async function* ticks(
  { deps, signal = never }: RequestContext,
  topic: Topic,
  everyMs: number,
): AsyncGenerator<boolean> {
  const bell = createBell();
  let told = true;
  const stop = deps.changes.on(topic, () => {
    told = true;
    bell.wake();
  });
  try {
    while (!signal.aborted) {
      const news = told;
      told = false;
      yield news;
      await bell.wait(everyMs, signal).catch(() => {});
    }
  } finally {
    stop();
  }
}

/** The ids that changes are told of, gathered while the reader is busy; `*` when news may have been lost. */
async function* changedIds({ deps, signal = never }: RequestContext, topic: Topic): AsyncGenerator<string[]> {
  const bell = createBell();
  const ids = new Set<string>();
  const stop = deps.changes.on(topic, (id) => {
    ids.add(id);
    bell.wake();
  });
  try {
    while (!signal.aborted) {
      await bell.wait(60_000, signal).catch(() => {});
      const some = [...ids].filter((id) => id === "*" || isId(id));
      ids.clear();
      if (some.length > 0) yield some;
    }
  } finally {
    stop();
  }
}

/** Gives the event fresh reads. */
function renew(context: RequestContext): void {
  context.loaders = createRequestContext(context.deps, context.caller).loaders;
}
