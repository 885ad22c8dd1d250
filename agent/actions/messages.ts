import type { ActionCall, ActionFailure, ActionJob, ActionLimits } from "./runner.ts";

/**
 * What agent, runner and the action's process say to each other. A connection to the runner is one run: it begins with
 * `job`, ends with `end`, and closing it earlier ends the run. The runner hands calls and answers through.
 */
export type ToRunner =
  | { job: WireJob }
  | { answer: number; value?: unknown }
  | { answer: number; error: string }
  /** The action is told by its signal; the connection is closed a moment later. */
  | { cancel: string }
  /** Answered with `pong`, on a connection of its own. */
  | { ping: true };

export type FromRunner =
  /** The action's process is started; its time runs. */
  | { started: true }
  /** Every few seconds, also while a job waits for its turn. */
  | { alive: true }
  | { call: ActionCall; id?: number }
  | { end: Outcome };

export type Outcome =
  | { result: unknown }
  /** `failed` comes from the action's process, all else from the runner. */
  | { failure: ActionFailure; message: string };

export type ToAction =
  | { start: { folder: string; location: string } & Pick<ActionJob, "context" | "prompts"> }
  | { answer: number; value?: unknown }
  | { answer: number; error: string }
  | { abort: string };

/** A job with its files as base64. */
export interface WireJob extends Omit<ActionJob, "files" | "limits"> {
  files: Record<string, string>;
  limits: ActionLimits;
}

export const defaultLimits: ActionLimits = {
  memoryBytes: 256 * 1024 * 1024,
  cpuSeconds: 300,
  outputBytes: 1024 * 1024,
  processes: 64,
};

/** One call, answer or result, bytes of JSON. */
export const messageBytes = 1024 * 1024;
/** A job with all files of its driver. */
export const jobBytes = 32 * 1024 * 1024;
/** Calls of one run that wait for their answers. */
export const callsWaiting = 16;

const words = [
  "stepBegin",
  "stepEnd",
  "log",
  "stopComponents",
  "startComponents",
  "scale",
  "exec",
  "upgradeTo",
];
const levels = ["info", "warn", "error"] as const;
const longestKey = 500;
/** What is said of a failure, characters. */
export const longestError = 4_000;
const longestName = 253;

/**
 * A call as an action's process sent it, with nothing in it but what the call knows. Undefined when it is none: an
 * action can write to its channel whatever it likes.
 */
export function readCall(value: unknown): ActionCall | undefined {
  if (!isMap(value) || !words.includes(value.kind as string)) return undefined;
  const { kind, key } = value;
  if (kind === "log") {
    const level = levels.find((one) => one === value.level);
    if (!level || typeof value.message !== "string") return undefined;
    return { kind, level, message: value.message };
  }
  if (!isText(key, longestKey)) return undefined;
  switch (kind) {
    case "stepBegin":
      return isText(value.name) ? { kind, key, name: value.name } : undefined;
    case "stepEnd": {
      const { result, error } = value;
      if (error === undefined) return { kind, key, result: result ?? null };
      return typeof error === "string" ? { kind, key, error: error.slice(0, longestError) } : undefined;
    }
    case "stopComponents":
    case "startComponents": {
      const { components } = value;
      return isTexts(components, longestName) ? { kind, key, components } : undefined;
    }
    case "scale": {
      const { component, replicas } = value;
      const isCount =
        Number.isInteger(replicas) && (replicas as number) >= 0 && (replicas as number) <= 10_000;
      return isText(component) && isCount
        ? { kind, key, component, replicas: replicas as number }
        : undefined;
    }
    case "exec": {
      const { component, command, options } = value;
      if (!isText(component) || !isTexts(command, messageBytes) || command.length === 0) return undefined;
      const given = readExecOptions(options);
      return (
        given && {
          kind,
          key,
          component,
          command,
          ...(Object.keys(given).length > 0 ? { options: given } : {}),
        }
      );
    }
    default:
      return isText(value.version) ? { kind: "upgradeTo", key, version: value.version } : undefined;
  }
}

function readExecOptions(options: unknown) {
  if (options === undefined) return {};
  if (!isMap(options)) return undefined;
  const { container, stdin, timeoutMs, idempotent } = options;
  if (container !== undefined && !isText(container)) return undefined;
  if (stdin !== undefined && typeof stdin !== "string") return undefined;
  if (timeoutMs !== undefined && !(Number.isFinite(timeoutMs) && (timeoutMs as number) > 0)) return undefined;
  if (idempotent !== undefined && typeof idempotent !== "boolean") return undefined;
  return {
    ...(container === undefined ? {} : { container }),
    ...(stdin === undefined ? {} : { stdin }),
    ...(timeoutMs === undefined ? {} : { timeoutMs: timeoutMs as number }),
    ...(idempotent === undefined ? {} : { idempotent }),
  };
}

export const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown, longest = longestName): value is string =>
  typeof value === "string" && value !== "" && value.length <= longest;
const isTexts = (value: unknown, longest: number): value is string[] =>
  Array.isArray(value) &&
  value.length <= 1000 &&
  value.every((one) => typeof one === "string" && one.length <= longest);
