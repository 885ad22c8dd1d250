import type { DeploymentFieldsFragment } from "../../../sdk/index.ts";
import type { Cli } from "../../io.ts";
import { neutralise, renderList } from "../../output.ts";
import { waitForTask } from "../../wait.ts";
import { type Found, type Waiting, waitSeconds } from "./options.ts";
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
    return sayShared(cli, deployment.id);
  }
  await waitForTask(cli, task.id, waitSeconds(options));
  const now = (await settled(cli, deployment.id)) ?? deployment;
  cli.io.stdout(renderList([now], columns, cli.format));
  await sayShared(cli, deployment.id);
}

/** A hint: that it cannot be given makes no change fail. */
async function sayShared(cli: Cli, id: string): Promise<void> {
  const found = await cli.client.deployments.get(id).catch(() => null);
  if (found) cli.io.stderr(sharedText(found.services));
}

/** The readable address has the environment's name in it and not the deployment's, so that several may have the same. */
function sharedText(
  services: Pick<Found["services"][number], "url" | "humanReadableUrl" | "humanReadableUrlSharedWith">[],
): string {
  return services
    .filter((service) => service.humanReadableUrlSharedWith.length > 0)
    .map(({ url, humanReadableUrl, humanReadableUrlSharedWith: others }) =>
      neutralise(
        `${humanReadableUrl} is the address of ${someOf(others)} as well, and may lead there; only ${url} is this one's alone.`,
      ),
    )
    .map((line) => `${line}\n`)
    .join("");
}

/** An environment may hold hundreds of the same driver; `deployments get` has them all. */
const someOf = (names: string[]) =>
  [...names.slice(0, 3), ...(names.length > 3 ? [`${names.length - 3} more`] : [])].join(", ");

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
