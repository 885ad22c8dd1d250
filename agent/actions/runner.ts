import type {
  Context,
  DriverFiles,
  ExecOptions,
  ExecResult,
  ParameterValue,
} from "../../drivers/kit/index.ts";

/** One run of one action. Everything here is plain data: it crosses a socket. */
export interface ActionJob {
  /** The driver's files by path, the action's among them. */
  files: DriverFiles;
  /** File and function: `actions.ts::migrate`. */
  location: string;
  /** What `ctx.context` shows; without secrets. */
  context: Context;
  /** Answers to the action's prompts, by name. */
  prompts: Record<string, ParameterValue>;
  /** The run is killed when it is over; it begins when the action's process is started. */
  timeoutMs: number;
  limits?: Partial<ActionLimits>;
}

/** What one run may take; more of it ends the run. */
export interface ActionLimits {
  /** Resident memory, bytes. */
  memoryBytes: number;
  /** Time on a processor, seconds. */
  cpuSeconds: number;
  /** What it prints and logs, and what it writes to its folder, bytes. */
  outputBytes: number;
  /** Processes and threads at the same time. */
  processes: number;
}

/**
 * What a running action asks of the agent. `key` is the same for the same call in every run of the action: its place
 * among the calls, its kind and what it is about (`3 exec web`).
 */
export type ActionCall =
  /** Answered by a `StepAnswer`. */
  | { kind: "stepBegin"; key: string; name: string }
  | { kind: "stepEnd"; key: string; result?: unknown; error?: string }
  /** Not recorded; bounded by `outputBytes`. */
  | { kind: "log"; level: "info" | "warn" | "error"; message: string }
  | { kind: "stopComponents" | "startComponents"; key: string; components: string[] }
  | { kind: "scale"; key: string; component: string; replicas: number }
  /** Answered by an `ExecResult`, whose texts the agent bounds. */
  | { kind: "exec"; key: string; component: string; command: string[]; options?: ExecOptions }
  | { kind: "upgradeTo"; key: string; version: string };

/** What `stepBegin` is answered: a recorded step is not run again. */
export type StepAnswer = { recorded: true; result: unknown } | { recorded: false };

export type { ExecOptions, ExecResult };

export type Answer = (call: ActionCall, signal: AbortSignal) => Promise<unknown>;

export interface ActionRunner {
  /**
   * Runs an action to its end. `answer` is called once for each call, one after the other; what it throws, the action
   * sees thrown by its call. The signal ends the run. Throws ActionError, or the signal's reason.
   */
  run(job: ActionJob, answer: Answer, signal: AbortSignal): Promise<{ result: unknown }>;
  /** Ends what it runs by. */
  close(): Promise<void>;
}

/**
 * Why a run did not succeed: it threw (`failed`), it outlived its time (`timeout`), took more memory or output than it
 * may (`memory`, `output`), its process ended or spoke nonsense (`crashed`), or the runner was not there or went away
 * in the middle (`unavailable`: the only one worth another try).
 */
export type ActionFailure = "failed" | "timeout" | "memory" | "output" | "crashed" | "unavailable";

/** How a run ended badly. The message is for the driver's author and names file and line where they are known. */
export class ActionError extends Error {
  override readonly name = "ActionError";
  readonly failure: ActionFailure;
  /** Of a runner that is `unavailable` now: whether it had been there for this run, for some seconds at least. */
  readonly hadRunner: boolean;

  constructor(
    failure: ActionFailure,
    message: string,
    { cause, hadRunner = false }: { cause?: unknown; hadRunner?: boolean } = {},
  ) {
    super(message, { cause });
    this.failure = failure;
    this.hadRunner = hadRunner;
  }
}
