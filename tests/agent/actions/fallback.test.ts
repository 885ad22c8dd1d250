import { afterEach, describe, expect, test } from "bun:test";
import { createLocalRunner, type LocalRunner } from "../../../agent/actions/local.ts";
import { silentLog } from "../../../lib/log.ts";
import { eventually } from "../../helpers/eventually.ts";
import { pace } from "../../helpers/pace.ts";
import { logged, runText } from "./job.ts";

/** What still holds where a machine has not all barriers. */
describe.skipIf(process.platform !== "linux")("without", () => {
  let runner: LocalRunner;
  afterEach(() => runner.close());
  const without = (...barriers: string[]) => barriers.flatMap((name) => ["--without", name]);
  /** Starts processes as many ways as there are, and says their ids. */
  const spawns = `export async function go(ctx) {
  const pids = [];
  for (let n = 0; n < 5; n++) pids.push(Bun.spawn(["sh", "-c", "(setsid sleep 4711 &) ; setsid sleep 4711 & wait"], { detached: true }).pid);
  await Bun.sleep(300);
  ctx.log("spawned " + pids.length);
  if (ctx.prompts.hang) await new Promise(() => {});
  return pids.length;
}`;
  const sleepers = () =>
    Bun.spawnSync(["pgrep", "-f", "^sleep 4711"]).stdout.toString().split("\n").filter(Boolean);

  test("seccomp, an action's processes end with it, also those that left it", async () => {
    runner = createLocalRunner({ log: silentLog, extra: without("seccomp") });
    const outcome = await runText(runner, spawns);
    expect(outcome.result).toBe(5);
    expect(sleepers()).toEqual([]);
    const late = await runText(runner, spawns, { timeoutMs: 2_500 * pace(), prompts: { hang: true } });
    expect(late.failure).toBe("timeout");
    expect(logged(late)).toEqual(["spawned 5"]);
    expect(sleepers()).toEqual([]);
    expect(runner.isolation()).toEqual({ namespaces: true, launch: true, landlock: true, seccomp: false });
  });

  test("seccomp, a fork bomb meets its limit and is swept up, and Landlock keeps it from the runner", async () => {
    runner = createLocalRunner({ log: silentLog, extra: without("seccomp") });
    const bomb = `export async function go(ctx) {
  for (;;) { try { Bun.spawn(["sh", "-c", "sleep 4711 & sleep 4711 & wait"], { detached: true }) } catch {} await Bun.sleep(1); }
}`;
    const outcome = await runText(runner, bomb, { timeoutMs: 60_000 });
    expect(outcome).toMatchObject({
      failure: "memory",
      message: expect.stringContaining("processes and threads"),
    });
    expect(sleepers()).toEqual([]);
    const kill = `import { readdirSync } from "node:fs";
export const go = () => readdirSync("/proc").map(Number).filter((pid) => pid > 0 && pid !== process.pid).map((pid) => {
  try { process.kill(pid, "SIGKILL"); return "killed" } catch (thrown) { return thrown.code }
});`;
    expect(new Set((await runText(runner, kill)).result as string[])).toEqual(new Set(["EPERM"]));
  });

  test("seccomp and Landlock, an action may end the runner, and the next one is served", async () => {
    runner = createLocalRunner({ log: silentLog, extra: without("seccomp", "landlock") });
    const seen = await runText(
      runner,
      `import { readFileSync } from "node:fs";
const tried = (work) => { try { return work() } catch (thrown) { return thrown.code } };
export const go = () => [tried(() => readFileSync("/proc/" + process.ppid + "/environ", "utf8")), tried(() => readFileSync("/etc/passwd", "utf8"))];`,
    );
    expect(seen.result).toEqual(["EACCES", "ENOENT"]);
    // It ends in order, when its runs have ended; new ones find another runner.
    const ended = await runText(
      runner,
      'export const go = async () => { process.kill(process.ppid, "SIGTERM"); await Bun.sleep(200); return "ended" }',
    );
    expect(ended.result).toBe("ended");
    await eventually("the next is served", async () => {
      return (await runText(runner, "export const go = () => 7")).result === 7;
    });
  });

  test("namespaces, Landlock and seccomp hold on their own, and it is said", async () => {
    const said: string[] = [];
    const log = { ...silentLog, warn: (message: string) => void said.push(message) };
    runner = createLocalRunner({ log, namespaces: false, extra: without("seccomp") });
    process.env.CANARY_OF_THE_AGENT = "secret";
    const text = `import { readFileSync, readdirSync, writeFileSync } from "node:fs";
const tried = (work) => { try { return work() } catch (thrown) { return thrown.code } };
export const go = (ctx) => [
  tried(() => readFileSync("/proc/" + ctx.prompts.agent + "/environ", "utf8")), tried(() => process.kill(ctx.prompts.agent, "SIGTERM")),
  tried(() => readFileSync("/etc/passwd", "utf8")), tried(() => readdirSync("/root")), tried(() => writeFileSync("/tmp/x", "x")),
  process.env.CANARY_OF_THE_AGENT ?? "none",
];`;
    const { result } = await runText(runner, text, { prompts: { agent: process.pid } });
    delete process.env.CANARY_OF_THE_AGENT;
    expect(result).toEqual(["EACCES", "EPERM", "EACCES", "EACCES", "EACCES", "none"]);
    expect(runner.isolation()).toEqual({ namespaces: false, launch: true, landlock: true, seccomp: false });
    expect(said).toEqual(["actions of drivers are hardly confined on this machine"]);
  });

  test("time to start, namespaces are not given up: only a runner that ends by itself says that there are none", async () => {
    const said: string[] = [];
    const log = { ...silentLog, warn: (message: string) => void said.push(message) };
    const seven = "export const go = () => 7";
    runner = createLocalRunner({ log, startLimitMs: 1 });
    expect(await runText(runner, seven)).toMatchObject({
      failure: "unavailable",
      message: "The runner of actions cannot be started: it was not ready within 0.001 s",
    });
    expect(said).toEqual([]);
    const broken = createLocalRunner({ log, extra: ["--at-once", "none"] });
    expect(await runText(broken, seven)).toMatchObject({ failure: "unavailable" });
    expect(said).toEqual(["actions run without namespaces of their own"]);
  });

  test("anything of the kernel's, as on another system, time, output and an empty environment are left", async () => {
    runner = createLocalRunner({ log: silentLog, namespaces: false, extra: without("launch") });
    const seen = await runText(
      runner,
      "export const go = (ctx) => { console.log('a'); return [Object.keys(process.env).sort(), ctx.context.app.name] }",
    );
    expect(seen.result).toEqual([
      expect.not.arrayContaining(["CANARY_OF_THE_AGENT", "STYRMIN_DATABASE_URL"]),
      "shop",
    ]);
    expect(logged(seen)).toEqual(["a"]);
    const late = await runText(runner, "export const go = () => { for (;;); }", { timeoutMs: 500 });
    expect(late.failure).toBe("timeout");
    const loud = await runText(runner, "export const go = () => { for (;;) console.log('x'.repeat(1e4)); }");
    expect(loud.failure).toBe("output");
    // Nothing sweeps there; but what an action leaves holds up nobody.
    const leaves = await runText(
      runner,
      'export const go = () => Bun.spawn(["sleep", "4711"], { detached: true, stdio: ["ignore", "inherit", "inherit"] }).pid',
    );
    expect(leaves.result).toBeGreaterThan(0);
    process.kill(leaves.result as number, "SIGKILL");
    expect(runner.isolation()).toEqual({ namespaces: false, launch: false, landlock: false, seccomp: false });
  });

  test("its runner, a run is lost, nothing of it is left, and the next one is served by another", async () => {
    runner = createLocalRunner({ log: silentLog, extra: without("seccomp") });
    const run = runText(runner, spawns, { prompts: { hang: true } });
    await eventually("it sleeps", () => sleepers().length > 0);
    const own = Bun.spawnSync(["pgrep", "-P", String(process.pid), "-f", `styrmin-actions-${process.pid}-`]);
    process.kill(Number(own.stdout.toString()), "SIGKILL");
    expect(await run).toMatchObject({ failure: "unavailable" });
    await eventually("nothing is left", () => sleepers().length === 0);
    expect(await runText(runner, "export const go = () => 7")).toMatchObject({ result: 7 });
  });

  test("its agent, a runner ends, and with it what it ran", async () => {
    runner = createLocalRunner({ log: silentLog, extra: without("seccomp") });
    const stop = new AbortController();
    const run = runText(runner, spawns, { prompts: { hang: true }, signal: stop.signal });
    await eventually("it sleeps", () => sleepers().length > 0);
    stop.abort(new Error("the agent ends"));
    await expect(run).rejects.toThrow("the agent ends");
    await eventually("nothing is left", () => sleepers().length === 0);
  });
});
