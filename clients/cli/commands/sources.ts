import type { Command } from "commander";
import type { DriverSourceFieldsFragment, ListDriverLoadsQuery } from "../../sdk/index.ts";
import { collect, readFileText, wholeNumber } from "../arguments.ts";
import { confirm } from "../confirm.ts";
import { type Cli, Exit, exitCodes } from "../io.ts";
import { tellLoaded } from "../loaded.ts";
import { age, type Column, neutralise, renderList, renderValue } from "../output.ts";
import { waitUntilLoaded } from "../source-wait.ts";

const columns: Column<DriverSourceFieldsFragment>[] = [
  ["NAME", (source) => source.name],
  ["STATE", (source) => source.state],
  ["DRIVER", (source) => source.driver?.name],
  ["VERSION", (source) => source.version?.version],
  ["COMMIT", (source) => source.seenCommit?.slice(0, 12)],
  ["REF", (source) => source.ref],
  ["PATH", (source) => source.path],
  ["URL", (source) => source.url],
  ["ASKED", (source) => age(source.polledAt)],
  ["TROUBLE", (source) => source.failure?.message ?? source.skipped?.message],
];

const loadColumns: Column<ListDriverLoadsQuery["driverLoads"][number]>[] = [
  ["SOURCE", (load) => load.source.name],
  ["STATE", (load) => load.state],
  ["VERSION", (load) => load.version?.version],
  ["COMMIT", (load) => load.commit.slice(0, 12)],
  ["REF", (load) => load.ref],
  ["AGE", (load) => age(load.at)],
  ["WHY", (load) => load.message],
];

interface FollowOptions {
  name?: string;
  path?: string;
  every?: number;
  requireSignature?: boolean;
  allowKey?: string[];
  webhook?: boolean;
  webhookSecret?: string;
  wait?: boolean;
}

/** Adds what has to do with followed repositories to `drivers`. */
export function addSources(drivers: Command, cliOf: () => Cli): void {
  withSettings(
    drivers
      .command("follow <url> <ref>")
      .description("follow a branch, a tag or the newest of v*: its commits become versions by themselves")
      .option("--name <name>", "what to call the source; the last part of path or address by default")
      .option("--wait", "wait until its first commit is loaded, or cannot be"),
  )
    .addHelpText(
      "after",
      "\nExample:\n  styrminctl drivers follow https://git.example.org/drivers.git main --path hello --webhook",
    )
    .action(async (url: string, ref: string, options: FollowOptions) => {
      const { client, io, format } = cliOf();
      const { name } = options;
      const settings = await settingsOf(options);
      const { source, webhookSecret } = await client.sources.follow({
        url,
        ref,
        ...(name === undefined ? {} : { name }),
        ...settings,
      });
      // Before a wait that may fail: it is shown this once.
      tellSecret(io, source, webhookSecret);
      const shown = options.wait ? await waitUntilLoaded(cliOf(), source, null) : source;
      io.stdout(renderList([shown], columns, format));
      if (options.wait) await tellWaited(cliOf(), shown, null);
    });

  withSettings(
    drivers
      .command("refollow <source>")
      .description("change how a source is followed")
      .option("--ref <ref>", "follow this branch, tag or pattern of tags")
      .option("--wait", "wait until what it has then is loaded, or cannot be"),
  )
    .option("--no-require-signature", "take unsigned commits again")
    .option("--no-webhook", "take its webhook secret away")
    .addHelpText("after", "\nExample:\n  styrminctl drivers refollow hello --ref v* --every 60 --wait")
    .action(async (which: string, options: FollowOptions & { ref?: string }) => {
      const { client, io, format } = cliOf();
      const { ref, wait } = options;
      const change = { source: which, ...(ref === undefined ? {} : { ref }), ...(await settingsOf(options)) };
      const before = wait ? await client.sources.get(which) : null;
      const { source, webhookSecret } = await client.sources.update(change);
      tellSecret(io, source, webhookSecret);
      const shown = wait ? await waitUntilLoaded(cliOf(), source, before?.polledAt ?? null) : source;
      io.stdout(renderList([shown], columns, format));
      if (wait) await tellWaited(cliOf(), shown, before);
    });

  drivers
    .command("sources [source]")
    .description("list the followed sources, or show one of them whole")
    .addHelpText("after", "\nExample:\n  styrminctl drivers sources hello")
    .action(async (which: string | undefined) => {
      const { client, io, format } = cliOf();
      if (which === undefined) return io.stdout(renderList(await client.sources.list(), columns, format));
      const source = await client.sources.get(which);
      if (!source) {
        const text = `There is no driver source "${which}". See \`styrminctl drivers sources\`.`;
        throw new Exit(exitCodes.refused, text);
      }
      io.stdout(renderValue(source, format));
    });

  drivers
    .command("loads [source]")
    .description("list what became of the commits of a followed source, or of all")
    .option("--failed", "only those that failed")
    .addHelpText("after", "\nExample:\n  styrminctl drivers loads hello --failed")
    .action(async (source: string | undefined, { failed }: { failed?: boolean }) => {
      const { client, io, format } = cliOf();
      const filter = { ...(source ? { source } : {}), ...(failed ? { state: "FAILED" as const } : {}) };
      io.stdout(renderList(await client.sources.loads({ filter }), loadColumns, format));
    });

  drivers
    .command("refresh <source>")
    .description("ask a followed repository at once, and load again what failed")
    .option("--wait", "wait until what it has now is loaded, or cannot be")
    .addHelpText("after", "\nExample:\n  styrminctl drivers refresh hello --wait")
    .action(async (which: string, { wait }: { wait?: boolean }) => {
      const { client, io, format } = cliOf();
      const before = wait ? await client.sources.get(which) : null;
      const asked = await client.sources.refresh(which);
      const source = wait ? await waitUntilLoaded(cliOf(), asked, before?.polledAt ?? null) : asked;
      io.stdout(renderList([source], columns, format));
      if (wait) await tellWaited(cliOf(), source, before);
    });

  drivers
    .command("unfollow <source>")
    .description("follow a source no longer; its driver and all versions stay")
    .option("-y, --yes", "do not ask")
    .addHelpText("after", "\nExample:\n  styrminctl drivers unfollow hello --yes")
    .action(async (which: string, { yes }: { yes?: boolean }) => {
      const { client, io, format } = cliOf();
      await confirm(io, `Follow the source ${which} no longer?`, yes);
      io.stdout(renderList([await client.sources.unfollow(which)], columns, format));
    });
}

/** Says that the version which is there now took its name from other files. Throws `Exit` when the source fails. */
async function tellWaited(
  { client, io }: Cli,
  source: DriverSourceFieldsFragment,
  before: DriverSourceFieldsFragment | null,
): Promise<void> {
  const isNew = source.version?.id !== before?.version?.id;
  const version = isNew ? await client.sources.followedVersion(source.id) : null;
  if (version?.replaced) tellLoaded(io, { ...version, outcome: "REPLACED" });
  failWhenFailing(source);
}

function failWhenFailing({ name, state, failure }: DriverSourceFieldsFragment): void {
  if (state !== "FAILING" || !failure) return;
  const problems = failure.problems
    .map(({ field, message, excerpt }) => `\n  ${field}: ${message}${excerpt ? `\n${excerpt}` : ""}`)
    .join("");
  throw new Exit(exitCodes.refused, `The driver source ${name} fails: ${failure.message}${problems}`);
}

function withSettings(command: Command): Command {
  return command
    .option("--path <folder>", "the driver's folder in the repository")
    .option("--every <seconds>", "how often to ask, 300 by default", wholeNumber)
    .option("--require-signature", "take only commits that an allowed key has signed")
    .option(
      "--allow-key <file>",
      "a public key that may sign, or a list of them; may be given again",
      collect,
    )
    .option("--webhook", "make a secret for webhooks and show it, this once")
    .option("--webhook-secret <secret>", "use this secret for webhooks");
}

async function settingsOf({
  path,
  every,
  requireSignature,
  allowKey,
  webhook,
  webhookSecret,
}: FollowOptions) {
  const allowedKeys = await Promise.all((allowKey ?? []).map((file) => readFileText(file, "--allow-key")));
  return {
    ...(path === undefined ? {} : { path }),
    ...(every === undefined ? {} : { everySeconds: every }),
    ...(requireSignature === undefined ? {} : { requireSignature }),
    ...(allowedKeys.length > 0 ? { allowedKeys } : {}),
    ...(webhook === undefined ? {} : { webhook }),
    ...(webhookSecret === undefined ? {} : { webhookSecret }),
  };
}

/** Beside the answer: a script that reads it is not disturbed. */
function tellSecret(
  io: Cli["io"],
  { webhookPath }: DriverSourceFieldsFragment,
  secret: string | null | undefined,
): void {
  if (!secret) return;
  io.stderr(
    `Give this to the git server, as a webhook for pushes with content type application/json. The secret is not shown again.\n` +
      `  URL     the server's address, then ${neutralise(webhookPath)}\n  secret  ${neutralise(secret)}\n`,
  );
}
