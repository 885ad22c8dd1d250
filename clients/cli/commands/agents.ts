import type { Command } from "commander";
import type { Client } from "../../sdk/index.ts";
import { agentManifest } from "../agent-manifest.ts";
import { confirm } from "../confirm.ts";
import { type Cli, Exit, exitCodes, type Io } from "../io.ts";
import { renderValue } from "../output.ts";
import { readSecret } from "../secret.ts";

export interface ManifestOptions {
  serverUrl?: string;
  image?: string;
}

/** Options of every command that prints an agent's manifest. */
export function withManifestOptions(command: Command): Command {
  return command
    .option("--server-url <url>", "where the agent reaches the server; what the server says by default")
    .option("--image <image>", "the agent's image");
}

/** The commands of a cluster's agent: its manifest, and a new token. */
export function addAgentCommands(clusters: Command, cliOf: () => Cli): void {
  withManifestOptions(clusters.command("manifest <cluster>"))
    .description("print what installs a cluster's agent, with a token that you have")
    .option("--token-file <file>", "the file with the token, - for stdin; asked for by default")
    .addHelpText("after", "\nExample:\n  styrminctl clusters manifest lab | kubectl apply -f -")
    .action(async (ref: string, options: ManifestOptions & { tokenFile?: string }) => {
      const { client, io } = cliOf();
      await needCluster(client, ref);
      const serverUrl = await serverUrlOf(client, io, options.serverUrl);
      const token = await readSecret(io, "token", options.tokenFile);
      io.stdout(agentManifest({ token, serverUrl, image: options.image }));
    });

  withManifestOptions(clusters.command("rotate-token <cluster>"))
    .description(
      "make a new token for a cluster's agent; the old one is good until the new one is seen, or a day",
    )
    .option("--manifest", "print what installs the agent with the new token, instead of the token")
    .option("--now", "end the old token at once: it is in wrong hands")
    .option("-y, --yes", "do not ask")
    .addHelpText(
      "after",
      "\nExample:\n  styrminctl clusters rotate-token lab --manifest | kubectl apply -f -",
    )
    .action(async (ref: string, options: ManifestOptions & RotateOptions) => {
      const { client, io, format } = cliOf();
      const serverUrl = options.manifest && (await serverUrlOf(client, io, options.serverUrl));
      if (options.now)
        await confirm(io, `Refuse the agent of ${ref} until it has the new token?`, options.yes);
      const graceSeconds = options.now ? 0 : undefined;
      const { cluster, token } = await client.clusters.rotateToken(ref, { graceSeconds });
      if (serverUrl) io.stdout(agentManifest({ token: token!, serverUrl, image: options.image }));
      else if (format !== "table") io.stdout(renderValue({ ...cluster, token }, format));
      else io.stdout(installHelp(cluster.name, token!));
    });
}

interface RotateOptions {
  manifest?: boolean;
  now?: boolean;
  yes?: boolean;
}

/** A token for people, and what to do with it. */
export function installHelp(cluster: string, token: string): string {
  return `
The agent's token, shown this once:
${token}

Install the agent, by a kubectl that reaches that cluster; you are asked for the token:
styrminctl clusters manifest ${cluster} | kubectl apply -f -
`;
}

/**
 * Where an agent is to reach the server: as it is given, or as the server says. Says on stderr when a token would
 * travel openly. Throws when nobody knows it.
 */
export async function serverUrlOf(client: Client, io: Io, given: string | undefined): Promise<string> {
  const url = given ?? (await client.server.info()).agentUrl;
  if (!url) {
    const message =
      "The server does not say where agents reach it: give --server-url, or set STYRMIN_AGENT_URL of the server.";
    throw new Exit(exitCodes.usage, message);
  }
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new Exit(exitCodes.usage, `--server-url must begin with http:// or https://, not "${url}".`);
  const { protocol, hostname } = new URL(url);
  if (protocol === "http:" && !/\.svc(\.|$)/.test(hostname))
    io.stderr(`! Over ${url} the agent's token travels unencrypted; use https outside of a cluster.\n`);
  return url;
}

async function needCluster(client: Client, ref: string): Promise<void> {
  if (await client.clusters.get(ref)) return;
  throw new Exit(exitCodes.refused, `There is no cluster "${ref}". See \`styrminctl clusters list\`.`);
}
