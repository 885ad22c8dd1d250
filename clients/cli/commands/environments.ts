import type { Command } from "commander";
import type { EnvironmentFieldsFragment } from "../../sdk/index.ts";
import { readJsonObject } from "../arguments.ts";
import { confirm } from "../confirm.ts";
import { type Cli, Exit, exitCodes } from "../io.ts";
import { age, type Column, renderList, renderValue } from "../output.ts";

const columns: Column<EnvironmentFieldsFragment>[] = [
  ["NAME", (environment) => environment.name],
  ["CLUSTER", (environment) => environment.cluster.name],
  ["NAMESPACE", (environment) => environment.namespace],
  ["AGE", (environment) => age(environment.createdAt)],
];

export function addEnvironments(program: Command, cliOf: () => Cli): void {
  const environments = program.command("environments").description("groups of deployments on one cluster");

  environments
    .command("list")
    .description("list the environments")
    .option("--cluster <cluster>", "only those on this cluster")
    .addHelpText("after", "\nExample:\n  styrminctl environments list")
    .action(async (options: { cluster?: string }) => {
      const { client, io, format } = cliOf();
      const filter = options.cluster ? { cluster: options.cluster } : undefined;
      io.stdout(renderList(await client.environments.list({ filter }), columns, format));
    });

  environments
    .command("get <environment>")
    .description("show one environment")
    .addHelpText("after", "\nExample:\n  styrminctl environments get demo -o yaml")
    .action(async (ref: string) => {
      const { client, io, format } = cliOf();
      const environment = await client.environments.get(ref);
      if (!environment) {
        throw new Exit(
          exitCodes.refused,
          `There is no environment "${ref}". See \`styrminctl environments list\`.`,
        );
      }
      io.stdout(renderValue(environment, format));
    });

  environments
    .command("create <name> <cluster>")
    .description("make an environment on a cluster")
    .option("-c, --config <json>", "overrides the cluster's, as JSON or @FILE")
    .addHelpText(
      "after",
      `\nExample:\n  styrminctl environments create staging local -c '{"ip_whitelist": []}'`,
    )
    .action(async (name: string, cluster: string, options: { config?: string }) => {
      const { client, io, format } = cliOf();
      const config =
        options.config === undefined ? undefined : await readJsonObject(options.config, "--config");
      io.stdout(renderList([await client.environments.create({ name, cluster, config })], columns, format));
    });

  environments
    .command("update <environment>")
    .description("replace an environment's configuration; deployments take it up at their next update")
    .requiredOption("-c, --config <json>", "the new configuration, as JSON or @FILE")
    .addHelpText("after", `\nExample:\n  styrminctl environments update staging -c '{}'`)
    .action(async (ref: string, options: { config: string }) => {
      const { client, io, format } = cliOf();
      const config = await readJsonObject(options.config, "--config");
      io.stdout(renderList([await client.environments.update(ref, config)], columns, format));
    });

  environments
    .command("delete <environment>")
    .description("delete an environment without deployments; its namespace and kept volumes stay")
    .option("-y, --yes", "do not ask")
    .addHelpText("after", "\nExample:\n  styrminctl environments delete staging --yes")
    .action(async (ref: string, options: { yes?: boolean }) => {
      const { client, io, format } = cliOf();
      await confirm(io, `Delete the environment ${ref}?`, options.yes);
      io.stdout(renderList([await client.environments.delete(ref)], columns, format));
    });
}
