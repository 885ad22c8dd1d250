import type { Command } from "commander";
import type { DeploymentFieldsFragment } from "../../sdk/index.ts";
import { collect, collectPair, readJsonObject, splitRef, wholeNumber } from "../arguments.ts";
import { addNewVersions } from "./new-versions.ts";
import { addPolicies } from "./policies.ts";
import { confirm } from "../confirm.ts";
import { type Cli, Exit, exitCodes } from "../io.ts";
import { type OverrideOptions, readChanges, readWhole } from "../overrides.ts";
import { readParameters } from "../parameters.ts";
import { readPrompts, type Started } from "../prompts.ts";
import { age, type Column, duration, neutralise, renderList, renderValue } from "../output.ts";
import { waitForTask } from "../wait.ts";

const columns: Column<DeploymentFieldsFragment>[] = [
  ["NAME", (deployment) => deployment.name],
  ["ENVIRONMENT", (deployment) => deployment.environment.name],
  ["DRIVER", (deployment) => `${deployment.driverVersion.driver.name} ${deployment.driverVersion.version}`],
  ["VERSION", (deployment) => deployment.applicationVersion],
  ["STATUS", (deployment) => cut(statusText(deployment))],
  ["OBSERVED", ({ observed }) => (observed ? `${duration(observed.ageSeconds)} ago` : "never")],
  ["AGE", (deployment) => age(deployment.createdAt)],
  ["URL", ({ services }) => services.find((service) => service.url)?.url],
];

interface Where {
  environment?: string;
}
interface Waiting {
  wait?: boolean;
  timeout: number;
}
interface Wanted extends OverrideOptions {
  driverVersion?: string;
  parameter?: Record<string, string>;
  config?: string;
}

interface Prompted {
  prompt?: Record<string, string>;
}
interface DeleteOptions extends Waiting, Where, Prompted {
  deleteVolumes?: boolean;
  skipActions?: boolean;
  yes?: boolean;
}

export function addDeployments(program: Command, cliOf: () => Cli): void {
  const deployments = program.command("deployments").description("applications wanted in environments");
  const waiting = (command: Command) =>
    command
      .option("-w, --wait", "wait for the task to end, showing its steps")
      .option("--timeout <seconds>", "how long --wait waits", wholeNumber, 900);
  const wanted = (command: Command) =>
    command
      .option("--driver-version <version>", "the driver's own version")
      .option(
        "-p, --parameter <name=value>",
        "set a parameter; name=@FILE reads it; a list by commas or as JSON; may be given again",
        collectPair,
      )
      .option(
        "--config <json>",
        "the deployment's own configuration, whole: it goes over the environment's; as JSON or @FILE",
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
      .option("--env-vars <json>", "all variables: {component: {NAME: value}}, as JSON or @FILE")
      .option(
        "--container-overrides <json>",
        "all overrides: {component: {container: {command, args}}}, as JSON or @FILE",
      );
  const prompted = (command: Command) =>
    command.option(
      "--prompt <action.name=value>",
      "answer what an action of the driver asks for; may be given again",
      collectPair,
    );
  const placed = (command: Command) =>
    command.option("-e, --environment <environment>", "where the deployment is");

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

  waiting(prompted(wanted(deployments.command("create <driver> <version> <environment>"))))
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
          ...(await readWanted(cli, driver, options)),
          ...(await readWhole(options)),
        });
        await finish(cli, change, options);
      },
    );

  waiting(placed(prompted(wanted(deployments.command("update <deployment>")))))
    .description("change parameters, versions or configuration; what is not named stays")
    .option("--version <version>", "the application's version")
    .option("--unset <name>", "give a parameter back to its default; may be given again", collect)
    .option("--unset-env <component.NAME>", "take an environment variable away; may be given again", collect)
    .option(
      "--unset-override <component.container>",
      "take an override away, also of .command or .args only; may be given again",
      collect,
    )
    .addHelpText("after", "\nExample:\n  styrminctl deployments update hello -p greeting=Hello --wait")
    .action(
      async (
        ref: string,
        options: Wanted & Prompted & Waiting & Where & { version?: string; unset?: string[] },
      ) => {
        const changes = await readChanges(options);
        const cli = cliOf();
        const where = splitRef(ref, options.environment);
        const found = await cli.client.deployments.get(where.deployment, where);
        const driver = found?.driverVersion.driver.id;
        const change = await cli.client.deployments.update({
          ...where,
          applicationVersion: options.version,
          unsetParameters: options.unset,
          prompts: await readPrompts(cli, found ? startedBy(found, options) : undefined, options.prompt),
          ...(await readWanted(cli, driver, options)),
          ...changes,
          envVars: await readJson(options.envVars, "--env-vars"),
          containerOverrides: await readJson(options.containerOverrides, "--container-overrides"),
        });
        if (!change.task) cli.io.stderr("Nothing was to be changed.\n");
        await finish(cli, change, options);
      },
    );

  waiting(placed(prompted(deployments.command("delete <deployment>"))))
    .description("remove an application from its cluster; its volumes are kept")
    .option("--delete-volumes", "delete its volumes too, and all that is in them")
    .option("--skip-actions", "leave the driver's actions out, when one of them fails each time")
    .option("-y, --yes", "do not ask")
    .addHelpText("after", "\nExample:\n  styrminctl deployments delete demo/hello --wait --yes")
    .action(async (ref: string, options: DeleteOptions) => {
      const cli = cliOf();
      const volumes = options.deleteVolumes ? "DELETE" : "KEEP";
      const what = options.deleteVolumes ? "and ALL DATA in its volumes" : "(its volumes are kept)";
      await confirm(cli.io, `Delete the deployment ${ref} ${what}?`, options.yes);
      const where = splitRef(ref, options.environment);
      const found = await cli.client.deployments.get(where.deployment, where);
      const started = found && !options.skipActions ? startedAt(found, "delete") : undefined;
      const prompts = await readPrompts(cli, started, options.prompt);
      const skipActions = options.skipActions ?? false;
      const change = await cli.client.deployments.delete({ ...where, volumes, prompts, skipActions });
      if (!change.task || !options.wait)
        return cli.io.stdout(renderList([change.deployment], columns, cli.format));
      await waitForTask(cli, change.task.id, options.timeout);
      for (const line of (await cli.client.tasks.log(change.task.id)) ?? []) {
        if (line.message.startsWith("kept ")) cli.io.stderr(`  ${neutralise(line.message)}\n`);
      }
      cli.io.stderr(`The deployment ${ref} is gone.\n`);
    });

  placed(deployments.command("stop <deployment>"))
    .description("scale every component to zero and keep the rest")
    .addHelpText("after", "\nExample:\n  styrminctl deployments stop demo/hello")
    .action(async (ref: string, options: Where) => {
      const { client, io, format } = cliOf();
      io.stdout(
        renderList([await client.deployments.stop(splitRef(ref, options.environment))], columns, format),
      );
    });

  placed(deployments.command("start <deployment>"))
    .description("let a stopped deployment run again")
    .addHelpText("after", "\nExample:\n  styrminctl deployments start demo/hello")
    .action(async (ref: string, options: Where) => {
      const { client, io, format } = cliOf();
      io.stdout(
        renderList([await client.deployments.start(splitRef(ref, options.environment))], columns, format),
      );
    });

  placed(deployments.command("scale <deployment> <component> <replicas>"))
    .description("set the replicas of a component; `default` hands them back to the driver")
    .addHelpText("after", "\nExample:\n  styrminctl deployments scale demo/hello web 3")
    .action(async (ref: string, component: string, replicas: string, options: Where) => {
      const { client, io, format } = cliOf();
      const count = replicas === "default" ? null : wholeNumber(replicas);
      const where = splitRef(ref, options.environment);
      io.stdout(
        renderList(
          [await client.deployments.scale({ ...where, component, replicas: count })],
          columns,
          format,
        ),
      );
    });

  addPolicies(placed(deployments.command("policies <deployment>")), cliOf);
  addNewVersions(placed(deployments.command("new-versions [deployment]")), cliOf);

  placed(deployments.command("logs <deployment>"))
    .description("print the logs of a deployment's pods")
    .option("-f, --follow", "go on as lines come")
    .option("--component <component>", "only the pods of this component")
    .option("--pod <pod>", "only this pod")
    .option("--container <container>", "only this container")
    .option("--tail <lines>", "the last lines of each container", wholeNumber, 100)
    .option("--since <seconds>", "only lines of the last seconds", wholeNumber)
    .addHelpText("after", "\nExample:\n  styrminctl deployments logs -f demo/hello")
    .action(
      async (
        ref: string,
        options: Where & {
          follow?: boolean;
          component?: string;
          pod?: string;
          container?: string;
          tail: number;
          since?: number;
        },
      ) => {
        const { client, io, format } = cliOf();
        const { environment, tail, since, ...rest } = options;
        const question = { ...splitRef(ref, environment), ...rest, tailLines: tail, sinceSeconds: since };
        for await (const line of client.deployments.logs(question, { signal: io.signal })) {
          if (format === "json") io.stdout(`${JSON.stringify(line)}\n`);
          else io.stdout(`[${line.pod} ${line.container}] ${neutralise(line.line)}\n`);
        }
      },
    );
}

/** A row of a list is to stay readable; `deployments get` has the whole text. */
const cut = (text: string) => (text.length > 60 ? `${text.slice(0, 59)}…` : text);

function statusText({ status, statusReason, lastKnown, observed }: DeploymentFieldsFragment): string {
  const how = observed?.simulated ? `${status} (simulated)` : status;
  const word = lastKnown ? `${how} (was ${lastKnown})` : how;
  return status === "RUNNING" || status === "STOPPED" ? word : `${word}: ${statusReason}`;
}

type Found = NonNullable<Awaited<ReturnType<Cli["client"]["deployments"]["get"]>>>;

function startedAt({ driverVersion }: Found, hook: Started["hook"]): Started {
  return { driver: driverVersion.driver.id, driverVersion: driverVersion.version, hook };
}

/** The actions that an update starts: those of an upgrade, or of the setup while nothing runs yet. */
function startedBy(found: Found, options: Wanted & { version?: string }): Started | undefined {
  const { driverVersion = found.driverVersion.version, version = found.applicationVersion } = options;
  const isUpgrade = driverVersion !== found.driverVersion.version || version !== found.applicationVersion;
  const hook = found.activeInstance === null ? "setup" : "upgrade";
  const started = { ...startedAt(found, hook), driverVersion };
  return hook === "setup" || isUpgrade ? started : undefined;
}

/** What `create` and `update` have in common. Parameters are read as the driver's kinds want them. */
async function readWanted(cli: Cli, driver: string | undefined, options: Wanted) {
  return {
    driverVersion: options.driverVersion,
    parameters:
      driver &&
      options.parameter &&
      (await readParameters(cli, driver, options.driverVersion, options.parameter)),
    config: await readJson(options.config, "--config"),
  };
}

const readJson = async (text: string | undefined, option: string) =>
  text === undefined ? undefined : await readJsonObject(text, option);

/** Prints what came of a change; with `--wait`, after its task has ended. */
async function finish(
  cli: Cli,
  { deployment, task }: { deployment: DeploymentFieldsFragment; task: { id: string } | null },
  options: Waiting,
): Promise<void> {
  if (!options.wait || !task) {
    cli.io.stdout(renderList([deployment], columns, cli.format));
    if (task && cli.format === "table") cli.io.stderr(`Follow it: styrminctl tasks watch ${task.id}\n`);
    return;
  }
  await waitForTask(cli, task.id, options.timeout);
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
