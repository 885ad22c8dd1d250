import type { Command } from "commander";
import type { ListNewVersionsQuery } from "../../sdk/index.ts";
import { splitRef } from "../arguments.ts";
import type { Cli } from "../io.ts";
import { age, type Column, neutralise, renderList } from "../output.ts";
import { planSections } from "./plans.ts";

type Row = ListNewVersionsQuery["newVersions"][number];

const columns: Column<Row>[] = [
  ["ENVIRONMENT", ({ deployment }) => deployment.environment.name],
  ["DEPLOYMENT", ({ deployment }) => deployment.name],
  ["DRIVER", ({ version }) => version.driver.name],
  ["HAS", ({ plan, deployment }) => plan?.from.version ?? deployment.driverVersion.version],
  ["NEW", ({ version }) => version.version],
  ["STATE", ({ state }) => state],
  ["PLAN", ({ plan }) => plan && `+${plan.added.length} -${plan.removed.length} ~${plan.changed.length}`],
  ["AGE", ({ createdAt }) => age(createdAt)],
  ["WHY", ({ reason }) => reason],
];

/** Makes a command list which deployments have a newer version of their driver, and what that came to. */
export function addNewVersions(command: Command, cliOf: () => Cli): void {
  command
    .description(
      "list new versions of drivers, for deployments whose policy wants to know; with what they change for one",
    )
    .addHelpText("after", "\nExample:\n  styrminctl deployments new-versions demo/hello")
    .action(async (ref: string | undefined, options: { environment?: string }) => {
      const { client, io, format } = cliOf();
      const filter = ref === undefined ? undefined : splitRef(ref, options.environment);
      const rows = await client.deployments.newVersions({ filter });
      io.stdout(renderList(rows, columns, format));
      const plan = ref === undefined || format !== "table" ? undefined : rows[0]?.plan;
      if (plan) io.stdout(`${planSections(plan).map(neutralise).join("\n")}\n`);
    });
}
