import { describe, expect, test } from "bun:test";
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
