import type { Command } from "commander";
import type { TaskFieldsFragment, TaskState } from "../../sdk/index.ts";
import { collect, timeSpan, wholeNumber } from "../arguments.ts";
import { type Cli, Exit, exitCodes } from "../io.ts";
import { age, type Column, duration, neutralise, renderList, renderValue } from "../output.ts";
import { hasEnded, waitForTask } from "../wait.ts";

const columns: Column<TaskFieldsFragment>[] = [
  ["ID", (task) => task.id],
  ["KIND", (task) => task.kind.toLowerCase()],
  ["DEPLOYMENT", (task) => task.deploymentName],
  ["STATE", (task) => task.state],
  ["STEP", (task) => task.steps.at(-1)?.name],
  ["TOOK", (task) => took(task)],
  ["AGE", (task) => age(task.createdAt)],
  ["REASON", (task) => task.reason],
];

export function addTasks(program: Command, cliOf: () => Cli): void {
  const tasks = program.command("tasks").description("runs of flows: deploy, upgrade, delete, test");

  tasks
    .command("list")
    .description("list the tasks, newest first")
    .option("--deployment <id>", "only those of this deployment, by id")
    .option("--state <state>", "only those in this state; may be given again", collect)
    .option("--first <n>", "at most so many", wholeNumber, 50)
    .addHelpText("after", "\nExample:\n  styrminctl tasks list --state running --state queued")
    .action(async (options: { deployment?: string; state?: string[]; first: number }) => {
      const { client, io, format } = cliOf();
      const states = options.state?.map((state) => state.toUpperCase() as TaskState);
      const filter = { deployment: options.deployment, states };
      io.stdout(renderList(await client.tasks.list({ filter, first: options.first }), columns, format));
    });

  tasks
    .command("get <task>")
    .alias("show")
    .description("show one task with its steps")
    .addHelpText("after", "\nExample:\n  styrminctl tasks get 019a0000-0000-7000-8000-000000000000")
    .action(async (id: string) => {
      const { client, io, format } = cliOf();
      const task = await client.tasks.get(id);
      if (!task)
        throw new Exit(exitCodes.refused, `There is no task "${id}". See \`styrminctl tasks list\`.`);
      io.stdout(renderValue(task, format));
    });

  tasks
    .command("watch <task>")
    .description("follow a task to its end; the exit code tells how it ended")
    .option("--timeout <time>", "give up waiting after so long, such as 90s or 2h; 1h by default", timeSpan)
    .addHelpText("after", "\nExample:\n  styrminctl tasks watch 019a0000-0000-7000-8000-000000000000")
    .action(async (id: string, options: { timeout?: number }) => {
      const cli = cliOf();
      cli.io.stdout(renderList([await waitForTask(cli, id, options.timeout ?? 3_600)], columns, cli.format));
    });

  tasks
    .command("logs <task>")
    .description("print a task's log")
    .option("-f, --follow", "go on until the task has ended")
    .addHelpText("after", "\nExample:\n  styrminctl tasks logs -f 019a0000-0000-7000-8000-000000000000")
    .action(async (id: string, options: { follow?: boolean }) => {
      const { client, io } = cliOf();
      const print = (line: { at: string; level: string; message: string }) =>
        io.stdout(`${line.at} ${line.level.padEnd(5)} ${neutralise(line.message)}\n`);
      if (options.follow) {
        for await (const line of client.tasks.followLog(id, { signal: io.signal })) print(line);
        return;
      }
      const lines = await client.tasks.log(id, { first: 1_000 });
      if (!lines)
        throw new Exit(exitCodes.refused, `There is no task "${id}". See \`styrminctl tasks list\`.`);
      for (const line of lines) print(line);
    });

  tasks
    .command("cancel <task>")
    .description("cancel a task that waits or runs; one that runs ends at once or a few seconds later")
    .addHelpText("after", "\nExample:\n  styrminctl tasks cancel 019a0000-0000-7000-8000-000000000000")
    .action(async (id: string) => {
      const { client, io, format } = cliOf();
      const task = await client.tasks.cancel(id);
      io.stdout(renderList([task], columns, format));
      if (format === "table") io.stderr(cancelText(task));
    });
}

/** What is to be known of a task that was told to end. Of an upgrade its reason says what it goes back to. */
export function cancelText(task: TaskFieldsFragment): string {
  const { id, kind, deploymentName } = task;
  const soon = `It is being cancelled, and ends soon. See its end: styrminctl tasks watch ${id}\n`;
  const update = `styrminctl deployments update ${neutralise(deploymentName)}`;
  const stays = `What it declared stays declared: change it back by another update, or try it again by \`${update} --wait\`.\n`;
  return `${hasEnded(task) ? "" : soon}${kind === "DEPLOY" ? stays : ""}`;
}

function took({ startedAt, finishedAt }: TaskFieldsFragment): string | undefined {
  if (!startedAt) return undefined;
  const end = finishedAt ? Date.parse(finishedAt) : Date.now();
  return duration((end - Date.parse(startedAt)) / 1000);
}
