import type { Command } from "commander";
import type { Cli } from "../../io.ts";
import { readWhole } from "../../overrides.ts";
import { readPrompts } from "../../prompts.ts";
import { finish } from "./finish.ts";
import {
  type Prompted,
  prompted,
  readWanted,
  timed,
  type Waiting,
  waiting,
  type Wanted,
  wanted,
} from "./options.ts";

export function addCreate(deployments: Command, cliOf: () => Cli): void {
  timed(waiting(prompted(wanted(deployments.command("create <driver> <version> <environment>")))))
    .description("deploy version VERSION of DRIVER's application in ENVIRONMENT")
    .option("--name <name>", "the deployment's name; the driver's by default")
    .addHelpText(
      "after",
      "\nExample:\n  styrminctl deployments create hello 1.0.0 demo --name hello -p greeting=Hi --wait",
    )
    .action(
      async (
        driver: string,
        applicationVersion: string,
        environment: string,
        options: Wanted & Prompted & Waiting & { name?: string },
      ) => {
        const cli = cliOf();
        const change = await cli.client.deployments.create({
          name: options.name,
          driver,
          applicationVersion,
          environment,
          prompts: await readPrompts(
            cli,
            { driver, driverVersion: options.driverVersion, hook: "setup" },
            options.prompt,
          ),
          ...(await readWanted(cli, { driver, driverVersion: options.driverVersion }, options)),
          ...(await readWhole(options)),
          timeoutSeconds: options.taskTimeout,
        });
        await finish(cli, change, options);
      },
    );
}
