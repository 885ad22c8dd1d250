import { messageOf } from "../../lib/errors.ts";
import { hasActions, runHook } from "./actions.ts";
import { bringInstance, limitOf, prepareCluster } from "./bring.ts";
import type { FlowTools } from "./tools.ts";
import { type Changes, changesOf, type Versions, versionsOf } from "./versions.ts";
import { clearHold, endHold, holdEndsWith } from "./hold.ts";
import { untilPublished, untilReady } from "./ready.ts";
import { type Flow, type FlowContext, isCut } from "./run.ts";

/**
 * Brings a deployment to another version of its application or driver, with the driver's `upgrade`. When that fails,
 * what ran before is brought back, and the task fails all the same.
 */
export function createUpgradeFlow(tools: FlowTools): Flow {
  return holdEndsWith(tools, async function upgrade(context) {
    // Once it was given up, a later run of the task only takes it back.
    if (context.recorded(givenUp)?.state !== "SUCCEEDED") {
      try {
        return await goForward(context, tools);
      } catch (thrown) {
        if (isCut(context, thrown)) throw thrown;
        await context.step(givenUp, async () => messageOf(thrown));
      }
    }
    await goBack(context, tools);
  });
}

const givenUp = "give up";

async function goForward(context: FlowContext, tools: FlowTools): Promise<void> {
  await prepareCluster(context, tools);
  // Recorded: what runs may change before a later run of this task looks again.
  // An agent before this one has recorded no changes: then all actions run.
  const { isUpgrade, changes } = await context.step<{ isUpgrade: boolean; changes?: Changes }>(
    "plan",
    async () => {
      const { from, to } = versionsOf(context);
      context.say(`upgrade ${changeText(from, to)}`);
      const found = changesOf(from, to);
      return { isUpgrade: found.application || found.driver, changes: found };
    },
  );
  const run = async (mode: "pre" | "core" | "post") => {
    if (isUpgrade) await runHook(context, tools, "upgrade", mode, changes);
  };
  await run("pre");
  await run("core");
  await bringInstance(context, tools);
  await run("post");
  if (hasActions(context)) await endHold(context, tools);
  await context.step("activate instance", () => context.activateInstance());
  context.signal.throwIfAborted();
}

/** Throws what the upgrade was given up for, with what became of it. */
async function goBack(context: FlowContext, tools: FlowTools): Promise<never> {
  const { from } = versionsOf(context);
  const why = sentence(await context.step(givenUp, async () => ""));
  context.say(`${why} It is rolled back to ${from.applicationVersion}.`, "warn");
  let touched: boolean;
  try {
    touched = await context.step("roll back", (own) => bringBack(context, tools, own));
  } catch (thrown) {
    if (isCut(context, thrown)) throw thrown;
    throw new Error(`${why} Rolling it back to ${nameOf(from)} failed too: ${messageOf(thrown)}`);
  }
  throw new Error(`${why} ${endOf(touched, context)} with ${nameOf(from)}.`);
}

/** What an action has done to data nobody here knows. */
function endOf(touched: boolean, context: FlowContext): string {
  if (touched) return "It was rolled back, and runs";
  return context.hasBegun("upgrade/")
    ? "Its actions had begun, nothing of the new version was released, and it still runs"
    : "It was not touched, and still runs";
}

/** Answers whether there was anything to bring back. */
async function bringBack(context: FlowContext, tools: FlowTools, signal: AbortSignal): Promise<boolean> {
  const { kube, resources, namespace } = tools;
  const generation = await context.rollBack();
  if (generation !== null) await untilPublished(context, resources, generation, signal);
  // Only now: what is held must not start again with what is taken back.
  context.assertHeld();
  const name = context.task.resourceName;
  const resourceGeneration = await clearHold(kube, { namespace, name }, context.task.id, signal);
  if (generation === null && resourceGeneration === null) return false;
  const limits = { timeoutMs: limitOf(context), resourceGeneration: resourceGeneration ?? 0 };
  await untilReady(context, resources, generation ?? 0, limits);
  return generation !== null;
}

function changeText(from: Versions, to: Versions): string {
  const application = `from ${from.applicationVersion} to ${to.applicationVersion}`;
  return from.driverVersion === to.driverVersion
    ? application
    : `${application}, driver from ${from.driverVersion} to ${to.driverVersion}`;
}

const nameOf = ({ applicationVersion, driverVersion }: Versions) =>
  `version ${applicationVersion} (driver ${driverVersion})`;

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);
