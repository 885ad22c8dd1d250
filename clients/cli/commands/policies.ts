import { type Command, InvalidArgumentError, Option } from "commander";
import type { DeploymentPoliciesInput, IgnoredFieldsInput } from "../../sdk/index.ts";
import { splitRef } from "../arguments.ts";
import { type Cli, Exit, exitCodes } from "../io.ts";
import { renderValue } from "../output.ts";

interface Options {
  environment?: string;
  drift?: "repair" | "report" | "ignore";
  conflicts?: "refuse" | "take-over";
  prune?: boolean;
  ignore?: IgnoredFieldsInput[];
  ignoreNothing?: boolean;
}

const drifts = { repair: "REPAIR", report: "REPORT", ignore: "IGNORE" } as const;
const conflicts = { refuse: "REFUSE", "take-over": "TAKE_OVER" } as const;

/** Makes a command show a deployment's policies, and change those that its options name. */
export function addPolicies(command: Command, cliOf: () => Cli): void {
  command
    .description("show how the operator treats what it finds of a deployment, or change it")
    .addOption(
      new Option("--drift <what>", "what happens to a field that somebody changed").choices(
        Object.keys(drifts),
      ),
    )
    .addOption(
      new Option("--conflicts <what>", "what happens to fields and objects of others").choices(
        Object.keys(conflicts),
      ),
    )
    .option("--prune", "remove objects that are rendered no more")
    .option("--no-prune", "keep them")
    .option(
      "--ignore <kind[/name]:path>",
      "leave a field to whoever else sets it; may be given again; replaces the whole list",
      collectIgnored,
    )
    .option("--ignore-nothing", "empty the list")
    .addHelpText(
      "after",
      "\nExample:\n  styrminctl deployments policies demo/hello --ignore Deployment/web:.spec.replicas --drift report",
    )
    .action(async (ref: string, options: Options) => {
      const { client, io, format } = cliOf();
      const where = splitRef(ref, options.environment);
      const policies = policiesOf(options);
      const found =
        Object.keys(policies).length > 0
          ? await client.deployments.setPolicies({ ...where, policies })
          : await client.deployments.get(where.deployment, { environment: where.environment });
      if (!found)
        throw new Exit(
          exitCodes.refused,
          `There is no deployment "${ref}". See \`styrminctl deployments list\`.`,
        );
      io.stdout(renderValue(found.policies, format));
    });
}

function policiesOf(options: Options): DeploymentPoliciesInput {
  return {
    ...(options.drift ? { drift: drifts[options.drift] } : {}),
    ...(options.conflicts ? { conflicts: conflicts[options.conflicts] } : {}),
    ...(options.prune === undefined ? {} : { prune: options.prune }),
    ...(options.ignore ? { ignore: options.ignore } : options.ignoreNothing ? { ignore: [] } : {}),
  };
}

/** `Deployment/web:.spec.replicas`, added to what was given before. */
function collectIgnored(text: string, before: IgnoredFieldsInput[] = []): IgnoredFieldsInput[] {
  const [, kind, name, field] = /^([A-Za-z0-9]+)(?:\/([^:]+))?:(\..+)$/.exec(text) ?? [];
  if (!kind || !field) throw new InvalidArgumentError("Write it as KIND:PATH or KIND/NAME:PATH.");
  const same = before.find((one) => one.kind === kind && one.name === name);
  if (!same) return [...before, { kind, ...(name ? { name } : {}), fields: [field] }];
  return before.map((one) => (one === same ? { ...one, fields: [...one.fields, field] } : one));
}
