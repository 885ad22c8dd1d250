import type { Command } from "commander";
import { collect, splitRef } from "../../arguments.ts";
import type { Cli } from "../../io.ts";
import { neutralise, renderValue } from "../../output.ts";
import { readChanges } from "../../overrides.ts";
import { readPrompts, type Started } from "../../prompts.ts";
import { updatePlanText } from "../plans.ts";
import { finish } from "./finish.ts";
import {
  type Found,
  placed,
  type Prompted,
  prompted,
  readJson,
  readWanted,
  timed,
  type Waiting,
  waiting,
  type Wanted,
  wanted,
  type Where,
} from "./options.ts";

export function addUpdate(deployments: Command, cliOf: () => Cli): void {
  timed(waiting(placed(prompted(wanted(deployments.command("update <deployment>"))))))
    .description("change parameters, versions or configuration; what is not named stays")
    .option("--version <version>", "the application's version")
    .option("--plan", "only show what it would change and run; nothing is done")
    .option("--unset <name>", "give a parameter back to its default; may be given again", collect)
    .option("--unset-env <component.NAME>", "take an environment variable away; may be given again", collect)
    .option("--unset-config <key>", "take an entry of the configuration away; may be given again", collect)
    .option(
      "--unset-override <component.container>",
      "take an override away, also of .command or .args only; may be given again",
      collect,
    )
    .addHelpText(
      "after",
      `\nExample:\n  styrminctl deployments update hello -p greeting=Hello --wait${replacing}`,
    )
    .action(
      async (
        ref: string,
        options: Wanted & Prompted & Waiting & Where & { version?: string; unset?: string[]; plan?: boolean },
      ) => {
        const changes = await readChanges(options);
        const cli = cliOf();
        const where = splitRef(ref, options.environment);
        const found = await cli.client.deployments.get(where.deployment, where);
        const started = found ? startedBy(found, options) : undefined;
        const input = {
          ...where,
          applicationVersion: options.version,
          unsetParameters: options.unset,
          prompts: await readPrompts(options.plan ? unasked(cli) : cli, started, options.prompt),
          ...(await readWanted(cli, started, options)),
          ...changes,
          config: await readJson(options.config, "--config"),
          envVars: await readJson(options.envVars, "--env-vars"),
          containerOverrides: await readJson(options.containerOverrides, "--container-overrides"),
          timeoutSeconds: options.taskTimeout,
        };
        if (options.plan) {
          const plan = await cli.client.deployments.planUpdate(input);
          cli.io.stdout(cli.format === "table" ? updatePlanText(plan) : renderValue(plan, cli.format));
          return;
        }
        const change = await cli.client.deployments.update(input);
        if (!change.task) cli.io.stderr("Nothing was to be changed.\n");
        else if (found && (options.parameter || options.unset)) cli.io.stderr(scaleText(found));
        await finish(cli, change, options);
      },
    );
}

const replacing = `

What is not named stays: -p, --set-config, --env, --override and what begins with --unset change single ones.
--config, --env-vars and --container-overrides put theirs in the place of all there were; then single ones are changed.`;

/** A parameter may be for the replicas of a component that stays as it was scaled. */
export function scaleText({
  name,
  environment,
  replicas,
}: Pick<Found, "name" | "environment" | "replicas">): string {
  const ref = neutralise(`${environment.name}/${name}`);
  return Object.entries(replicas as Record<string, number>)
    .map(([component, count]) => {
      const way = `styrminctl deployments scale ${ref} ${neutralise(component)} default`;
      return `Component ${neutralise(component)} stays at ${count}, as it was scaled, whatever the parameters say; ${way} ends that.\n`;
    })
    .join("");
}

/** A plan tells what is still asked for, and asks nobody. */
const unasked = (cli: Cli): Cli => ({ ...cli, io: { ...cli.io, interactive: false } });

/**
 * The actions that an update starts: those of the setup while nothing runs yet, else those of an upgrade that its change
 * of versions runs, by what runs now. The server knows better when a task is just changing that.
 */
export function startedBy(
  found: Found,
  options: Pick<Wanted, "driverVersion"> & { version?: string },
): Started {
  const { activeInstance: active, driverVersion, applicationVersion } = found;
  const named = options.driverVersion;
  const which = {
    driver: driverVersion.driver.id,
    ...(named ? { driverVersion: named } : { versionId: driverVersion.id }),
  };
  if (active === null) return { ...which, hook: "setup" };
  const application = (options.version ?? applicationVersion) !== active.applicationVersion;
  return {
    ...which,
    hook: "upgrade",
    starts({ when }, { id }) {
      const driver = id !== active.driverVersion.id;
      if (when === "application") return application;
      return when === "driver" ? driver : application || driver;
    },
  };
}
