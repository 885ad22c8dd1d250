/** Options that several verbs of deployments have. */
import type { Command } from "commander";
import { collectPair, readJsonObject, wholeNumber } from "../../arguments.ts";
import type { Cli } from "../../io.ts";
import type { OverrideOptions } from "../../overrides.ts";
import { readParameters } from "../../parameters.ts";
import type { Started } from "../../prompts.ts";

export interface Where {
  environment?: string;
}
export interface Waiting {
  wait?: boolean;
  timeout: number;
}
export interface Wanted extends OverrideOptions {
  driverVersion?: string;
  parameter?: Record<string, string>;
}
export interface Prompted {
  prompt?: Record<string, string>;
}

export const placed = (command: Command) =>
  command.option("-e, --environment <environment>", "where the deployment is");

export const waiting = (command: Command) =>
  command
    .option("-w, --wait", "wait for the task to end, showing its steps")
    .option("--timeout <seconds>", "how long --wait waits", wholeNumber, 900);

/** Of what has no task: it is waited for by the deployment's status. */
export const settling = (command: Command) =>
  command
    .option("-w, --wait", "wait until the deployment is as wanted, showing what it waits for")
    .option("--timeout <seconds>", "how long --wait waits", wholeNumber, 900);

export const prompted = (command: Command) =>
  command.option(
    "--prompt <action.name=value>",
    "answer what an action of the driver asks for; may be given again",
    collectPair,
  );

export const wanted = (command: Command) =>
  command
    .option("--driver-version <version>", "the driver's own version")
    .option(
      "-p, --parameter <name=value>",
      "set a parameter; name=@FILE reads it; a list by commas or as JSON; may be given again",
      collectPair,
    )
    .option(
      "--config <json>",
      "the deployment's own configuration, ALL of it, over the environment's; as JSON or @FILE",
    )
    .option(
      "--set-config <key=value>",
      "set one entry of it, such as a.b=1; JSON or else a text, =@FILE reads it; may be given again",
      collectPair,
    )
    .option(
      "--env <component.NAME=value>",
      "set an environment variable; =@FILE reads it; may be given again",
      collectPair,
    )
    .option(
      "--override <component.container.args=json>",
      "override a container's command or args, a JSON list; may be given again",
      collectPair,
    )
    .option("--env-vars <json>", "ALL variables: {component: {NAME: value}}, as JSON or @FILE")
    .option(
      "--container-overrides <json>",
      "ALL overrides: {component: {container: {command, args}}}, as JSON or @FILE",
    );

/** What `create` and `update` have in common. Parameters are read as the driver's kinds want them. */
export async function readWanted(
  cli: Cli,
  which: Pick<Started, "driver" | "driverVersion" | "versionId"> | undefined,
  options: Wanted,
) {
  return {
    driverVersion: options.driverVersion,
    parameters: which && options.parameter && (await readParameters(cli, which, options.parameter)),
  };
}

export const readJson = async (text: string | undefined, option: string) =>
  text === undefined ? undefined : await readJsonObject(text, option);

export type Found = NonNullable<Awaited<ReturnType<Cli["client"]["deployments"]["get"]>>>;

/** The actions of a hook, of the driver version that a deployment has. */
export function startedAt({ driverVersion }: Found, hook: Started["hook"]): Started {
  return { driver: driverVersion.driver.id, versionId: driverVersion.id, hook };
}
