import type { Context } from "./context.ts";
import type { ParameterValue } from "./format.ts";

/**
 * What an action of a driver is called with: `export async function migrate(ctx: ActionContext)`. An action may be run
 * again from its top (the agent was restarted, say): then each call that was recorded is answered from the record, in
 * order. So what an action does must depend on `ctx` alone, and whatever else has an effect belongs into a step.
 */
export interface ActionContext {
  /** What templates see; secret parameters are references in it, never values. In an upgrade also its versions. */
  readonly context: Context & { readonly upgrade?: Upgrade };
  /** The answers to the action's prompts, by name. */
  readonly prompts: Readonly<Record<string, ParameterValue>>;
  /** Aborted shortly before the action is ended: by its time limit, or because its task was cancelled. */
  readonly signal: AbortSignal;
  /**
   * Runs a function whose result (JSON) is recorded before the next call begins. In a later run of the action it is not
   * called again: the recorded result is returned. Steps do not lie within each other.
   */
  step<T>(name: string, work: () => Promise<T> | T): Promise<T>;
  /** Adds a line to the task's log. `console.log`, `console.warn` and `console.error` do the same. */
  log(message: string, level?: "info" | "warn" | "error"): void;
  /** Stops components (all of them without an argument) and waits until their pods are gone. */
  stopComponents(...components: string[]): Promise<void>;
  /** Starts what `stopComponents` stopped and waits until it is ready. */
  startComponents(...components: string[]): Promise<void>;
  /** Sets a component's replicas until the task ends, and waits until there are so many. */
  scale(component: string, replicas: number): Promise<void>;
  /** Runs a command in a ready pod of a component. An exit code other than 0 is returned, not thrown. */
  exec(component: string, command: string[], options?: ExecOptions): Promise<ExecResult>;
  /** In `upgrade/core`: brings the application to another version on the way, and waits until it is ready. */
  upgradeTo(version: string): Promise<void>;
}

/** The versions of the application, and of the driver; two are the same where only the other changes. */
export interface Upgrade {
  from: string;
  to: string;
  driver: { from: string; to: string };
}

export interface ExecOptions {
  /** The container of the pod; its first by default. */
  container?: string;
  /** What the command reads on its standard input. */
  stdin?: string;
  /** The command's own limit; that of the action by default. */
  timeoutMs?: number;
  /**
   * That running it twice is the same as running it once. A command that is not stops the action with *outcome unknown*
   * when the agent ended before it heard of the command's end.
   */
  idempotent?: boolean;
}

export interface ExecResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}
