import type { Command } from "commander";
import { splitRef } from "../../arguments.ts";
import { confirm } from "../../confirm.ts";
import type { Cli } from "../../io.ts";
import { neutralise, renderList } from "../../output.ts";
import { readPrompts } from "../../prompts.ts";
import { waitForTask } from "../../wait.ts";
import {
  placed,
  type Prompted,
  prompted,
  startedAt,
  type Waiting,
  waiting,
  waitSeconds,
  type Where,
} from "./options.ts";
import { columns } from "./rows.ts";

interface DeleteOptions extends Waiting, Where, Prompted {
  deleteVolumes?: boolean;
  skipActions?: boolean;
  yes?: boolean;
}

export function addDelete(deployments: Command, cliOf: () => Cli): void {
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
      await waitForTask(cli, change.task.id, waitSeconds(options));
      for (const line of (await cli.client.tasks.log(change.task.id)) ?? []) {
        if (line.message.startsWith("kept ")) cli.io.stderr(`  ${neutralise(line.message)}\n`);
      }
      cli.io.stderr(`The deployment ${ref} is gone.\n`);
    });
}
