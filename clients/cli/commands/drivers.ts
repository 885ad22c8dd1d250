import { resolve } from "node:path";
import type { Command } from "commander";
import type { DriverVersionFieldsFragment } from "../../sdk/index.ts";
import { confirm } from "../confirm.ts";
import { type Cli, Exit, exitCodes } from "../io.ts";
import { tellLoaded } from "../loaded.ts";
import { withProgress } from "../progress.ts";
import { addAuthoring } from "./authoring.ts";
import { age, type Column, neutralise, renderList, renderValue } from "../output.ts";
import { addHistory } from "./history.ts";
import { addScan } from "./scan.ts";
import { addSources } from "./sources.ts";

const columns: Column<DriverVersionFieldsFragment>[] = [
  ["DRIVER", (version) => version.driver.name],
  ["VERSION", (version) => version.version],
  ["SUPPORTS", (version) => version.supportedVersions],
  ["DEFAULT", (version) => version.defaultVersion],
  ["COMMIT", (version) => version.commit?.slice(0, 12)],
  ["DIGEST", (version) => version.digest.slice(0, 19)],
  ["LOADED", (version) => age(version.loadedAt)],
];

/** The history of a driver: who made which version, and when. */
const historyColumns: Column<DriverVersionFieldsFragment>[] = [
  ...columns.slice(0, 5),
  ["AUTHOR", (version) => version.author],
  ["COMMITTED", (version) => age(version.committedAt)],
  ["SIGNATURE", (version) => signatureWord(version.signature)],
  ...columns.slice(6),
];

function signatureWord(signature: unknown): string | undefined {
  const { state, signer, kind } = (signature ?? {}) as { state?: string; signer?: string; kind?: string };
  return state === "GOOD" ? `${kind} ${signer}` : state;
}

export function addDrivers(program: Command, cliOf: () => Cli): void {
  const drivers = program.command("drivers").description("application drivers and their versions");

  drivers
    .command("list")
    .description("list the drivers, each with its latest version")
    .addHelpText("after", "\nExample:\n  styrminctl drivers list")
    .action(async () => {
      const { client, io, format } = cliOf();
      const list = await client.drivers.list();
      if (format !== "table") io.stdout(renderValue(list, format));
      else
        io.stdout(
          renderList(
            list.map((driver) => driver.latest),
            columns,
            format,
          ),
        );
    });

  drivers
    .command("versions [driver]")
    .description("list the versions of one driver, or of all, with who made them")
    .addHelpText("after", "\nExample:\n  styrminctl drivers versions hello")
    .action(async (driver: string | undefined) => {
      const { client, io, format } = cliOf();
      io.stdout(
        renderList(
          await client.drivers.versions({ filter: driver ? { driver } : undefined }),
          historyColumns,
          format,
        ),
      );
    });

  drivers
    .command("get <driver> [version]")
    .alias("show")
    .description("show a driver version, its parameters, actions and charts; the latest without a version")
    .addHelpText("after", "\nExample:\n  styrminctl drivers get hello")
    .action(async (driver: string, version: string | undefined) => {
      const { client, io, format } = cliOf();
      const found = await client.drivers.version(driver, version);
      if (!found) {
        const what =
          version === undefined ? `driver "${driver}"` : `version "${version}" of the driver "${driver}"`;
        throw new Exit(exitCodes.refused, `There is no ${what}. See \`styrminctl drivers versions\`.`);
      }
      io.stdout(renderValue(found, format));
    });

  drivers
    .command("load-version <url> <ref>")
    .description("load a driver version from a git repository: a branch, a tag or a commit")
    .option("--path <folder>", "the driver's folder in the repository")
    .addHelpText(
      "after",
      "\nExample:\n  styrminctl drivers load-version https://git.example.org/drivers.git v3 --path hello",
    )
    .action(async (url: string, ref: string, options: { path?: string }) => {
      const cli = cliOf();
      const { client, io, format } = cli;
      const version = await withProgress(cli, (progress) =>
        client.drivers.load({ url, ref, path: options.path, progress }),
      );
      io.stdout(renderList([version], columns, format));
      tellLoaded(io, version);
      tellRights(io, version);
    });

  addScan(drivers, cliOf);

  drivers
    .command("load-local-version <path>")
    .description("load a driver version from a directory that the server may read")
    .addHelpText("after", "\nExample:\n  styrminctl drivers load-local-version ./drivers/hello")
    .action(async (path: string) => {
      const { client, io, format } = cliOf();
      const version = await client.drivers.loadLocal(resolve(path));
      io.stdout(renderList([version], columns, format));
      tellLoaded(io, version);
      tellRights(io, version);
    });

  drivers
    .command("delete <driver>")
    .description("delete a driver, or one version of it, that no deployment uses and no source follows")
    .option("--version-only <version>", "delete only this version")
    .option("-y, --yes", "do not ask")
    .addHelpText("after", "\nExample:\n  styrminctl drivers delete hello --version-only 2 --yes")
    .action(async (driver: string, options: { versionOnly?: string; yes?: boolean }) => {
      const { client, io, format } = cliOf();
      const only = options.versionOnly;
      await confirm(io, `Delete ${only ? `version ${only} of ` : ""}the driver ${driver}?`, options.yes);
      if (only === undefined) return io.stdout(renderValue(await client.drivers.delete(driver), format));
      const version = await client.drivers.version(driver, only);
      if (!version) {
        throw new Exit(exitCodes.refused, `There is no version "${only}" of the driver "${driver}".`);
      }
      io.stdout(renderList([await client.drivers.deleteVersion(version.id)], columns, format));
    });

  addAuthoring(drivers, cliOf);
  addSources(drivers, cliOf);
  addHistory(drivers, cliOf);
}

/** Beside the answer: a script that reads it is not disturbed. */
function tellRights(io: Cli["io"], { driver, clusterRole }: DriverVersionFieldsFragment): void {
  if (!clusterRole) return;
  io.stderr(
    `An agent may not do by itself all that ${driver.name} needs. Grant it in each cluster where it is to be deployed:\n\n` +
      `kubectl apply -f - <<'END'\n${clusterRole.split("\n").map(neutralise).join("\n")}END\n`,
  );
}
