import type { DeploymentFieldsFragment } from "../../../sdk/index.ts";
import type { Cli } from "../../io.ts";
import { renderList } from "../../output.ts";
import { waitForTask } from "../../wait.ts";
import { type Waiting, waitSeconds } from "./options.ts";
import { columns } from "./rows.ts";

/** Prints what came of a change; with `--wait`, after its task has ended. */
export async function finish(
  cli: Cli,
  { deployment, task }: { deployment: DeploymentFieldsFragment; task: { id: string } | null },
  options: Waiting,
): Promise<void> {
  if (!options.wait || !task) {
    cli.io.stdout(renderList([deployment], columns, cli.format));
    if (task && cli.format === "table") cli.io.stderr(`Follow it: styrminctl tasks watch ${task.id}\n`);
    return;
  }
  await waitForTask(cli, task.id, waitSeconds(options));
  const now = (await settled(cli, deployment.id)) ?? deployment;
  cli.io.stdout(renderList([now], columns, cli.format));
}

/** The status follows the task by one report of the agent: a moment is given for it. */
async function settled(cli: Cli, id: string): Promise<DeploymentFieldsFragment | undefined> {
  const signal = AbortSignal.any([cli.io.signal, AbortSignal.timeout(6_000)]);
  let last: DeploymentFieldsFragment | undefined;
  for await (const deployment of cli.client.deployments.watch(id, { signal })) {
    last = deployment ?? undefined;
    if (deployment?.status !== "DEPLOYING") break;
  }
  return last;
}
