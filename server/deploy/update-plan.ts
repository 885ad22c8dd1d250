import type { DeploymentRow } from "../db/deployments.ts";
import type { DriverVersionRow } from "../db/drivers.ts";
import { answersOfWaiting } from "../db/tasks.ts";
import type { Deps } from "../deps.ts";
import { needDeployment } from "./find.ts";
import { compareRenders, type PlannedRender } from "./planned-render.ts";
import { type ActionOfPlan, plannedActions } from "./planned-work.ts";
import { prepareUpdate, type UpdateInput } from "./prepare-update.ts";
import { changedSecretsOf, isChartUpgrade, preparedRendering, running } from "./rendering.ts";
import { hookOfUpdate } from "./update-flow.ts";

/** What an update would do to a deployment. */
export interface PlannedUpdate extends PlannedRender {
  deployment: DeploymentRow;
  /** The flow that would carry it out; null when there is nothing to do. */
  flow: "DEPLOY" | "UPGRADE" | null;
  from: DriverVersionRow;
  to: DriverVersionRow;
  fromApplicationVersion: string;
  toApplicationVersion: string;
  /** The secret parameters with another value afterwards, by name; of the values nothing is told. */
  changedSecrets: string[];
  /** Those of them that would be made anew. */
  madeSecrets: string[];
  actions: ActionOfPlan[];
}

/**
 * Checks an update as if it were asked for, and says what it would change and run. Nothing is recorded or asked of the
 * cluster. Throws what the update itself would be refused with, but for prompts that are not answered yet: they are told.
 */
export async function planUpdate(
  deps: Deps,
  input: UpdateInput,
  signal?: AbortSignal,
): Promise<PlannedUpdate> {
  const deployment = await needDeployment(deps.sql, input.deployment, input.environment);
  const update = await prepareUpdate(deps, deployment, input);
  const { prepared, kind, prompts } = update;
  const before = await running(deps, deployment);
  const after = preparedRendering(prepared);
  const to = prepared.version;
  const toApplicationVersion = after.applicationVersion;
  const versions = {
    ...{ from: before.version, fromApplicationVersion: before.applicationVersion },
    ...{ to, toApplicationVersion },
  };
  if (kind === "none") {
    const objects = { added: [], removed: [], changed: [] };
    const nothing = {
      changedSecrets: [],
      madeSecrets: [],
      staleSecrets: [],
      heldReplicas: [],
      hooks: [],
      problems: [],
      actions: [],
    };
    return { deployment, ...versions, flow: null, objects, ...nothing };
  }
  const {
    kind: flow,
    hook,
    changes,
  } = await hookOfUpdate(deps.sql, deployment, {
    driverVersionId: to.id,
    applicationVersion: toApplicationVersion,
  });
  const rendered = await compareRenders(
    deps,
    async () => ({
      ...{ before, after },
      instanceId: deployment.instanceId,
      isUpgrade: await isChartUpgrade(deps, deployment),
      replicas: deployment.replicas,
    }),
    signal,
  );
  // Those of a task that waits count, as its place would be taken.
  const answered = await answersOfWaiting(deps.sql, deployment.id);
  const actions = plannedActions(to.spec, hook, { changes, given: prompts, before: answered });
  const changedSecrets = changedSecretsOf(before, after);
  const madeSecrets = changedSecrets.filter((one) => prepared.resolved.made.includes(one));
  return { deployment, ...versions, flow, changedSecrets, madeSecrets, actions, ...rendered };
}
