import type { Command } from "commander";
import type { DriverDiffQuery, VersionPlanFieldsFragment } from "../../sdk/index.ts";
import { splitRef } from "../arguments.ts";
import type { Cli } from "../io.ts";
import { type Column, neutralise, renderList, renderValue } from "../output.ts";
import { planSections, section, valueLine } from "./plans.ts";

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
  ["RUNS", ({ actions, hooks }) => runsText(actions.length, hooks.length)],
  ["PROBLEMS", ({ problems }) => problems.map(({ field, message }) => `${field} ${message}`).join("; ")],
];

/** How many actions and hooks would run; undefined for none. */
const runsText = (actions: number, hooks: number) =>
  [counted(actions, "action"), counted(hooks, "hook")].filter(Boolean).join(", ") || undefined;

const counted = (count: number, what: string) => count > 0 && `${count} ${what}${count > 1 ? "s" : ""}`;

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
    ...(impact ? planSections(impact, `Objects of ${impact.deployment.name}`) : []),
  ];
  return `${lines.map(neutralise).join("\n")}\n`;
}

const signs: Record<string, string> = { ADDED: "+", REMOVED: "-", CHANGED: "~" };
