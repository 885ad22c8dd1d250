import { tiedToParent } from "../lib/child.ts";
import { AppError } from "../lib/errors.ts";
import { sleep } from "../lib/loop.ts";
import { readLines } from "./lines.ts";

/** A part that runs. */
export interface Running<Ready = unknown> {
  pid: number;
  /** What the part said of itself when it became ready. */
  ready: Ready;
  /** Settles with how it ended: `code 1`, `SIGKILL`. */
  exited: Promise<string>;
  /** Asks it to end, and kills it after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

export interface ProgramOptions {
  name: string;
  command: string[];
  cwd: string;
  env: Record<string, string>;
  onLine: (line: string) => void;
  /** Where its lines are kept, for the error when it does not start. */
  logFile: string;
  /** How long it may take until it says that it is ready. */
  readyMs?: number;
  signal: AbortSignal;
}

/**
 * Starts a program of ours in a session of its own and waits for its line `{"ready":true,…}` on stdout. Its other
 * lines, and all of stderr, go to `onLine`. Throws UNAVAILABLE when it ends or stays silent instead.
 */
export async function startProgram<Ready>(options: ProgramOptions): Promise<Running<Ready>> {
  const { name, command, cwd, env, onLine, logFile, readyMs = 60_000, signal } = options;
  signal.throwIfAborted();
  const child = Bun.spawn(tiedToParent(command), {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    // Ctrl-C in the terminal must reach only the supervisor, which ends the parts in order.
    detached: true,
  });
  const ready = Promise.withResolvers<Ready>();
  const read = Promise.all([
    readLines(child.stdout, (line) => {
      const said = readyLine<Ready>(line);
      if (said === undefined) onLine(line);
      else ready.resolve(said);
    }),
    readLines(child.stderr, onLine),
  ]);
  const exited = howItEnds(child);
  const stop = async (graceMs: number) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    if (await settlesWithin(exited, graceMs)) return;
    child.kill("SIGKILL");
    await exited;
  };

  const settled = new AbortController();
  const limit = sleep(readyMs, AbortSignal.any([signal, settled.signal])).then(
    () => `was not ready after ${readyMs / 1000} s`,
  );
  const early = exited.then(async (how) => {
    await settlesWithin(read, 200);
    return `ended with ${how}`;
  });
  try {
    const outcome = await Promise.race([ready.promise.then((value) => ({ value })), early, limit]);
    if (typeof outcome === "object") return { pid: child.pid, ready: outcome.value, exited, stop };
    await stop(1000);
    throw new AppError(
      "UNAVAILABLE",
      `The ${name} does not start: it ${outcome}; what it said stands above and in ${logFile}.`,
    );
  } catch (thrown) {
    await stop(1000);
    throw thrown;
  } finally {
    limit.catch(() => {});
    settled.abort(new Error("settled"));
  }
}

/** `code 1` or `SIGKILL`, once a process has ended. */
export async function howItEnds(child: Bun.Subprocess): Promise<string> {
  const code = await child.exited;
  return String(child.signalCode ?? `code ${code}`);
}

/** Whether a promise settles in time; the timer does not outlive the answer. */
export async function settlesWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  const settled = new AbortController();
  try {
    return await Promise.race([work.then(() => true), sleep(ms, settled.signal).then(() => false)]);
  } finally {
    settled.abort(new Error("settled"));
  }
}

function readyLine<Ready>(line: string): Ready | undefined {
  if (!line.startsWith('{"ready":true')) return undefined;
  try {
    return JSON.parse(line) as Ready;
  } catch {
    return undefined;
  }
}
