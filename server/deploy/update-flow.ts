import type { Context } from "../../drivers/kit/index.ts";
import type { DeploymentRow } from "../db/deployments.ts";
import type { DriverVersionRow } from "../db/drivers.ts";
import { instancesById } from "../db/instances.ts";
import type { Queries } from "../db/sql.ts";
import { answersOfWaiting, liveTasks } from "../db/tasks.ts";
import { actionsOf, type FlowHook, type PromptAnswer, type TaskActions } from "./actions.ts";
import { type Changes, changesOf, type Versions } from "./change.ts";

interface Updated {
  version: DriverVersionRow;
  applicationVersion: string;
  context: Context;
  prompts: PromptAnswer[];
}

/**
 * Which flow brings an update about, and the actions that it runs. Throws INVALID for answers to prompts that are
 * missing or wrong.
 */
export async function flowOfUpdate(
  tx: Queries,
  deployment: DeploymentRow,
  { version, applicationVersion, context, prompts }: Updated,
): Promise<{ kind: "DEPLOY" | "UPGRADE"; actions: { actions?: TaskActions } }> {
  const { spec, id: driverVersionId } = version;
  const { kind, hook, changes } = await hookOfUpdate(tx, deployment, { driverVersionId, applicationVersion });
  const before = spec.actions.length > 0 ? await answersOfWaiting(tx, deployment.id) : undefined;
  // The versions are those that are declared already: an upgrade to them has begun, and this change goes on with it.
  const goesOn =
    deployment.driverVersionId === driverVersionId && deployment.applicationVersion === applicationVersion;
  const why =
    kind === "UPGRADE" && goesOn
      ? `The upgrade to ${applicationVersion} (driver ${version.version}) is still under way, so that this change is one too and runs its actions`
      : undefined;
  const actions = actionsOf({ spec, hook, changes, context, given: prompts, why, ...(before && { before }) });
  return { kind, actions };
}

/** Which flow brings an update about, the hook whose actions it runs, and for which changes. */
export async function hookOfUpdate(
  tx: Queries,
  deployment: DeploymentRow,
  after: Versions,
): Promise<{ kind: "DEPLOY" | "UPGRADE"; hook: FlowHook | null; changes: Changes }> {
  const changes = await changesIn(tx, deployment, after);
  const kind = changes.application || changes.driver ? "UPGRADE" : "DEPLOY";
  const hook = kind === "UPGRADE" ? "upgrade" : deployment.activeInstanceId === null ? "setup" : null;
  return { kind, hook, changes };
}

/** A task that is begun may still change what runs before this one does. */
async function changesIn(tx: Queries, deployment: DeploymentRow, after: Versions): Promise<Changes> {
  const { id, activeInstanceId } = deployment;
  if (activeInstanceId === null) return { application: false, driver: false };
  const begun = (await liveTasks(tx, id)).filter(({ kind, attempts }) => kind !== "TEST" && attempts > 0);
  const ids = begun.flatMap(({ instanceId }) => instanceId ?? []);
  const rows = await instancesById(tx, [activeInstanceId, ...ids]);
  return changesOf(after, {
    active: rows.find((row) => row.id === activeInstanceId),
    begun: rows.filter((row) => row.id !== activeInstanceId),
  });
}
