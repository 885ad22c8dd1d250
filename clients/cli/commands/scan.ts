import type { Command } from "commander";
import type { ScanRepositoryMutation } from "../../sdk/index.ts";
import { type Cli, Exit, exitCodes } from "../io.ts";
import { tellLoaded } from "../loaded.ts";
import { type Column, renderList } from "../output.ts";
import { withProgress } from "../progress.ts";

type Found = ScanRepositoryMutation["scanRepository"]["drivers"][number];

const columns: Column<Found>[] = [
  ["PATH", (found) => found.path || "."],
  ["DRIVER", (found) => found.name],
  ["VERSION", (found) => found.version],
  ["VALID", (found) => (found.valid ? "yes" : "no")],
  ["LOADED", (found) => found.loaded && (found.loaded.outcome?.toLowerCase() ?? "yes")],
  ["PROBLEM", (found) => found.error],
];

/** Adds `drivers scan`: every driver of a repository. */
export function addScan(drivers: Command, cliOf: () => Cli): void {
  drivers
    .command("scan <url> [ref]")
    .description("list every driver in a git repository, each with its folder and what is wrong with it")
    .option("--load", "load those that are right")
    .addHelpText(
      "after",
      "\nExample:\n  styrminctl drivers scan https://git.example.org/drivers.git main --load" +
        "\n\nWith --load the exit code is 1 when one of them cannot be loaded; the others are.",
    )
    .action(async (url: string, ref: string | undefined, options: { load?: boolean }) => {
      const cli = cliOf();
      const { client, io, format } = cli;
      const { drivers: found } = await withProgress(cli, (progress) =>
        client.repositories.scan({ url, ref, load: options.load ?? false, progress }),
      );
      io.stdout(renderList(found, columns, format));
      for (const { loaded } of found)
        if (loaded && (loaded.outcome === "REPLACED" || loaded.pinned.length > 0)) tellLoaded(io, loaded);
      const wrong = found.filter(({ valid }) => !valid).length;
      if (!options.load || wrong === 0) return;
      throw new Exit(exitCodes.refused, `${wrong} of ${found.length} drivers cannot be loaded; see PROBLEM.`);
    });
}
