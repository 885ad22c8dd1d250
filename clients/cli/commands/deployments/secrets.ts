import type { Command } from "commander";
import type { GetDeploymentSecretsQuery } from "../../../sdk/index.ts";
import { splitRef } from "../../arguments.ts";
import { type Cli, Exit, exitCodes } from "../../io.ts";
import { localKubectl } from "../../local-run.ts";
import { type Column, neutralise, renderList } from "../../output.ts";
import { placed, type Where } from "./options.ts";

type Found = NonNullable<GetDeploymentSecretsQuery["deployment"]>;

const columns: Column<Found["secrets"][number]>[] = [
  ["PARAMETER", (place) => place.parameter],
  ["NAMESPACE", (place) => place.namespace],
  ["NAME", (place) => place.name],
  ["KEY", (place) => place.key],
];

export function addSecrets(deployments: Command, cliOf: () => Cli): void {
  placed(deployments.command("secrets <deployment>"))
    .description("say where in the cluster its secrets can be read, generated ones too; never what they are")
    .addHelpText("after", "\nExample:\n  styrminctl deployments secrets demo/notes")
    .action(async (ref: string, options: Where) => {
      const { client, io, server, format } = cliOf();
      const { deployment, environment } = splitRef(ref, options.environment);
      const found = await client.deployments.secrets(deployment, { environment });
      if (!found) {
        const text = `There is no deployment "${ref}". See \`styrminctl deployments list\`.`;
        throw new Exit(exitCodes.refused, text);
      }
      if (format !== "table") return io.stdout(renderList(found.secrets, columns, format));
      // An environment on another cluster is not reached so.
      const isLocal = found.environment.cluster.name === "local";
      io.stdout(secretsText(found, isLocal ? localKubectl(server, io.env) : undefined));
    });
}

/** Where each secret parameter lies, and with which commands it is read: all of it is what was asked for. */
export function secretsText(found: Found, options?: string): string {
  const { secrets } = found;
  const places = secrets.length > 0 ? renderList(secrets, columns, "table") : "No secret parameter is set.\n";
  return places + waysText(found, options).split("\n").map(neutralise).join("\n");
}

/**
 * The commands for who may read Secrets: of parameters, and of what the application has itself. `options` are those by
 * which `kubectl` reaches the cluster; without them it is named.
 */
export function waysText({ id, environment, secrets }: Found, options?: string): string {
  const kubectl = options === undefined ? "kubectl" : `kubectl ${options}`;
  const commands = secrets.flatMap(({ command }) =>
    command === null ? [] : [`  ${command.replace(/^kubectl\b/, () => kubectl)}\n`],
  );
  const unknown = secrets.length > 0 && commands.length === 0;
  return (
    (commands.length > 0 ? `Who may read Secrets there prints a value with:\n${commands.join("")}` : "") +
    (unknown
      ? "Their namespace is the agent's; it is known once the agent has told of its resources.\n"
      : "") +
    "What the application's own Secrets hold, what a chart has made at random too, by name and key:\n" +
    `  ${kubectl} -n ${environment.namespace} describe secrets -l styrmin.io/deployment=${id}\n` +
    (options === undefined
      ? `For a kubectl that speaks to the cluster ${environment.cluster.name}; --kubeconfig FILE names another than its own.\n`
      : "")
  );
}
