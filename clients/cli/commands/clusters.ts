import { type Command, Option } from "commander";
import type { ClusterFieldsFragment, IntentMode } from "../../sdk/index.ts";
import { agentManifest } from "../agent-manifest.ts";
import { readJsonObject } from "../arguments.ts";
import { confirm } from "../confirm.ts";
import { type Cli, Exit, exitCodes } from "../io.ts";
import {
  addAgentCommands,
  installHelp,
  type ManifestOptions,
  serverUrlOf,
  withManifestOptions,
} from "./agents.ts";
import { age, type Column, renderList, renderValue } from "../output.ts";

const columns: Column<ClusterFieldsFragment>[] = [
  ["NAME", (cluster) => cluster.name],
  ["AGENT", (cluster) => cluster.agent.state],
  ["HEARD", (cluster) => age(cluster.agent.lastSeenAt)],
  ["INTENT", (cluster) => cluster.intent.toLowerCase()],
  ["VERSION", (cluster) => cluster.agent.version],
  ["AGE", (cluster) => age(cluster.createdAt)],
  [
    "NOTE",
    ({ agent }) =>
      [agent.refused && `refused: ${agent.refused}`, agent.notice, ...agent.blind.map(blindText)]
        .filter(Boolean)
        .join(" "),
  ],
];

function blindText({ kind, since, reason }: ClusterFieldsFragment["agent"]["blind"][number]): string {
  return `has not seen ${kind} for ${age(since)}: ${reason}`;
}

interface CreateOptions extends ManifestOptions {
  config?: string;
  intent: string;
  manifest?: boolean;
}

export function addClusters(program: Command, cliOf: () => Cli): void {
  const clusters = program.command("clusters").description("registered Kubernetes clusters");

  clusters
    .command("list")
    .description("list the clusters")
    .addHelpText("after", "\nExample:\n  styrminctl clusters list")
    .action(async () => {
      const { client, io, format } = cliOf();
      io.stdout(renderList(await client.clusters.list(), columns, format));
    });

  clusters
    .command("get <cluster>")
    .description("show one cluster")
    .addHelpText("after", "\nExample:\n  styrminctl clusters get local -o json")
    .action(async (ref: string) => {
      const { client, io, format } = cliOf();
      const cluster = await client.clusters.get(ref);
      if (!cluster)
        throw new Exit(exitCodes.refused, `There is no cluster "${ref}". See \`styrminctl clusters list\`.`);
      io.stdout(renderValue(cluster, format));
    });

  withManifestOptions(clusters.command("create <name>"))
    .description("register a cluster; prints its agent's token, this once, and how to install the agent")
    .option("-c, --config <json>", "what everything on it inherits, as JSON or @FILE")
    .addOption(
      new Option("--intent <mode>", "who writes its resources").choices(["pull", "direct"]).default("pull"),
    )
    .option("--manifest", "print what installs the agent, with its token in it, and nothing else")
    .addHelpText(
      "after",
      `\nExample:\n  styrminctl clusters create lab --manifest | kubectl apply -f -\n  styrminctl clusters create lab -c '{"fqdn_suffix": "lab.example.org"}'`,
    )
    .action(async (name: string, options: CreateOptions) => {
      const { client, io, format } = cliOf();
      const serverUrl = options.manifest && (await serverUrlOf(client, io, options.serverUrl));
      const config =
        options.config === undefined ? undefined : await readJsonObject(options.config, "--config");
      const intent = options.intent.toUpperCase() as IntentMode;
      const { cluster, token } = await client.clusters.create({ name, config, intent });
      if (serverUrl) io.stdout(agentManifest({ token: token!, serverUrl, image: options.image }));
      else if (format !== "table") io.stdout(renderValue({ ...cluster, token }, format));
      else {
        io.stdout(renderList([cluster], columns, format));
        if (token) io.stdout(installHelp(cluster.name, token));
      }
    });

  clusters
    .command("update <cluster>")
    .description("replace a cluster's configuration; deployments take it up at their next update")
    .requiredOption("-c, --config <json>", "the new configuration, as JSON or @FILE")
    .addHelpText("after", `\nExample:\n  styrminctl clusters update lab -c @lab.json`)
    .action(async (ref: string, options: { config: string }) => {
      const { client, io, format } = cliOf();
      const config = await readJsonObject(options.config, "--config");
      io.stdout(renderList([await client.clusters.update(ref, config)], columns, format));
    });

  clusters
    .command("delete <cluster>")
    .alias("forget")
    .description("forget a cluster without environments")
    .option("--force", "it is gone for good: close what was deployed on it, and touch nothing there")
    .option("-y, --yes", "do not ask")
    .addHelpText("after", "\nExample:\n  styrminctl clusters delete lab")
    .action(async (ref: string, options: { force?: boolean; yes?: boolean }) => {
      const { client, io, format } = cliOf();
      const what = options.force ? ", close all its deployments," : "";
      await confirm(io, `Forget the cluster ${ref}${what} and refuse its agent?`, options.yes);
      io.stdout(renderList([await client.clusters.delete(ref, { force: options.force })], columns, format));
    });

  addAgentCommands(clusters, cliOf);
}
