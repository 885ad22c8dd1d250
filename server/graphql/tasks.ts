import { isId, pageSize } from "../db/sql.ts";
import { logOfTask } from "../db/task-steps.ts";
import { listTasks } from "../db/tasks.ts";
import { cancelTaskById } from "../tasks/cancel.ts";
import { blockedText, saidText } from "../deploy/blocked.ts";
import { needDeployment } from "../deploy/find.ts";
import type { MutationResolvers, QueryResolvers, TaskResolvers } from "./generated.ts";
import { found, pageOf } from "./page.ts";
import { requestOf } from "./request-key.ts";
import { testResultOf } from "./tests.ts";

export const taskQueries: Pick<QueryResolvers, "tasks" | "task"> = {
  tasks: async (_, args, { deps }) => {
    const { deployment, kind = null, states = null } = args.filter ?? {};
    // By id also of a deployment that is gone; a name can only mean a living one.
    const deploymentId =
      !deployment || isId(deployment) ? deployment : (await needDeployment(deps.sql, deployment, null)).id;
    return listTasks(deps.sql, { deploymentId: deploymentId ?? undefined, kind, states, ...pageOf(args) });
  },
  task: async (_, { id }, { loaders }) => (isId(id) ? await loaders.task().load(id) : null),
};

export const taskMutations: Pick<MutationResolvers, "cancelTask"> = {
  cancelTask: async (_, args, context) => {
    const id = await cancelTaskById(context.deps, requestOf(context, "cancelTask", args), args.task);
    return found(await context.loaders.task().clear(id).load(id), "task");
  },
};

export const Task: TaskResolvers = {
  reason: async ({ id, state, reason }, _, { loaders }) => {
    if (reason !== null) return reason;
    if (state === "RUNNING") {
      const waits = await loaders.waitOfTask().load(id);
      return waits ? saidText(waits.wait.said) : null;
    }
    if (state !== "QUEUED") return null;
    const found = await loaders.blockerOfTask().load(id);
    return found ? blockedText(found.blocker) : null;
  },
  supersededBy: async ({ supersededBy }, _, { loaders }) =>
    supersededBy === null ? null : await loaders.task().load(supersededBy),
  deployment: async ({ deploymentId }, _, { loaders }) => await loaders.deployment().load(deploymentId),
  instance: async ({ instanceId }, _, { loaders }) =>
    instanceId === null ? null : await loaders.instance().load(instanceId),
  steps: ({ id }, _, { loaders }) => loaders.stepsOfTask().load(id),
  testResults: async ({ id, kind }, _, { loaders }) => {
    if (kind !== "TEST") return [];
    const rows = await loaders.testResultsOfTask().load(id);
    return rows.flatMap(({ result }) => testResultOf(result) ?? []);
  },
  log: ({ id }, { first, after }, { deps }) =>
    logOfTask(deps.sql, id, { first: pageSize(first ?? 1000), after: after ?? 0 }),
};
