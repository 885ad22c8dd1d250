/** Options that several verbs of deployments have. */
import type { Command } from "commander";
import { collectPair, readJsonObject, taskTime, timeSpan } from "../../arguments.ts";
import type { Cli } from "../../io.ts";
import type { OverrideOptions } from "../../overrides.ts";
import { readParameters } from "../../parameters.ts";
import type { Started } from "../../prompts.ts";

export interface Where {
  environment?: string;
}
export interface Waiting {
  wait?: boolean;
  /** Seconds, as is the other. */
  timeout?: number;
  taskTimeout?: number;
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

const waitHelp = "how long --wait waits: 90s, 20m, 2h; 15m by default";

export const waiting = (command: Command) =>
  command
    .option("-w, --wait", "wait for the task to end, showing its steps")
    .option("--timeout <time>", waitHelp, timeSpan);

/** Of what has no task: it is waited for by the deployment's status. */
export const settling = (command: Command) =>
  command
    .option("-w, --wait", "wait until the deployment is as wanted, showing what it waits for")
    .option("--timeout <time>", waitHelp, timeSpan);

/** Of a task that fails when the application is not ready in time. */
export const timed = (
  command: Command,
  what = "how long the application may take to become ready, or else the task fails",
) => command.option("--task-timeout <time>", `${what}: 90s, 20m, 2h; 10m by default`, taskTime);

/** How long `--wait` waits, seconds: longer than the task may take, that its end is seen. */
export const waitSeconds = ({ timeout, taskTimeout = 0 }: Waiting): number =>
  timeout ?? Math.max(900, taskTimeout + 300);

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
