import { listDeployments } from "../db/deployments.ts";
import { instancesOfDeployment } from "../db/instances.ts";
import { observedAt } from "../db/reports.ts";
import { pageSize } from "../db/sql.ts";
import { listTasks } from "../db/tasks.ts";
import { type Changed, createDeployment } from "../deploy/create.ts";
import { deleteDeployment } from "../deploy/delete.ts";
import { findDeployment, needDriver, needEnvironment } from "../deploy/find.ts";
import { allPolicies } from "../deploy/policies.ts";
import { agentNamespace, secretPlaces } from "../deploy/secret-places.ts";
import { servicesOf } from "../deploy/services.ts";
import { resourceStatusOf, type Status, statusOf } from "../deploy/status.ts";
import { testDeployment } from "../deploy/test.ts";
import { updateDeployment } from "../deploy/update.ts";
import { scaleDeployment, setPhase, setPolicies } from "../deploy/wanted.ts";
import type { RequestContext } from "./context.ts";
import type {
  DeploymentResolvers,
  InstanceResolvers,
  MutationResolvers,
  QueryResolvers,
  ServiceResolvers,
} from "./generated.ts";
import { found, pageOf } from "./page.ts";
import { requestOf } from "./request-key.ts";

export const deploymentQueries: Pick<QueryResolvers, "deployments" | "deployment"> = {
  deployments: async (_, args, { deps }) => {
    const { name = null, environment, driver } = args.filter ?? {};
    const { sql } = deps;
    const environmentId = environment
      ? (await needEnvironment(sql, environment, "filter.environment")).id
      : undefined;
    const driverId = driver ? (await needDriver(sql, driver, "filter.driver")).id : undefined;
    return listDeployments(sql, { name, environmentId, driverId, ...pageOf(args) });
  },
  deployment: async (_, { id, name, environment }, { deps }) => {
    const which = id ?? name;
    return which ? await findDeployment(deps.sql, which, environment) : null;
  },
};

export const deploymentMutations: Pick<
  MutationResolvers,
  | "createDeployment"
  | "updateDeployment"
  | "startDeployment"
  | "stopDeployment"
  | "scaleDeployment"
  | "setDeploymentPolicies"
  | "deleteDeployment"
  | "testDeployment"
> = {
  createDeployment: async (_, { input }, context) =>
    changeOf(
      context,
      await createDeployment(context.deps, requestOf(context, "createDeployment", input), input),
    ),
  updateDeployment: async (_, { input }, context) =>
    changeOf(
      context,
      await updateDeployment(context.deps, requestOf(context, "updateDeployment", input), input),
    ),
  startDeployment: async (_, args, context) =>
    deploymentOf(
      context,
      await setPhase(context.deps, requestOf(context, "startDeployment", args), args, "RUNNING"),
    ),
  stopDeployment: async (_, args, context) =>
    deploymentOf(
      context,
      await setPhase(context.deps, requestOf(context, "stopDeployment", args), args, "STOPPED"),
    ),
  scaleDeployment: async (_, args, context) =>
    deploymentOf(
      context,
      await scaleDeployment(context.deps, requestOf(context, "scaleDeployment", args), args),
    ),
  setDeploymentPolicies: async (_, args, context) =>
    deploymentOf(
      context,
      await setPolicies(context.deps, requestOf(context, "setDeploymentPolicies", args), args),
    ),
  deleteDeployment: async (_, args, context) => {
    const request = requestOf(context, "deleteDeployment", args);
    return changeOf(
      context,
      await deleteDeployment(context.deps, request, { ...args, volumes: args.volumes ?? "KEEP" }),
    );
  },
  testDeployment: async (_, args, context) =>
    changeOf(context, await testDeployment(context.deps, requestOf(context, "testDeployment", args), args)),
};

export const Deployment: DeploymentResolvers = {
  status: async ({ id }, _, context) => (await statusOfDeployment(context, id)).word,
  statusReason: async ({ id }, _, context) => (await statusOfDeployment(context, id)).reason,
  lastKnown: async ({ id }, _, context) => (await statusOfDeployment(context, id)).lastKnown,
  resourceStatus: async ({ id }, _, context) =>
    (await statusOfDeployment(context, id, resourceStatusOf)).word,
  resourceStatusReason: async ({ id }, _, context) =>
    (await statusOfDeployment(context, id, resourceStatusOf)).reason,
  environment: ({ environmentId, joinedEnvironment }, _, { loaders }) =>
    joinedEnvironment ??
    loaders
      .environment()
      .load(environmentId)
      .then((row) => found(row, "environment")),
  driverVersion: async ({ driverVersionId }, _, { loaders }) =>
    found(await loaders.driverVersion().load(driverVersionId), "driver version"),
  parameters: async ({ instanceId }, _, { loaders }) =>
    (await loaders.instance().load(instanceId))?.parameters ?? {},
  policies: ({ policies }) => allPolicies(policies),
  services: async ({ instanceId, environmentId, config }, _, { loaders }) => {
    const instance = await loaders.instance().load(instanceId);
    if (!instance) return [];
    const environment = await loaders.environment().load(environmentId);
    const cluster = environment && (await loaders.cluster().load(environment.clusterId));
    const port = [config, environment?.config, cluster?.config].find(
      (one) => one?.ingress_port,
    )?.ingress_port;
    return servicesOf(instance.context, port);
  },
  secrets: async ({ id, activeInstanceId, instanceId }, _, { loaders }) => {
    const [instance, status] = await Promise.all([
      loaders.instance().load(activeInstanceId ?? instanceId),
      loaders.status().load(id),
    ]);
    return instance ? secretPlaces(instance.context, agentNamespace(status?.scopes)) : [];
  },
  activeInstance: async ({ activeInstanceId }, _, { loaders }) =>
    activeInstanceId === null ? null : await loaders.instance().load(activeInstanceId),
  instances: ({ id }, { first }, { deps }) => instancesOfDeployment(deps.sql, id, pageSize(first ?? 20)),
  observed: async ({ id }, _, { deps, loaders }) => {
    const row = await loaders.status().load(id);
    if (!row) return null;
    return {
      ...row,
      at: observedAt(row.changedAt, row.scopes),
      ageSeconds: row.ageMs / 1000,
      stale: row.ageMs >= deps.settings.silenceMs,
    };
  },
  pods: ({ id }, _, { loaders }) => loaders.podsOfDeployment().load(id),
  tasks: ({ id }, { first }, { deps }) =>
    listTasks(deps.sql, { deploymentId: id, first: pageSize(first ?? 20) }),
  lastTest: async ({ id }, _, { loaders }) => (await loaders.lastTestOfDeployment().load(id)) ?? null,
};

export const Service: ServiceResolvers = {
  humanReadableUrlSharedWith: async ({ readable }, _, { loaders }) => {
    const { host, deploymentId, environmentId } = readable;
    if (host === null) return [];
    const all = await loaders.readableHostsOfEnvironment().load(environmentId);
    const others = all.filter((one) => one.host === host && one.deploymentId !== deploymentId);
    return [...new Set(others.map(({ name }) => name))];
  },
};

export const Instance: InstanceResolvers = {
  driverVersion: async ({ driverVersionId }, _, { loaders }) =>
    found(await loaders.driverVersion().load(driverVersionId), "driver version"),
  active: async ({ id, deploymentId }, _, { loaders }) =>
    (await loaders.deployment().load(deploymentId))?.activeInstanceId === id,
};

/** The status word of a deployment, from facts that are gathered for all of a request at once. */
export async function statusOfDeployment(
  { deps, loaders }: RequestContext,
  id: string,
  judge: typeof statusOf = statusOf,
): Promise<Status> {
  const facts = await loaders.facts().load(id);
  // Its row was there a moment ago.
  if (!facts) return { word: "DELETING", reason: "It was deleted meanwhile.", lastKnown: null };
  return judge(facts, deps.settings.silenceMs);
}

async function deploymentOf({ loaders }: RequestContext, id: string) {
  return found(await loaders.deployment().clear(id).load(id), "deployment");
}

async function changeOf(context: RequestContext, { deploymentId, taskId, last }: Changed) {
  const [row, task] = await Promise.all([
    context.loaders.deployment().clear(deploymentId).load(deploymentId),
    taskId === null ? null : context.loaders.task().load(taskId),
  ]);
  return { deployment: found(row ?? last, "deployment"), task: task ?? null };
}
