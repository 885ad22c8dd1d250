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
  newVersions?: "nothing" | "notify" | "plan" | "upgrade";
  autoLevel?: "patch" | "minor" | "major";
  autoRecreate?: boolean;
  autoDeletions?: boolean;
  autoParameters?: boolean;
}

const drifts = { repair: "REPAIR", report: "REPORT", ignore: "IGNORE" } as const;
const actions = { nothing: "NOTHING", notify: "NOTIFY", plan: "PLAN", upgrade: "UPGRADE" } as const;
const levels = { patch: "PATCH", minor: "MINOR", major: "MAJOR" } as const;
const conflicts = { refuse: "REFUSE", "take-over": "TAKE_OVER" } as const;

/** Makes a command show a deployment's policies, and change those that its options name. */
export function addPolicies(command: Command, cliOf: () => Cli): void {
  command
    .description(
      "show how a deployment is treated, by the operator and when its driver has a new version, or change it",
    )
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
    .addOption(
      new Option("--new-versions <what>", "what a new version of its driver does").choices(
        Object.keys(actions),
      ),
    )
    .addOption(
      new Option(
        "--auto-level <level>",
        "with upgrade: the farthest version taken by itself; patch by default",
      ).choices(Object.keys(levels)),
    )
    .option("--auto-recreate", "with upgrade: also when objects are deleted and made anew")
    .option("--auto-deletions", "with upgrade: also when objects are removed")
    .option("--auto-parameters", "with upgrade: also when parameters are gone or changed")
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
    ...newVersionsOf(options),
  };
}

function newVersionsOf({ newVersions, autoLevel, autoRecreate, autoDeletions, autoParameters }: Options) {
  const bounds = [autoLevel, autoRecreate, autoDeletions, autoParameters];
  if (newVersions !== "upgrade" && bounds.some((one) => one !== undefined)) {
    throw new InvalidArgumentError(
      "The options --auto-… say what --new-versions upgrade may do; give that too.",
    );
  }
  if (newVersions === undefined) return {};
  return {
    newVersions: {
      do: actions[newVersions],
      ...(autoLevel ? { level: levels[autoLevel] } : {}),
      ...(autoRecreate ? { recreate: true } : {}),
      ...(autoDeletions ? { deletions: true } : {}),
      ...(autoParameters ? { parameters: true } : {}),
    },
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
