import type { TestProcess } from "./processes.ts";

/** One of our programs, which may be killed and started again. */
export interface Program {
  /** The process that runs; throws when there is none. */
  readonly process: TestProcess;
  start(): Promise<void>;
  /** kill -9; nothing when it does not run. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** A program that is not started yet; `launch` starts it. */
export function createProgram(launch: () => Promise<TestProcess>): Program {
  let running: TestProcess | undefined;
  return {
    get process() {
      if (!running) throw new Error("it does not run");
      return running;
    },
    async start() {
      running = await launch();
    },
    async kill() {
      const ended = running;
      running = undefined;
      await ended?.kill();
    },
    async stop() {
      const ended = running;
      running = undefined;
      await ended?.stop();
    },
  };
}

/** The last lines that a program printed, for the error of a test that waits in vain. */
export function tail(program: Program): string {
  try {
    return program.process.output().trimEnd().split("\n").slice(-8).join("\n");
  } catch {
    return "(not running)";
  }
}
