import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createLocalRunner } from "../../../agent/actions/local.ts";
import { silentLog } from "../../../lib/log.ts";
import { hostileCases, type HostileOutcome, runHostile, show } from "./hostile.ts";

describe.skipIf(process.platform !== "linux")("a hostile action, beside the embedded cluster", () => {
  const runner = createLocalRunner({ log: silentLog, extra: ["--at-once", "4"] });
  const outcomes = new Map<string, HostileOutcome["outcomes"]>();
  let reached = 0;
  const listener = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => new Response(String(++reached)),
  });
  beforeAll(async () => {
    process.env.CANARY_OF_THE_AGENT = "secret";
    for (const one of await runHostile(runner, listener.port!)) outcomes.set(one.name, one.outcomes);
    console.log(
      `actions: ${hostileCases.length} hostile, in namespaces: ${JSON.stringify(runner.isolation())}`,
    );
  });
  afterAll(async () => {
    delete process.env.CANARY_OF_THE_AGENT;
    await runner.close();
    await listener.stop(true);
  });

  test("is held by namespaces, Landlock and seccomp here", () => {
    expect(runner.isolation()).toEqual({ namespaces: true, launch: true, landlock: true, seccomp: true });
  });

  test.each(hostileCases.map((one) => [one.name, one] as const))("%s", (name, { held }) => {
    const all = outcomes.get(name)!;
    show(name, all);
    if (!held(all.at(-1)!, all)) expect(all).toBe("harmless" as never);
  });

  test("leaves nothing to the one after it, and reached nobody", () => {
    const [outcome] = outcomes.get("harmless")!;
    // The runner and this action.
    expect(outcome!.result).toEqual({ files: [], processes: 2 });
    expect(reached).toBe(0);
  });
});
