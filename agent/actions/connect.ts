import { createConnection, type Socket } from "node:net";
import { messageOf } from "../../lib/errors.ts";
import { createFrameReader, frameOf } from "./frames.ts";
import {
  callsWaiting,
  defaultLimits,
  isMap,
  jobBytes,
  longestError,
  messageBytes,
  readCall,
  type ToRunner,
} from "./messages.ts";
import { type ActionFailure, ActionError, type ActionJob, type Answer } from "./runner.ts";

/** How long an action has to end by itself when nobody waits for it any more. */
const cancelMs = 2_000;

export interface RunnerLimits {
  /**
   * The runner ends a run at its deadline; it is believed to be gone when it is silent for so much longer,
   * milliseconds.
   */
  graceMs?: number;
  /** A runner says every few seconds that it is alive, also while a job waits; after so long it is gone, milliseconds. */
  silentMs?: number;
}

/**
 * Runs a job by the runner that listens at a unix socket. The runner is not trusted: its messages are bounded, and what
 * is no call ends the connection. Throws as `ActionRunner.run`.
 */
export async function runOver(
  path: string,
  job: ActionJob,
  answer: Answer,
  signal: AbortSignal,
  { graceMs = 10_000, silentMs = 30_000 }: RunnerLimits = {},
): Promise<{ result: unknown }> {
  signal.throwIfAborted();
  const first = jobFrame(job);
  const own = new AbortController();
  const socket = createConnection({ path });
  const ended = Promise.withResolvers<{ result: unknown }>();
  ended.promise.catch(() => {});
  /** It says so only after its first seconds: one that breaks at once has not been there. */
  let hadRunner = false;
  const fail = (failure: ActionFailure, message: string) =>
    ended.reject(new ActionError(failure, message, { hadRunner }));
  // The action is told, may log what it leaves behind, and does nothing else any more.
  const aborted = () => {
    send(socket, { cancel: messageOf(signal.reason) });
    own.abort(signal.reason);
    last = setTimeout(() => ended.reject(signal.reason), cancelMs);
  };
  let last: ReturnType<typeof setTimeout> | undefined;
  let deadline: ReturnType<typeof setTimeout> | undefined;
  let turn = Promise.resolve();
  let waiting = 0;
  let hasEnded = false;

  const hear = (message: Record<string, unknown>) => {
    if (message.alive === true) return void (hadRunner = true);
    if (message.started === true) {
      deadline ??= setTimeout(overdue, job.timeoutMs + graceMs);
    } else if (isMap(message.end)) hearEnd(message.end);
    else {
      const call = readCall(message.call);
      const { id } = message;
      const numbered = typeof id === "number" || (id === undefined && call?.kind === "log");
      if (!call || !numbered) return fail("crashed", nonsense(job.location));
      // Whoever asks faster than it is answered waits.
      if (++waiting >= callsWaiting) socket.pause();
      turn = turn.then(async () => {
        const given = await answered(async () => {
          if (own.signal.aborted && call.kind !== "log") throw own.signal.reason;
          return answer(call, own.signal);
        });
        if (--waiting < callsWaiting) socket.resume();
        if (typeof id === "number") send(socket, { answer: id, ...given });
      });
    }
  };
  const silent = () => {
    const text = `${job.location} did not end within ${seconds(job.timeoutMs)}, and its runner is silent.`;
    if (!hasEnded) fail("timeout", text);
  };
  const overdue = () => {
    own.abort(new Error("the action's time is over"));
    // A call in hand may have kept the agent from hearing how the run ended.
    if (socket.isPaused()) deadline = setTimeout(silent, graceMs);
    else silent();
  };
  // How the run ended is told once the calls in hand have ended, which have no more time than the action.
  const hearEnd = (end: Record<string, unknown>) => {
    hasEnded = true;
    if (signal.aborted) return void turn.then(() => ended.reject(signal.reason));
    if (typeof end.failure !== "string")
      return void turn.then(() => ended.resolve({ result: end.result ?? null }));
    const { failure, message } = end;
    const known = failures.find((one) => one === failure) ?? "crashed";
    const said = typeof message === "string" ? message.slice(0, longestError) : `${job.location} failed.`;
    if (known === "timeout") own.abort(new Error(said));
    turn.then(() => fail(known, said));
  };

  const messagesIn = createFrameReader(messageBytes + 4096);
  let heardAt = performance.now();
  const pulse = setInterval(() => {
    if (socket.isPaused() || hasEnded) heardAt = performance.now();
    else if (performance.now() - heardAt > silentMs)
      fail("unavailable", `The runner of actions has been silent for ${seconds(silentMs)}.`);
  }, silentMs / 4);
  socket.on("data", (chunk) => {
    heardAt = performance.now();
    try {
      for (const message of messagesIn(chunk as Buffer)) hear(message);
    } catch {
      fail("crashed", nonsense(job.location));
    }
  });
  socket.once("connect", () => socket.write(first));
  socket.once("error", (error) =>
    fail("unavailable", `The runner of actions cannot be reached: ${error.message}.`),
  );
  socket.once("close", () => {
    if (signal.aborted) ended.reject(signal.reason);
    void turn.then(() => fail("unavailable", `The runner of actions went away while ${job.location} ran.`));
  });
  signal.addEventListener("abort", aborted, { once: true });
  try {
    return await ended.promise;
  } finally {
    signal.removeEventListener("abort", aborted);
    for (const timer of [deadline, last, pulse]) clearTimeout(timer);
    own.abort(new Error("the action has ended"));
    socket.destroy();
  }
}

const failures: ActionFailure[] = ["failed", "timeout", "memory", "output", "crashed", "unavailable"];

function send(socket: Socket, message: ToRunner): void {
  if (!socket.destroyed) socket.write(frameOf(message, 2 * messageBytes));
}

/** An answer that is too long is an error of its call, not of the run. */
async function answered(work: () => Promise<unknown>): Promise<{ value: unknown } | { error: string }> {
  try {
    const value = (await work()) ?? null;
    frameOf(value, messageBytes);
    return { value };
  } catch (thrown) {
    return { error: messageOf(thrown).slice(0, longestError) };
  }
}

function jobFrame(job: ActionJob): Buffer {
  try {
    return frameOf({ job: wireJob(job) }, jobBytes);
  } catch (thrown) {
    throw new ActionError(
      "failed",
      `${job.location} cannot be run: the driver is too large. ${messageOf(thrown)}`,
    );
  }
}

function wireJob({ files, location, context, prompts, timeoutMs, limits }: ActionJob) {
  const encoded = Object.entries(files).map(([path, bytes]) => [path, Buffer.from(bytes).toString("base64")]);
  return {
    files: Object.fromEntries(encoded) as Record<string, string>,
    ...{ location, context, prompts, timeoutMs },
    limits: { ...defaultLimits, ...limits },
  };
}

const nonsense = (location: string) => `${location} sent what is no message of an action.`;
const seconds = (ms: number) => `${ms / 1000} s`;
