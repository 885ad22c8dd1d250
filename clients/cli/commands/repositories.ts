import { type Command, Option } from "commander";
import type { RepositoryFieldsFragment } from "../../sdk/index.ts";
import { collect, readFileText } from "../arguments.ts";
import { confirm } from "../confirm.ts";
import { type Cli, Exit, exitCodes } from "../io.ts";
import { age, type Column, renderList, renderValue } from "../output.ts";
import { readSecret } from "../secret.ts";

const columns: Column<RepositoryFieldsFragment>[] = [
  ["NAME", (repository) => repository.name],
  ["KIND", (repository) => repository.kind.toLowerCase()],
  ["URL", (repository) => repository.url],
  ["USER", (repository) => repository.username],
  ["TOKEN", (repository) => (repository.hasToken ? "kept" : null)],
  ["CA", (repository) => (repository.ca ? "own" : null)],
  ["SIGNED", (repository) => (repository.requireSignature ? "required" : null)],
  ["AGE", (repository) => age(repository.createdAt)],
];

const kinds = { git: "GIT", helm: "HELM" } as const;

interface Access {
  username?: string;
  tokenStdin?: boolean;
  tokenFile?: string;
  ca?: string;
  requireSignature?: boolean;
  allowKey?: string[];
}

export function addRepositories(program: Command, cliOf: () => Cli): void {
  const repositories = program
    .command("repositories")
    .description("what is needed to reach repositories: tokens and certificate authorities");

  repositories
    .command("list")
    .description("list what is recorded")
    .addHelpText("after", "\nExample:\n  styrminctl repositories list")
    .action(async () => {
      const { client, io, format } = cliOf();
      io.stdout(renderList(await client.repositories.list(), columns, format));
    });

  repositories
    .command("get <repository>")
    .description("show one, without its token")
    .addHelpText("after", "\nExample:\n  styrminctl repositories get forge")
    .action(async (ref: string) => {
      const { client, io, format } = cliOf();
      const repository = await client.repositories.get(ref);
      if (!repository) {
        const text = `There is no repository "${ref}". See \`styrminctl repositories list\`.`;
        throw new Exit(exitCodes.refused, text);
      }
      io.stdout(renderValue(repository, format));
    });

  withAccess(repositories.command("create <name> <url>"))
    .description("record what all repositories need whose address begins so")
    .addOption(new Option("--kind <kind>", "what lies there").choices(Object.keys(kinds)).default("git"))
    .addHelpText(
      "after",
      "\nExample:\n  styrminctl repositories create forge https://git.example.org/apps --token-stdin < token",
    )
    .action(async (name: string, url: string, options: Access & { kind: keyof typeof kinds }) => {
      const { client, io, format } = cliOf();
      const input = { name, url, kind: kinds[options.kind], ...(await readAccess(io, options)) };
      io.stdout(renderList([await client.repositories.create(input)], columns, format));
    });

  withAccess(repositories.command("update <repository>"))
    .description("change what is recorded")
    .option("--url <url>", "another address; its token must be given with it")
    .option("--no-username", "forget the user")
    .option("--no-token", "forget the token")
    .option("--no-require-signature", "take unsigned commits again")
    .option("--no-ca", "let the system's certificate authorities count again")
    .addHelpText("after", "\nExample:\n  styrminctl repositories update forge --token-stdin < token")
    .action(async (repository: string, options: Access & { url?: string }) => {
      const { client, io, format } = cliOf();
      const input = { repository, url: options.url, ...(await readAccess(io, options)) };
      io.stdout(renderList([await client.repositories.update(input)], columns, format));
    });

  repositories
    .command("test <repository>")
    .description("ask a git repository for its branches and tags, with what is recorded")
    .option("--url <url>", "which one, where many lie below the recorded address")
    .addHelpText(
      "after",
      "\nExample:\n  styrminctl repositories test forge --url https://git.example.org/apps/web.git",
    )
    .action(async (ref: string, options: { url?: string }) => {
      const { client, io, format } = cliOf();
      io.stdout(renderValue(await client.repositories.test(ref, options.url), format));
    });

  repositories
    .command("delete <repository>")
    .description("forget what is recorded; what was loaded stays")
    .option("-y, --yes", "do not ask")
    .addHelpText("after", "\nExample:\n  styrminctl repositories delete forge --yes")
    .action(async (ref: string, options: { yes?: boolean }) => {
      const { client, io, format } = cliOf();
      await confirm(io, `Forget the repository ${ref} and its token?`, options.yes);
      io.stdout(renderList([await client.repositories.delete(ref)], columns, format));
    });
}

function withAccess(command: Command): Command {
  return command
    .option("--username <user>", "the user that the token belongs to, if the server looks at it")
    .option("--token-stdin", "read the token from standard input")
    .option("--token-file <file>", "read the token from a file")
    .option("--ca <file>", "certificate authorities as PEM, for a server with a private one")
    .option(
      "--require-signature",
      "take only commits that an allowed key has signed, however they are loaded",
    )
    .option(
      "--allow-key <file>",
      "a public key that may sign, or a list of them; may be given again",
      collect,
    );
}

/** What the options say; `--no-…` makes null, and what is not named stays undefined. */
async function readAccess(io: Cli["io"], options: Access & { token?: boolean }) {
  const { tokenStdin, tokenFile } = options;
  const from = tokenStdin ? "-" : tokenFile;
  const orNull = (value: unknown) => (value === false ? null : (value as string | undefined));
  const ca = orNull(options.ca);
  return {
    username: orNull(options.username),
    token:
      from !== undefined ? await readSecret(io, "token", from) : options.token === false ? null : undefined,
    ca: ca ? await readFileText(ca, "--ca") : ca,
    requireSignature: options.requireSignature,
    allowedKeys:
      options.allowKey &&
      (await Promise.all(options.allowKey.map((file) => readFileText(file, "--allow-key")))),
  };
}
