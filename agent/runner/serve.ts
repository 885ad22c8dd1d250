import { chmodSync, rmSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { createFrameReader, frameOf } from "../actions/frames.ts";
import {
  type FromRunner,
  isMap,
  jobBytes,
  messageBytes,
  type Outcome,
  type WireJob,
} from "../actions/messages.ts";
import { type Run, type RunnerDeps, startRun } from "./run.ts";

/** Jobs that wait for their turn; more are refused. */
const mostWaiting = 64;

const defaultAliveMs = 5_000;

/**
 * Listens at a unix socket: each connection is one run. `atOnce` runs go side by side, the others wait. Every `aliveMs`
 * each connection hears that the runner lives.
 */
export function serveRuns(
  deps: RunnerDeps,
  path: string,
  atOnce: number,
  aliveMs = defaultAliveMs,
): Promise<Server> {
  let running = 0;
  const queue: (() => void)[] = [];
  const turn = async () => {
    if (running < atOnce) running++;
    else await new Promise<void>((resolve) => queue.push(resolve));
  };
  const leave = () => {
    const next = queue.shift();
    if (next) next();
    else running--;
  };

  const take = async (
    socket: Socket,
    job: WireJob,
    gone: AbortSignal,
    begun: (run: Run) => void,
  ): Promise<void> => {
    if (queue.length >= mostWaiting)
      return end(socket, { failure: "unavailable", message: "Too many actions wait for the runner." });
    await turn();
    try {
      if (gone.aborted) return;
      const run = startRun(deps, job, (message) => write(socket, message), gone);
      begun(run);
      end(socket, await run.done);
    } finally {
      leave();
    }
  };

  const server = createServer((socket) => {
    const gone = new AbortController();
    let run: Run | undefined;
    let taken = false;
    socket.on("error", () => {});
    // Also while a job waits for its turn: a runner that is silent is taken for gone.
    const pulse = setInterval(() => {
      if (!socket.writableNeedDrain) void write(socket, { alive: true });
    }, aliveMs);
    socket.once("close", () => {
      clearInterval(pulse);
      gone.abort(new Error("the agent has gone"));
    });
    const messagesIn = createFrameReader(jobBytes);
    socket.on("data", (chunk) => {
      try {
        for (const message of messagesIn(chunk as Buffer)) {
          if (message.ping === true) socket.end(frameOf({ pong: true }, 100));
          else if (typeof message.answer === "number") run?.hear(message as never);
          else if (typeof message.cancel === "string" && run) run.cancel(message.cancel);
          else if (isMap(message.job) && !taken) {
            taken = true;
            take(socket, message.job as unknown as WireJob, gone.signal, (begun) => (run = begun)).catch(() =>
              socket.destroy(),
            );
          } else socket.destroy();
        }
      } catch {
        socket.destroy();
      }
    });
  });
  rmSync(path, { force: true });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      // The agent's group, and nobody else.
      chmodSync(path, 0o660);
      resolve(server);
    });
  });
}

/**
 * Settles when there is room for more, or the agent has gone. Nothing is said after the end, which a slow agent may still
 * have to read: a write would break the connection, and the end be lost.
 */
function write(socket: Socket, message: FromRunner): Promise<void> {
  if (socket.destroyed || socket.writableEnded || socket.write(frameOf(message, messageBytes + 1024)))
    return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      socket.off("drain", done);
      socket.off("close", done);
      resolve();
    };
    socket.once("drain", done);
    socket.once("close", done);
  });
}

function end(socket: Socket, outcome: Outcome): void {
  if (socket.destroyed) return;
  try {
    socket.end(frameOf({ end: outcome }, messageBytes + 1024));
  } catch {
    // As it was written it was short enough: numbers and broken characters grow when they are read.
    socket.end(
      frameOf({ end: { failure: "output", message: "What the action returns is too much." } }, 1024),
    );
  }
}

/** Whether a runner answers at a socket. */
export function pingRunner(path: string, limitMs: number): Promise<boolean> {
  const socket = createConnection({ path });
  socket.once("connect", () => socket.write(frameOf({ ping: true }, 100)));
  const answered = new Promise<boolean>((resolve) => {
    socket.once("data", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("close", () => resolve(false));
    socket.setTimeout(limitMs, () => resolve(false));
  });
  return answered.finally(() => socket.destroy());
}
