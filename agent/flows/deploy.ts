import { hasActions, runHook } from "./actions.ts";
import { bringInstance, prepareCluster } from "./bring.ts";
import type { FlowTools } from "./tools.ts";
import { endHold, holdEndsWith } from "./hold.ts";
import type { Flow } from "./run.ts";

/** Brings a deployment to its declared instance: the first time, with the driver's `setup`, and after each change. */
export function createDeployFlow(tools: FlowTools): Flow {
  return holdEndsWith(tools, async function deploy(context) {
    const { first = false } = context.task.payload as { first?: boolean };
    const setUp = async (mode: "pre" | "core" | "post") => {
      if (first) await runHook(context, tools, "setup", mode);
    };
    await prepareCluster(context, tools);
    await setUp("pre");
    await bringInstance(context, tools);
    await setUp("core");
    await setUp("post");
    if (hasActions(context)) await endHold(context, tools);
    await context.step("activate instance", () => context.activateInstance());
    context.signal.throwIfAborted();
  });
}
