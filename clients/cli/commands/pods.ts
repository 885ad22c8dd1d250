import type { Command } from "commander";
import type { ListPodStatusesQuery } from "../../sdk/index.ts";
import type { Cli } from "../io.ts";
import { age, type Column, renderList } from "../output.ts";

const columns: Column<ListPodStatusesQuery["podStatuses"][number]>[] = [
  ["NAME", (pod) => pod.name],
  ["DEPLOYMENT", (pod) => `${pod.deployment.environment.name}/${pod.deployment.name}`],
  ["COMPONENT", (pod) => pod.component],
  ["PHASE", (pod) => (pod.simulated ? `${pod.phase} (simulated)` : pod.phase)],
  ["READY", (pod) => (pod.ready ? "yes" : "no")],
  ["RESTARTS", (pod) => pod.restarts],
  ["WHY", (pod) => pod.reason],
  ["OBSERVED", (pod) => `${age(pod.observedAt)} ago`],
];

export function addPods(program: Command, cliOf: () => Cli): void {
  const pods = program.command("pods").description("pods, as last observed");
  pods
    .command("list")
    .description("list the pods of applications")
    .option("--environment <environment>", "only those in this environment")
    .option("--cluster <cluster>", "only those on this cluster")
    .option("--first <n>", "at most so many", Number, 500)
    .addHelpText("after", "\nExample:\n  styrminctl pods list --environment demo")
    .action(async ({ first, ...filter }: { environment?: string; cluster?: string; first: number }) => {
      const { client, io, format } = cliOf();
      io.stdout(renderList(await client.pods.list({ filter, first }), columns, format));
    });
}
