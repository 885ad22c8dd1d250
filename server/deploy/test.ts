import {
  didYouMean,
  generateSecret,
  hooksFor,
  isSecretReference,
  testNames,
} from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";
import { newId } from "../../lib/names.ts";
import { type DeploymentRow, lockDeployment } from "../db/deployments.ts";
import { type DriverVersionRow, driverVersionsById } from "../db/drivers.ts";
import { environmentsById } from "../db/environments.ts";
import { type InstanceRow, instancesById } from "../db/instances.ts";
import type { Queries } from "../db/sql.ts";
import { cancelWaiting, insertTask, liveTasks } from "../db/tasks.ts";
import type { Deps } from "../deps.ts";
import type { Changed } from "./create.ts";
import { readDriverContent } from "./driver-files.ts";
import { missing, needDeployment, refuseDeleting } from "./find.ts";
import { answeredBefore, oncePerKey, type Request } from "./idempotency.ts";
import { checkedTimeout } from "./input.ts";

export interface TestInput {
  deployment: string;
  environment?: string | null | undefined;
  /** The tests that are wanted; all without any. */
  names?: readonly string[] | null | undefined;
  timeoutSeconds?: number | null | undefined;
}

/** The most tests that can be chosen by name. */
const mostNames = 100;

/**
 * Wants the tests of a deployment's chart run against what runs: a task without an intent, since nothing is to change.
 * It waits behind the task that is under way, and takes the place of a test that waits. Throws INVALID for a driver
 * without tests and for tests that there are not; CONFLICT for a deployment that is stopped, is being deleted, or never
 * ran.
 */
export async function testDeployment(deps: Deps, request: Request, input: TestInput): Promise<Changed> {
  const known = await answeredBefore<Changed>(deps, request);
  if (known) return known;
  const timeoutSeconds = checkedTimeout(input.timeoutSeconds);
  const names = checkedNames(input.names);
  const seen = await needDeployment(deps.sql, input.deployment, input.environment);
  refuseUntestable(seen);
  const { instance, version } = await testedOf(deps.sql, seen);
  await checkTests(deps, { instance, version, names });

  return oncePerKey(deps, request, async (tx) => {
    const deployment =
      (await lockDeployment(tx, seen.id)) ??
      missing("deployment", input.deployment, "deployment", "deployments");
    refuseUntestable(deployment);
    const [environment] = await environmentsById(tx, [deployment.environmentId]);
    const taskId = newId();
    await cancelWaiting(tx, deployment.id, `superseded by task ${taskId}`, { kind: "TEST" });
    await insertTask(tx, {
      id: taskId,
      kind: "TEST",
      clusterId: environment!.clusterId,
      deploymentId: deployment.id,
      deploymentName: deployment.name,
      resourceName: deployment.resourceName,
      namespace: instance.context.instance.namespace,
      instanceId: instance.id,
      driverDigest: version.digest,
      // What is wanted by now, such as a start, is to be there before anything is tested.
      intentGeneration: deployment.releasedGeneration,
      payload: { names, timeoutSeconds },
      expiresInMs: deps.settings.taskExpiryMs,
    });
    return { deploymentId: deployment.id, taskId };
  });
}

function checkedNames(names: TestInput["names"]): string[] {
  const given = [...new Set(names ?? [])];
  const wrong = given.find((name) => name === "" || name.length > 253);
  if (wrong === undefined && given.length <= mostNames) return given;
  const text =
    wrong === undefined
      ? `names has ${given.length} tests; name ${mostNames} at the most, or none for all.`
      : `"${wrong.slice(0, 80)}" cannot be the name of a test; it has 1 to 253 characters.`;
  throw new AppError("INVALID", text, { field: "names" });
}

function refuseUntestable(deployment: DeploymentRow): void {
  refuseDeleting(deployment);
  if (deployment.phase !== "STOPPED") return;
  const text = `Deployment ${deployment.name} is stopped, so there is nothing to test; start it first.`;
  throw new AppError("CONFLICT", text, { field: "deployment" });
}

/** The instance that is tested: the one that runs, or the one that is being brought about before. */
async function testedOf(
  sql: Queries,
  deployment: DeploymentRow,
): Promise<{ instance: InstanceRow; version: DriverVersionRow }> {
  const changes = (await liveTasks(sql, deployment.id)).filter(({ kind }) => kind !== "TEST");
  const id = changes.length > 0 ? deployment.instanceId : deployment.activeInstanceId;
  if (id === null) {
    const text = `Deployment ${deployment.name} does not run yet, so there is nothing to test; update it to try again.`;
    throw new AppError("CONFLICT", text, { field: "deployment" });
  }
  const [instance] = await instancesById(sql, [id]);
  const [version] = instance ? await driverVersionsById(sql, [instance.driverVersionId]) : [];
  if (!instance || !version)
    throw new AppError("CONFLICT", `Deployment ${deployment.name} was changed meanwhile; look again.`);
  return { instance, version };
}

/**
 * Renders the chart once, with made-up secrets, to see its tests. Where it does not render here (there is no helm, or it
 * wants to know more than is made up), the agent says what there is.
 */
async function checkTests(
  deps: Deps,
  { instance, version, names }: { instance: InstanceRow; version: DriverVersionRow; names: string[] },
): Promise<void> {
  const { spec } = version;
  const refuse = (message: string, field: string): never => {
    throw new AppError("INVALID", message, { field });
  };
  const what = `Driver ${spec.name} ${version.version}`;
  if (spec.helm === null)
    refuse(`${what} has no tests: they are hooks of a chart, and it has manifests of its own.`, "deployment");
  const { context } = instance;
  const secrets = Object.fromEntries(
    spec.parameters
      .filter(({ name }) => isSecretReference(context.parameters[name]))
      .map(({ name, generate }) => [name, generateSecret(generate)]),
  );
  const content = await readDriverContent(deps, version);
  const rendered = await deps.render({ spec, ...content, context, secrets });
  if (rendered.problems) return;
  const tests = hooksFor(rendered.hooks ?? [], "test").map(({ metadata }) => metadata.name);
  if (tests.length === 0)
    refuse(`${what} has no tests: its chart has no hook of the event "test".`, "deployment");
  const releaseName = context.instance.release_name;
  const known = tests.flatMap((name) => testNames(name, releaseName));
  const stray = names.find((name) => !known.includes(name));
  if (stray === undefined) return;
  const short = tests.map((name) => testNames(name, releaseName).at(-1)!);
  const hint = didYouMean(stray, known) || `; there are ${short.slice(0, 20).join(", ")}.`;
  refuse(`"${stray.slice(0, 80)}" is no test of ${what}${hint}`, "names");
}
