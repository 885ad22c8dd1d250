import { afterAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newId } from "../../lib/names.ts";
import { partEnvironment, sweepRun } from "../../local/environment.ts";
import { homeAt } from "../../local/home.ts";
import { takeLock } from "../../local/lock.ts";
import { processesWith } from "../../local/processes.ts";
import { startProgram } from "../../local/program.ts";
import { createSupervisor, type Part } from "../../local/supervisor.ts";
import { eventually } from "../helpers/eventually.ts";
import { pace } from "../helpers/pace.ts";

const dir = await mkdtemp(join(tmpdir(), "s-"));
afterAll(() => rm(dir, { recursive: true, force: true }));
const never = new AbortController().signal;

/** A part whose process runs a few lines of TypeScript, and has time to end unless a test waits for the end of that. */
function partOf(program: string, graceMs = 20_000): Part<{ n: number }> {
  return {
    name: "part",
    graceMs,
    start: (signal) =>
      startProgram({
        name: "part",
        command: [process.execPath, "--no-install", "-e", program],
        cwd: dir,
        env: { PATH: process.env.PATH ?? "" },
        onLine: (line) => lines.push(line),
        logFile: "part.log",
        readyMs: 20_000,
        signal,
      }),
  };
}
let lines: string[] = [];
const readyThen = (rest: string) => `console.log('{"ready":true,"n":1}'); ${rest}`;
const forever = "setInterval(() => {}, 1000)";

function watched() {
  const told: string[] = [];
  const supervisor = createSupervisor({
    onEnd: (name, how) => told.push(`${name} ended ${how}`),
    onFailure: (name) => told.push(`${name} failed`),
    onRestart: (name) => told.push(`${name} restarted`),
    cleanUp: async () => {},
  });
  return { told, supervisor };
}

describe("a supervised part", () => {
  test("is ready when it says so, and its other lines are its log", async () => {
    lines = [];
    const { supervisor } = watched();
    const kept = await supervisor.keep(
      partOf(`console.log("one"); console.error("two"); ${readyThen(forever)}`),
      never,
    );
    expect(kept.current().ready.n).toBe(1);
    await eventually("both lines", () => lines.length === 2);
    expect(lines.sort()).toEqual(["one", "two"]);
    await kept.stop();
  });

  test("is started again with a new pid after kill -9, and no more once it was stopped", async () => {
    const { told, supervisor } = watched();
    const kept = await supervisor.keep(partOf(readyThen(forever)), never);
    const first = kept.current().pid;
    process.kill(first, "SIGKILL");
    await eventually("a second one", () => told.includes("part restarted"));
    expect(told[0]).toBe("part ended SIGKILL");
    expect(kept.current().pid).not.toBe(first);
    const second = kept.current();
    await kept.stop();
    expect(await second.exited).toBe("SIGTERM");
    expect(told.length).toBe(2);
  });

  test("is killed when it does not end by itself", async () => {
    const { supervisor } = watched();
    const kept = await supervisor.keep(
      partOf(`process.on("SIGTERM", () => {}); ${readyThen(forever)}`, 300),
      never,
    );
    const from = performance.now();
    await kept.stop();
    expect(await kept.current().exited).toBe("SIGKILL");
    expect(performance.now() - from).toBeLessThan(3000 * pace());
  });

  test("fails the start when it ends before it is ready", async () => {
    const { supervisor } = watched();
    await expect(supervisor.keep(partOf("process.exit(3)"), never)).rejects.toThrow(
      "The part does not start: it ended with code 3; what it said stands above and in part.log.",
    );
  });

  test("is waited for no longer when the start is given up", async () => {
    const { supervisor } = watched();
    const giveUp = new AbortController();
    const starting = supervisor.keep(partOf(forever), giveUp.signal);
    giveUp.abort(new Error("given up"));
    await expect(starting).rejects.toThrow("given up");
  });
});

describe.skipIf(process.platform !== "linux")("what a run leaves", () => {
  test("is found by the run's id and ended, whatever its name", async () => {
    const runId = newId();
    const env = partEnvironment(
      { PATH: process.env.PATH, KUBECONFIG: "/x", PGHOST: "x" },
      homeAt(dir),
      runId,
      "part",
    );
    expect(env.KUBECONFIG).toBeUndefined();
    expect(env.PGHOST).toBeUndefined();
    const stray = Bun.spawn(["bash", "-c", "exec -a innocent sleep 300"], { env });
    const entry = `STYRMIN_RUN_ID=${runId}`;
    await eventually("the process shows its environment", () => processesWith(entry).length === 1);
    expect(await sweepRun(runId)).toBe(1);
    expect(await stray.exited).toBe(137);
  });

  test("does not include the lock, which its process takes with it", async () => {
    const path = join(dir, "lock");
    const program = `const { takeLock } = await import(${JSON.stringify(join(import.meta.dir, "../../local/lock.ts"))});
      takeLock(${JSON.stringify(path)}, { pid: process.pid, runId: "killed" }); console.log("held"); ${forever}`;
    const other = Bun.spawn([process.execPath, "--no-install", "-e", program], { stdout: "pipe" });
    await other.stdout.getReader().read();
    expect(takeLock(path, { pid: 1, runId: "x" })).toEqual({ heldBy: { pid: other.pid, runId: "killed" } });
    other.kill("SIGKILL");
    await other.exited;
    const mine = takeLock(path, { pid: process.pid, runId: "mine" });
    expect("lock" in mine && mine.lock.before?.runId).toBe("killed");
    if ("lock" in mine) mine.lock.release();
  });
});
