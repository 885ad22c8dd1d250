import { join, resolve } from "node:path";
import { tiedToParent } from "../../lib/child.ts";

const root = resolve(import.meta.dir, "../..");

/** A program of ours as a process of its own, which dies with the test. */
export interface TestProcess {
  readonly pid: number;
  /** What it said when it became ready. */
  readonly ready: Promise<Record<string, unknown>>;
  readonly exited: Promise<number>;
  /** All that it printed so far. */
  output(): string;
  /** kill -9, and waits for the end. */
  kill(): Promise<void>;
  /** SIGTERM, and waits for the end; answers the exit code. */
  stop(): Promise<number>;
  /** SIGSTOP: it stands still, and holds its connections open. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
}

/** `program` is a TypeScript file of ours, or a whole command. */
export function startProcess(program: string | string[], env: Record<string, string>): TestProcess {
  const command =
    typeof program === "string" ? [process.execPath, "--no-install", join(root, program)] : program;
  const child = Bun.spawn(tiedToParent(command), {
    cwd: root,
    env: {
      PATH: process.env.PATH ?? "",
      TMPDIR: process.env.TMPDIR ?? "/tmp",
      HOME: process.env.HOME ?? "/nonexistent",
      BUN_CONFIG_MAX_HTTP_REQUESTS: "2000",
      ...runMark(),
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed = { text: "" };
  const ready = Promise.withResolvers<Record<string, unknown>>();
  ready.promise.catch(() => {});
  const read = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      printed.text += decoder.decode(chunk, { stream: true });
      const line = printed.text.split("\n").find((one) => one.startsWith('{"ready":true'));
      if (line?.endsWith("}")) ready.resolve(JSON.parse(line));
    }
  };
  const done = Promise.all([read(child.stdout), read(child.stderr)]);
  void Promise.all([child.exited, done]).then(([code]) =>
    ready.reject(new Error(`${program} ended with ${code}:\n${printed.text}`)),
  );
  return {
    pid: child.pid,
    ready: ready.promise,
    exited: child.exited,
    output: () => printed.text,
    async kill() {
      child.kill("SIGKILL");
      await child.exited;
    },
    stop() {
      child.kill("SIGCONT");
      child.kill("SIGTERM");
      return child.exited;
    },
    pause: () => child.kill("SIGSTOP"),
    resume: () => child.kill("SIGCONT"),
  };
}

/** The mark by which `npm test` finds processes that a test left behind. */
function runMark(): Record<string, string> {
  const mark = process.env.STYRMIN_TEST_RUN;
  return mark === undefined ? {} : { STYRMIN_TEST_RUN: mark };
}
