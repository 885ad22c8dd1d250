import { describe, expect, test } from "bun:test";
import { Command } from "commander";
import { addSources } from "../../clients/cli/commands/sources.ts";
import { type Cli, Exit, exitCodes } from "../../clients/cli/io.ts";
import { waitUntilLoaded } from "../../clients/cli/source-wait.ts";
import { ClientError } from "../../clients/sdk/index.ts";

const is = (state: string, polledAt: string | null = "later") => ({ id: "1", name: "shop", state, polledAt });
const away = new ClientError("UNAVAILABLE", "The database does not answer.");

/** Waits for a source of which one look after the other finds this. */
async function wait(looks: (object | null)[]): Promise<{ ended: unknown; told: string[] }> {
  const told: string[] = [];
  const get = async () => {
    const found = looks.shift();
    if (found instanceof ClientError) throw found;
    return found;
  };
  const io = { stderr: (text: string) => told.push(text), signal: new AbortController().signal };
  const cli = { client: { sources: { get } }, io } as unknown as Cli;
  const ended = await waitUntilLoaded(cli, { id: "1", name: "shop" }, "before").catch((thrown) => thrown);
  return { ended, told };
}

describe("a followed source", () => {
  test("is waited for until it was asked and is loaded, also while the server is away", async () => {
    const { ended, told } = await wait([
      is("FOLLOWING", "before"),
      away,
      away,
      is("LOADING"),
      is("FOLLOWING"),
    ]);
    expect(ended).toEqual(is("FOLLOWING"));
    expect(told).toEqual(["  … the server does not answer; waiting for it\n"]);
  });

  test("is not waited for when it was ended, or what is wrong stays so", async () => {
    const gone = (await wait([null])).ended as Exit;
    expect([gone.code, gone.message]).toEqual([
      exitCodes.refused,
      "The driver source shop was ended meanwhile.",
    ]);
    const odd = new ClientError("UNAVAILABLE", "Unexpected error.", { unexpectedId: "42" });
    expect((await wait([odd])).ended).toBe(odd);
  });
});

test("a source that is followed otherwise is waited for, too, once its secret is told", async () => {
  const said: string[] = [];
  const looks = [
    is("FOLLOWING", "before"),
    is("LOADING", "before"),
    is("FOLLOWING", "before"),
    is("FAILING"),
  ];
  const failing = { ...looks.pop()!, failure: { message: "There is no branch next.", problems: [] } };
  const changes: unknown[] = [];
  const sources = {
    get: async () => looks.shift() ?? failing,
    update: async (change: unknown) => {
      changes.push(change);
      return { source: { ...is("WAITING", "before"), webhookPath: "/hooks/1" }, webhookSecret: "once" };
    },
  };
  const tell = (text: string) => void said.push(text.split(/\s/)[0]!);
  const io = { stdout: tell, stderr: tell, signal: new AbortController().signal };
  const drivers = new Command();
  addSources(drivers, () => ({ client: { sources }, io, format: "table" }) as unknown as Cli);
  const argv = ["refollow", "shop", "--ref", "next", "--webhook", "--wait"];
  const ended = await drivers.parseAsync(argv, { from: "user" }).catch((thrown: Error) => thrown);
  expect(ended).toMatchObject({ message: "The driver source shop fails: There is no branch next." });
  expect(changes).toEqual([{ source: "shop", ref: "next", webhook: true }]);
  expect([said, looks]).toEqual([["Give", "NAME"], []]);
});
