import { Command, Option } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { createClient } from "../sdk/index.ts";
import { addClusters } from "./commands/clusters.ts";
import { addDeployments } from "./commands/deployments.ts";
import { addDrivers } from "./commands/drivers.ts";
import { addEnvironments } from "./commands/environments.ts";
import { addPods } from "./commands/pods.ts";
import { addRepositories } from "./commands/repositories.ts";
import { addTasks } from "./commands/tasks.ts";
import { type Cli, Exit, exitCodes, type Format, formats, type Io } from "./io.ts";

const exitCodeHelp = `
Everything that takes an id also takes a name; a deployment may be given as ENVIRONMENT/NAME.

The version of this program: styrminctl --version

Exit codes: 0 done · 1 refused · 2 wrong usage · 3 the task failed · 4 --timeout passed · 5 the server cannot be reached`;

/** The command line, whole. `cliOf` is called when a command runs, with the options given by then. */
export function createProgram(io: Io): Command {
  const program = new Command("styrminctl")
    .description("Runs applications on Kubernetes through a Styrmin server.")
    .option(
      "--server <url>",
      "the server's address (STYRMIN_SERVER_ADDRESS)",
      io.env.STYRMIN_SERVER_ADDRESS || "http://127.0.0.1:8000",
    )
    .addOption(new Option("-o, --output <format>", "how to print").choices([...formats]).default("table"))
    .addHelpText("after", exitCodeHelp)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: io.stdout, writeErr: io.stderr })
    .exitOverride()
    .showHelpAfterError("(add --help for what is possible)");

  const cliOf = (): Cli => {
    const { server, output } = program.opts<{ server: string; output: Format }>();
    if (!/^https?:\/\//.test(server) || !URL.canParse(server)) {
      const message = `The server's address must begin with http:// or https://, not "${server}".`;
      throw new Exit(exitCodes.usage, message);
    }
    const connection = {
      url: server,
      token: io.env.STYRMIN_TOKEN,
      userAgent: `styrminctl/${packageJson.version}`,
    };
    return { io, client: createClient(connection), server, format: output };
  };
  for (const add of [
    addClusters,
    addEnvironments,
    addDrivers,
    addRepositories,
    addDeployments,
    addTasks,
    addPods,
  ])
    add(program, cliOf);
  return program;
}
