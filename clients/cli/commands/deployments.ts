import type { Command } from "commander";
import type { DeploymentFieldsFragment } from "../../sdk/index.ts";
import { splitRef, wholeNumber } from "../arguments.ts";
import { type Cli, Exit, exitCodes } from "../io.ts";
import { renderList, renderValue } from "../output.ts";
import { waitUntilSettled } from "../settle.ts";
import { addCreate } from "./deployments/create.ts";
import { addDelete } from "./deployments/delete.ts";
import { addLogs } from "./deployments/logs.ts";
import { placed, settling, type Waiting, waitSeconds, type Where } from "./deployments/options.ts";
import { columns } from "./deployments/rows.ts";
import { addSecrets } from "./deployments/secrets.ts";
import { addTest } from "./deployments/test.ts";
import { addUpdate } from "./deployments/update.ts";
import { addNewVersions } from "./new-versions.ts";
import { addPolicies } from "./policies.ts";

/** The short verbs are here; each of the long ones has a file of its own in `deployments/`. */
export function addDeployments(program: Command, cliOf: () => Cli): void {
  const deployments = program.command("deployments").description("applications wanted in environments");

  deployments
    .command("list")
    .description("list the deployments with their status")
    .option("-e, --environment <environment>", "only those in this environment")
    .option("--driver <driver>", "only those made with this driver")
    .addHelpText("after", "\nExample:\n  styrminctl deployments list --environment demo")
    .action(async (filter: { environment?: string; driver?: string }) => {
      const { client, io, format } = cliOf();
      io.stdout(renderList(await client.deployments.list({ filter, first: 1_000 }), columns, format));
    });

  placed(deployments.command("get <deployment>"))
    .description("show one deployment: declared and observed")
    .addHelpText("after", "\nExample:\n  styrminctl deployments get demo/hello")
    .action(async (ref: string, options: Where) => {
      const { client, io, format } = cliOf();
      const { deployment, environment } = splitRef(ref, options.environment);
      const found = await client.deployments.get(deployment, { environment });
      if (!found) {
        throw new Exit(
          exitCodes.refused,
          `There is no deployment "${ref}". See \`styrminctl deployments list\`.`,
        );
      }
      io.stdout(renderValue(found, format));
    });

  addCreate(deployments, cliOf);
  addUpdate(deployments, cliOf);
  addDelete(deployments, cliOf);
  addTest(deployments, cliOf);

  settling(placed(deployments.command("stop <deployment>")))
    .description("scale every component to zero and keep the rest")
    .addHelpText("after", "\nExample:\n  styrminctl deployments stop demo/hello --wait")
    .action(async (ref: string, options: Where & Waiting) => {
      const cli = cliOf();
      await show(cli, await cli.client.deployments.stop(splitRef(ref, options.environment)), options);
    });

  settling(placed(deployments.command("start <deployment>")))
    .description("let a stopped deployment run again")
    .addHelpText("after", "\nExample:\n  styrminctl deployments start demo/hello --wait")
    .action(async (ref: string, options: Where & Waiting) => {
      const cli = cliOf();
      await show(cli, await cli.client.deployments.start(splitRef(ref, options.environment)), options);
    });

  settling(placed(deployments.command("scale <deployment> <component> <replicas>")))
    .description("set the replicas of a component; `default` hands them back to the driver")
    .addHelpText("after", "\nExample:\n  styrminctl deployments scale demo/hello web 3 --wait")
    .action(async (ref: string, component: string, replicas: string, options: Where & Waiting) => {
      const cli = cliOf();
      const count = replicas === "default" ? null : wholeNumber(replicas);
      const where = splitRef(ref, options.environment);
      await show(cli, await cli.client.deployments.scale({ ...where, component, replicas: count }), options);
    });

  addPolicies(placed(deployments.command("policies <deployment>")), cliOf);
  addNewVersions(placed(deployments.command("new-versions [deployment]")), cliOf);
  addSecrets(deployments, cliOf);
  addLogs(deployments, cliOf);
}

/** Prints a deployment after a change that has no task; with `--wait`, as it is once it is settled. */
async function show(cli: Cli, deployment: DeploymentFieldsFragment, options: Waiting) {
  const now = options.wait ? await waitUntilSettled(cli, deployment, waitSeconds(options)) : deployment;
  cli.io.stdout(renderList([now], columns, cli.format));
}
