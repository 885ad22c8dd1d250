import type { Command } from "commander";
import type { DriverDiffQuery, VersionPlanFieldsFragment } from "../../sdk/index.ts";
import { splitRef } from "../arguments.ts";
import type { Cli } from "../io.ts";
import { type Column, neutralise, renderList, renderValue } from "../output.ts";

type Value = { path: string; before?: unknown; after?: unknown };

const impactColumns: Column<VersionPlanFieldsFragment>[] = [
  ["ENVIRONMENT", ({ deployment }) => deployment.environment.name],
  ["DEPLOYMENT", ({ deployment }) => deployment.name],
  ["FROM", ({ from }) => from.version],
  ["TO", ({ to }) => to.version],
  ["LEVEL", ({ level }) => level],
  ["ADDED", ({ added }) => added.length],
  ["REMOVED", ({ removed }) => removed.length],
  ["CHANGED", ({ changed }) => changed.length],
  ["RECREATED", ({ changed }) => changed.filter(({ recreate }) => recreate).length],
  ["PROBLEMS", ({ problems }) => problems.map(({ field, message }) => `${field} ${message}`).join("; ")],
];

/** Adds what has to do with the history of drivers to `drivers`. */
export function addHistory(drivers: Command, cliOf: () => Cli): void {
  drivers
    .command("diff <driver> <from> <to>")
    .description("show what differs between two versions: by name, id or 7 digits of a commit")
    .option("--deployment <ref>", "and what that means for this deployment's objects")
    .option("--environment <name>", "its environment")
    .addHelpText("after", "\nExample:\n  styrminctl drivers diff hello 1 2 --deployment demo/hello")
    .action(
      async (
        driver: string,
        from: string,
        to: string,
        options: { deployment?: string; environment?: string },
      ) => {
        const { client, io, format } = cliOf();
        const where = options.deployment ? splitRef(options.deployment, options.environment) : {};
        const diff = await client.drivers.diff({ driver, from, to, ...where });
        io.stdout(format === "table" ? diffText(diff) : renderValue(diff, format));
      },
    );

  drivers
    .command("impact <driver> [version]")
    .description("show which deployments a version would touch, and how; the latest without a version")
    .addHelpText("after", "\nExample:\n  styrminctl drivers impact hello 2")
    .action(async (driver: string, version: string | undefined) => {
      const { client, io, format } = cliOf();
      io.stdout(renderList(await client.drivers.impact({ driver, version }), impactColumns, format));
    });
}

function diffText(diff: DriverDiffQuery["driverDiff"]): string {
  const { from, to, level, specification, parameters, files, impact } = diff;
  const lines = [
    `${from.driver.name} ${from.version} → ${to.version} (${level.toLowerCase()})`,
    ...section("Specification", specification.map(valueLine)),
    ...section("Parameters", parameters.map(valueLine)),
    ...section(
      "Files",
      files.map(({ path, change }) => `${signs[change] ?? "~"} ${path}`),
    ),
    ...(impact ? section(`Objects of ${impact.deployment.name}`, objectLines(impact)) : []),
  ];
  return `${lines.map(neutralise).join("\n")}\n`;
}

const signs: Record<string, string> = { ADDED: "+", REMOVED: "-", CHANGED: "~" };

function section(title: string, lines: string[]): string[] {
  return ["", title, ...(lines.length > 0 ? lines.map((line) => `  ${line}`) : ["  (no difference)"])];
}

/** What a version would do to a deployment, a line for each object and field. */
export function objectLines({ added, removed, changed, problems }: VersionPlanFieldsFragment): string[] {
  if (problems.length > 0) return problems.map(({ field, message }) => `! ${field} ${message}`);
  return [
    ...added.map(({ kind, name }) => `+ ${kind}/${name}`),
    ...removed.map(({ kind, name }) => `- ${kind}/${name}`),
    ...changed.flatMap(({ kind, name, recreate, fields }) => [
      `~ ${kind}/${name}${recreate ? " (to be deleted and made anew)" : ""}`,
      ...fields.map((field) => `    ${valueLine(field)}`),
    ]),
  ];
}

function valueLine({ path, before, after }: Value): string {
  if (before === null || before === undefined) return `+ ${path}: ${short(after)}`;
  if (after === null || after === undefined) return `- ${path}: ${short(before)}`;
  return `~ ${path}: ${short(before)} → ${short(after)}`;
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? "";
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
