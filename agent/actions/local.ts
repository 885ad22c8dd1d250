import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import { tiedToParent } from "../../lib/child.ts";
import { runOver } from "./connect.ts";
import { programCommand } from "./program.ts";
import { ActionError, type ActionRunner } from "./runner.ts";
import { worldCommand } from "./world.ts";

export interface LocalRunnerOptions {
  log: Log;
  /** Arguments of the runner's program; tests take barriers away by them. */
  extra?: readonly string[];
  /** False: without namespaces, as on a machine that does not allow them. */
  namespaces?: boolean;
  /** How long its start may take, milliseconds. */
  startLimitMs?: number;
}

export interface LocalRunner extends ActionRunner {
  /** What holds actions here, once the first was run. */
  isolation(): Isolation | undefined;
}

export interface Isolation {
  namespaces: boolean;
  /** Limits of the kernel, and what the next two need. */
  launch: boolean;
  landlock: boolean;
  seccomp: boolean;
}

const folderName = "styrmin-actions-";

/**
 * A runner of the agent's own, started with the first action and again after it broke: in namespaces where the machine
 * allows them, else as a plain child, which it says once, with what is left.
 */
export function createLocalRunner(options: LocalRunnerOptions): LocalRunner {
  const { log, extra = [], namespaces = true, startLimitMs = 15_000 } = options;
  let running: Promise<Runner> | undefined;
  let isolated = namespaces && process.platform === "linux";

  const start = async (): Promise<Runner> => {
    if (isolated) {
      try {
        return await startRunner(true, extra, startLimitMs);
      } catch (thrown) {
        if (!isForGood(thrown)) throw thrown;
        isolated = false;
        log.warn("actions run without namespaces of their own", { why: messageOf(thrown) });
      }
    }
    const runner = await startRunner(false, extra, startLimitMs);
    if (!runner.isolation.landlock || !runner.isolation.seccomp)
      log.warn("actions of drivers are hardly confined on this machine", { ...runner.isolation });
    return runner;
  };
  let last: Isolation | undefined;
  const forget = (runner: Promise<Runner>) => {
    if (running === runner) running = undefined;
  };

  return {
    isolation: () => last,
    async run(job, answer, signal) {
      const own = (running ??= start());
      void own
        .then(({ ended }) => ended)
        .then(
          () => forget(own),
          () => {},
        );
      try {
        const { socket, isolation } = await own;
        last = isolation;
        return await runOver(socket, job, answer, signal);
      } catch (thrown) {
        if (thrown instanceof ActionError && thrown.failure !== "unavailable") throw thrown;
        if (signal.aborted) throw thrown;
        forget(own);
        await own.then((runner) => runner.stop()).catch(() => {});
        if (thrown instanceof ActionError) throw thrown;
        throw new ActionError(
          "unavailable",
          `The runner of actions cannot be started: ${messageOf(thrown)}`,
          { cause: thrown },
        );
      }
    },
    async close() {
      await running?.then((runner) => runner.stop()).catch(() => {});
      running = undefined;
    },
  };
}

interface Runner {
  socket: string;
  isolation: Isolation;
  ended: Promise<unknown>;
  stop(): Promise<void>;
}

/** Thrown when a runner ended by itself before it was ready. */
class StartFailed extends Error {
  override readonly name = "StartFailed";
}

/** Whether it would be the same at the next try; not so what a busy machine does to a start. */
function isForGood(thrown: unknown): boolean {
  return thrown instanceof StartFailed || (thrown as { code?: string }).code === "ENOENT";
}

async function startRunner(
  namespaces: boolean,
  extra: readonly string[],
  startLimitMs: number,
): Promise<Runner> {
  removeLeft();
  // Short: the path of a socket has 108 bytes at the most.
  const folder = mkdtempSync(join(tmpdir(), `${folderName}${process.pid}-`));
  const socket = join(folder, "socket/runner.sock");
  mkdirSync(join(folder, "socket"), { mode: 0o700 });
  const plain = [
    ...programCommand("action-runner"),
    "--socket",
    socket,
    "--work",
    join(folder, "work"),
    ...extra,
  ];
  const child = Bun.spawn(namespaces ? worldCommand(folder, extra) : tiedToParent(plain), {
    cwd: "/",
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...runMarks() },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stop = async () => {
    child.kill("SIGKILL");
    await child.exited;
    rmSync(folder, { recursive: true, force: true });
  };
  const said = new Response(child.stderr).text();
  let isLate = false;
  const late = setTimeout(() => {
    isLate = true;
    child.kill("SIGKILL");
  }, startLimitMs);
  try {
    const line = await firstLine(child.stdout);
    if (line === undefined) {
      await child.exited;
      if (isLate) throw new Error(`it was not ready within ${startLimitMs / 1000} s`);
      const last = (await said).trim().split("\n").at(-1) || "it ended without a word";
      // Whoever kills it, for want of memory say, says nothing about the machine's namespaces.
      throw child.signalCode === "SIGKILL" ? new Error("it was killed") : new StartFailed(last);
    }
    const { barriers } = JSON.parse(line) as { barriers: Omit<Isolation, "namespaces"> };
    return { socket, isolation: { namespaces, ...barriers }, ended: child.exited, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  } finally {
    clearTimeout(late);
  }
}

/** Folders of agents that were killed; they are empty but for a socket, since what was mounted there is gone. */
function removeLeft(): void {
  for (const name of readdirSync(tmpdir())) {
    const owner = name.startsWith(folderName)
      ? Number(name.slice(folderName.length).split("-")[0])
      : Number.NaN;
    if (!(owner > 0) || lives(owner)) continue;
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    } catch {}
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as { code?: string }).code !== "ESRCH";
  }
}

async function firstLine(output: ReadableStream<Uint8Array>): Promise<string | undefined> {
  let text = "";
  for await (const chunk of output) {
    text += Buffer.from(chunk).toString();
    if (text.includes("\n")) return text.slice(0, text.indexOf("\n"));
  }
  return undefined;
}

/** What the supervisor finds the processes of a run by. */
function runMarks(): Record<string, string> {
  const marks = ["STYRMIN_RUN_ID", "STYRMIN_PART_ID", "STYRMIN_TEST_RUN"].map((name) => [
    name,
    process.env[name] ?? "",
  ]);
  return Object.fromEntries(marks.filter(([, value]) => value !== ""));
}
