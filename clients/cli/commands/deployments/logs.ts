import type { Command } from "commander";
import { splitRef, wholeNumber } from "../../arguments.ts";
import type { Cli } from "../../io.ts";
import { neutralise } from "../../output.ts";
import { placed, type Where } from "./options.ts";

export function addLogs(deployments: Command, cliOf: () => Cli): void {
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
