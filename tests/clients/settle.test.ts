import { describe, expect, test } from "bun:test";
import { type Cli, Exit, exitCodes } from "../../clients/cli/io.ts";
import { waitUntilSettled } from "../../clients/cli/settle.ts";

/** A deployment of which this is in the cluster; `status` where it has another word, by a task that failed. */
const is = (resourceStatus: string, resourceStatusReason = "", status = resourceStatus) => ({
  ...{ id: "1", name: "shop", environment: { name: "demo" }, status, resourceStatus, resourceStatusReason },
  statusReason: status === resourceStatus ? resourceStatusReason : "The last deploy failed: it broke.",
});

/** Waits for a deployment that is like this one after the other, and then stays so. */
async function wait(
  states: (object | null)[],
  { stays = false } = {},
): Promise<{ ended: unknown; told: string[] }> {
  const told: string[] = [];
  const deployments = {
    async *watch(_id: string, { signal }: { signal: AbortSignal }) {
      yield* states;
      if (stays && !signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
    },
  };
  const io = { stderr: (text: string) => told.push(text), signal: new AbortController().signal };
  const cli = { client: { deployments }, io } as unknown as Cli;
  const ended = await waitUntilSettled(cli, { id: "1", name: "shop" }, stays ? 0.05 : 60).catch((thrown) => {
    if (!(thrown instanceof Exit)) throw thrown;
    return { code: thrown.code, message: thrown.message };
  });
  return { ended, told };
}

describe("a change without a task", () => {
  test.each(["RUNNING", "STOPPED"])("is waited for until the deployment is %s", async (end) => {
    const becoming = [
      is("DEPLOYING", "web starts."),
      is("DEPLOYING", "web starts."),
      is("DEGRADED", "1 of 2."),
    ];
    const { ended, told } = await wait([...becoming, is(end), is("FAILED")]);
    expect(ended).toEqual(is(end));
    expect(told).toEqual(["  … web starts.\n", "  … 1 of 2.\n"]);
  });

  test("ends with what is wrong when the deployment fails or goes away", async () => {
    const { taskFailed: code } = exitCodes;
    expect((await wait([is("DEPLOYING"), is("FAILED", "No right.")])).ended).toEqual({
      code,
      message: "shop is FAILED: No right.",
    });
    expect((await wait([null])).ended).toEqual({ code, message: "shop was deleted meanwhile." });
  });

  test("is judged by what it asked for, and not by a deploy that failed before", async () => {
    const { ended, told } = await wait([
      is("DEPLOYING", "web stops.", "FAILED"),
      is("STOPPED", "", "FAILED"),
    ]);
    expect(ended).toEqual(is("STOPPED", "", "FAILED"));
    expect(told).toEqual([
      "  … web stops.\n",
      "shop is stopped. Its status stays FAILED until it is updated, if only to try the same again by " +
        "`styrminctl deployments update demo/shop --wait`: The last deploy failed: it broke.\n",
    ]);
    expect((await wait([is("RUNNING", "", "FAILED")])).told).toEqual([
      expect.stringMatching(/^shop is as wanted\. Its status stays FAILED/),
    ]);
  });

  test("is left to go on when the time is up, with what it waited for last", async () => {
    const { ended } = await wait([is("DEPLOYING", "web cannot be started.")], { stays: true });
    expect(ended).toMatchObject({
      code: exitCodes.timeout,
      message: expect.stringContaining("it goes on. Last: web cannot be started. See"),
    });
  });
});
