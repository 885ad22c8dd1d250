import { createFrameReader, frameOf } from "../actions/frames.ts";
import {
  callsWaiting,
  type FromRunner,
  isMap,
  messageBytes,
  type Outcome,
  readCall,
  type ToAction,
  type WireJob,
} from "../actions/messages.ts";
import type { ActionFailure } from "../actions/runner.ts";
import { makeRunFolder, type RunFolder } from "./folder.ts";
import type { Barriers } from "./launch.ts";
import { megabytes } from "./megabytes.ts";
import { endOf, kill, spawn } from "./process.ts";
import type { Strays } from "./strays.ts";
import { watch } from "./watch.ts";

export interface RunnerDeps {
  /** Where runs have their folders. */
  work: string;
  barriers: Barriers;
  strays: Strays;
  /** The processes of runs that live. */
  runs: Set<number>;
}

export interface Run {
  /** What the agent answers. */
  hear(message: Extract<ToAction, { answer: number }>): void;
  /** Tells the action, by its signal, that it is about to be ended. */
  cancel(why: string): void;
  /** How it ended; when it settles nothing of it is left. */
  done: Promise<Outcome>;
}

/** Of what is printed without a line's end, characters. */
const longestLine = 8_192;
/** What a line of the log counts for beside its text, so that many short ones are few as well. */
const lineBytes = 64;
/** How long the output of a process that has ended is waited for. */
const leftMs = 1_000;
/** Between the end of a process's channel and its own. */
const exitMs = 2_000;
/** How long before its deadline an action is told by `ctx.signal`, if it has so much time. */
const warningMs = 1_000;

/**
 * Runs one job in a process of its own. `send` hands a message to the agent, and the action waits while it does. The
 * signal kills the run. Never rejects.
 */
export function startRun(
  deps: RunnerDeps,
  job: WireJob,
  send: (message: FromRunner) => Promise<void>,
  signal: AbortSignal,
): Run {
  const { location, timeoutMs, limits } = job;
  let folder: RunFolder;
  try {
    const [file = ""] = location.split("::");
    if (!Object.hasOwn(job.files, file))
      throw new Error(`${file}: there is no file ${file} among the driver's files.`);
    folder = makeRunFolder(deps.work, job.files);
  } catch (thrown) {
    return {
      hear: () => {},
      cancel: () => {},
      done: Promise.resolve({ failure: "failed", message: (thrown as Error).message }),
    };
  }
  const child = spawn(deps, job, folder);
  deps.runs.add(child.pid);

  const verdict = Promise.withResolvers<Outcome>();
  const fail = (failure: ActionFailure, message: string) =>
    verdict.resolve({ failure, message: `${location} ${message}` });
  const tell = (message: ToAction) => {
    void (async () => {
      await child.stdin.write(frameOf(message, 2 * messageBytes));
      await child.stdin.flush();
    })().catch(() => {}); // It does not listen any more.
  };

  let printed = 0;
  let loud = false;
  const count = (bytes: number): boolean => {
    printed += bytes;
    if (printed > limits.outputBytes && !loud) {
      loud = true;
      fail("output", `printed and logged more than ${megabytes(limits.outputBytes)}.`);
    }
    return !loud;
  };
  const waiting = new Set<number>();
  const hearChild = async (message: Record<string, unknown>): Promise<void> => {
    if (isMap(message.end)) return verdict.resolve(readEnd(message.end));
    const call = readCall(message.call);
    if (call?.kind === "log") {
      if (count(call.message.length + lineBytes)) await send({ call });
      return;
    }
    const { id } = message;
    if (!call || typeof id !== "number" || waiting.has(id) || waiting.size >= callsWaiting)
      return fail("crashed", "wrote to its channel what is no message of an action.");
    waiting.add(id);
    await send({ call, id });
  };

  const reading = (async () => {
    const messagesIn = createFrameReader(messageBytes);
    try {
      for await (const chunk of child.stdout)
        for (const message of messagesIn(chunk)) await hearChild(message);
    } catch {
      fail("crashed", "wrote to its channel what is no message of an action.");
    }
    // An orderly end has been heard by now; a process that has ended tells more of why.
    if (!(await Promise.race([child.exited.then(() => true), Bun.sleep(exitMs)])))
      fail("crashed", "closed its channel before it returned.");
  })();
  const printing = (async () => {
    let line = "";
    const decoder = new TextDecoder();
    for await (const chunk of child.stderr) {
      if (!count(chunk.length)) continue;
      const lines = (line + decoder.decode(chunk, { stream: true })).split("\n");
      line = lines.pop()!;
      count(lines.length * lineBytes);
      for (const message of lines)
        if (message !== "")
          await send({ call: { kind: "log", level: "info", message: message.slice(0, longestLine) } });
    }
    if (line !== "")
      await send({ call: { kind: "log", level: "info", message: line.slice(0, longestLine) } });
  })().catch(() => {});

  const warning = setTimeout(
    () => tell({ abort: "the action's time is nearly over" }),
    Math.max(0, timeoutMs - Math.min(warningMs, timeoutMs / 10)),
  );
  const deadline = setTimeout(() => fail("timeout", `did not end within ${timeoutMs / 1000} s.`), timeoutMs);
  const look = watch(deps, child.pid, folder, limits, fail);
  const aborted = () => fail("crashed", "was ended because nobody waits for it any more.");
  if (signal.aborted) aborted();
  signal.addEventListener("abort", aborted, { once: true });

  void (async () => {
    await child.exited;
    // What it said at last is still on its way; who else may hold its channel open is killed.
    deps.strays.sweep(child.pid);
    await soon(reading);
    fail(...endOf(child, limits.cpuSeconds, limits.outputBytes));
  })();

  const finish = async (): Promise<Outcome> => {
    const outcome = await verdict.promise;
    clearTimeout(warning);
    clearTimeout(deadline);
    look.stop();
    signal.removeEventListener("abort", aborted);
    kill(child.pid);
    await child.exited;
    deps.runs.delete(child.pid);
    deps.strays.sweep(child.pid);
    await soon(Promise.all([reading, printing]));
    folder.remove();
    return outcome;
  };
  void send({ started: true }).catch(() => {});
  tell({ start: { folder: folder.driver, location, context: job.context, prompts: job.prompts } });
  return {
    hear(message) {
      if (waiting.delete(message.answer)) tell(message);
    },
    cancel: (why) => tell({ abort: why }),
    done: finish(),
  };
}

function readEnd(end: Record<string, unknown>): Outcome {
  if (typeof end.failure !== "string") return { result: end.result ?? null };
  const failure = end.failure === "output" ? "output" : "failed";
  return { failure, message: typeof end.message === "string" ? end.message : "It failed without a word." };
}

/** Where nothing sweeps (no Linux), a process that the action has left behind may hold its output open. */
const soon = (work: Promise<unknown>) => Promise.race([work, Bun.sleep(leftMs)]);
