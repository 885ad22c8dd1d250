import { join, resolve } from "node:path";
import { tiedToParent } from "../../lib/child.ts";

const root = resolve(import.meta.dir, "../..");

/** A program of `tests/bench/programs` in a process of its own, which is asked over Bun's IPC. */
export interface Child {
  pid: number;
  /** Has one of its functions called; rejects with what that throws, or when the process has ended. */
  ask<Answer = unknown>(name: string, ...args: unknown[]): Promise<Answer>;
  stop(): Promise<void>;
}

interface Question {
  id: number;
  name: string;
  args: unknown[];
}

interface Answer {
  id: number;
  value?: unknown;
  error?: string;
}

/** Starts a program; what it writes goes to stderr. It dies with this process. */
export function startChild(program: string, env: Record<string, string> = {}): Child {
  const open = new Map<number, PromiseWithResolvers<unknown>>();
  let last = 0;
  const file = join(root, "tests/bench/programs", program);
  const child = Bun.spawn(tiedToParent([process.execPath, "--no-install", ...flags(), file]), {
    cwd: root,
    env: { ...process.env, BUN_CONFIG_MAX_HTTP_REQUESTS: "2000", ...env },
    stdio: ["ignore", 2, 2],
    // In a session of its own, as the product's parts are: Linux shares a busy machine out by sessions.
    detached: true,
    serialization: "json",
    ipc({ id, value, error }: Answer) {
      const question = open.get(id);
      open.delete(id);
      if (error === undefined) question?.resolve(value);
      else question?.reject(new Error(`${program}: ${error}`));
    },
  });
  void child.exited.then((code) => {
    for (const question of open.values()) question.reject(new Error(`${program} ended with ${code}`));
    open.clear();
  });
  return {
    pid: child.pid,
    ask<T>(name: string, ...args: unknown[]) {
      const question = Promise.withResolvers<unknown>();
      open.set(++last, question);
      child.send({ id: last, name, args } satisfies Question);
      return question.promise as Promise<T>;
    },
    async stop() {
      child.kill("SIGTERM");
      await Promise.race([child.exited, Bun.sleep(5_000).then(() => child.kill("SIGKILL"))]);
      await child.exited;
    },
  };
}

/** With STYRMIN_BENCH_PROFILE=FOLDER each program leaves a CPU profile there when it ends. */
function flags(): string[] {
  const folder = process.env.STYRMIN_BENCH_PROFILE;
  return folder ? ["--cpu-prof", `--cpu-prof-dir=${folder}`] : [];
}

/** In the program: answers what it is asked, and ends in order when it is told to. */
export function serve(
  functions: Record<string, (...args: never[]) => unknown>,
  end: () => Promise<void> | void = () => {},
): void {
  process.on("message", async ({ id, name, args }: Question) => {
    try {
      const value = await functions[name]!(...(args as never[]));
      process.send!({ id, value } satisfies Answer);
    } catch (thrown) {
      process.send!({
        id,
        error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
      });
    }
  });
  process.on("SIGTERM", async () => {
    await end();
    process.exit();
  });
}
