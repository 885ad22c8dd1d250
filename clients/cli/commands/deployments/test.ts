import type { Command } from "commander";
import type { TestFieldsFragment } from "../../../sdk/index.ts";
import { collect, splitRef } from "../../arguments.ts";
import type { Cli } from "../../io.ts";
import { type Column, duration, neutralise, renderList } from "../../output.ts";
import { waitForTask } from "../../wait.ts";
import { placed, timed, type Waiting, waiting, waitSeconds, type Where } from "./options.ts";
import { columns } from "./rows.ts";

type Result = TestFieldsFragment["testResults"][number];

const resultColumns: Column<Result>[] = [
  ["TEST", ({ name }) => name],
  ["KIND", ({ kind }) => kind],
  ["OUTCOME", ({ outcome }) => outcome],
  ["TOOK", ({ startedAt, endedAt }) => tookText(startedAt, endedAt)],
  ["MESSAGE", ({ message }) => message],
];

const testTime =
  "how long it may take until the first test begins, or the agent say nothing new, or else the task fails";

interface TestOptions extends Waiting, Where {
  filter?: string[];
}

export function addTest(deployments: Command, cliOf: () => Cli): void {
  timed(waiting(placed(deployments.command("test <deployment>"))), testTime)
    .description("run the tests of a deployment's chart against what runs; with --wait the exit code tells")
    .option(
      "--filter <test>",
      "only this test, by its object's name with or without the release's; may be given again",
      collect,
    )
    .addHelpText("after", "\nExample:\n  styrminctl deployments test demo/web --filter check --wait")
    .action(async (ref: string, options: TestOptions) => {
      const cli = cliOf();
      const where = splitRef(ref, options.environment);
      const { deployment, task } = await cli.client.deployments.test({
        ...where,
        names: options.filter,
        timeoutSeconds: options.taskTimeout,
      });
      if (!options.wait || !task) {
        cli.io.stdout(renderList([deployment], columns, cli.format));
        if (task && cli.format === "table") cli.io.stderr(`Follow it: styrminctl tasks watch ${task.id}\n`);
        return;
      }
      try {
        await waitForTask(cli, task.id, waitSeconds(options));
      } finally {
        // Also of a test that failed: that is what somebody waits for.
        await print(cli, task.id);
      }
    });
}

async function print(cli: Cli, taskId: string): Promise<void> {
  const found = await cli.client.tasks.tests(taskId).catch(() => null);
  if (!found || found.testResults.length === 0) return;
  for (const { name, outcome, log } of found.testResults) {
    if (outcome !== "FAILED" || cli.format !== "table") continue;
    for (const line of log) cli.io.stderr(`  ${neutralise(`${name} | ${line}`)}\n`);
  }
  cli.io.stdout(renderList(found.testResults, resultColumns, cli.format));
}

function tookText(startedAt: string | null | undefined, endedAt: string | null | undefined) {
  if (!startedAt || !endedAt) return undefined;
  return duration((Date.parse(endedAt) - Date.parse(startedAt)) / 1000);
}
