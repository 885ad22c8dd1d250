import { mkdirSync, realpathSync, rmSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { join } from "node:path";
import { processesWith } from "../../processes.ts";
import type { ExecResult, ExecSession } from "../types.ts";
import type { Log } from "../../../lib/log.ts";
import { doorIn } from "./sandbox/relay.ts";
import type { Calls, ContainerSpec, Exit, Report, Request } from "./sandbox/protocol.ts";

export interface ExecOutput {
  stdout(chunk: Uint8Array): void;
  stderr(chunk: Uint8Array): void;
  tty: boolean;
  stdin: boolean;
}

/** Where containers run: real processes in namespaces, or (`simulated.ts`) none at all. */
export interface Sandbox {
  call<C extends keyof Calls>(call: C, ...args: Parameters<Calls[C]>): Promise<Awaited<ReturnType<Calls[C]>>>;
  /** Settles when the container has been started; `exited` when it has ended and all it printed is on disk. */
  start(spec: ContainerSpec): Promise<{ exited: Promise<Exit> }>;
  exec(key: string, argv: string[], output: ExecOutput): ExecSession;
  /** A connection to a pod; rejects when nothing takes it. */
  dial(ip: string, port: number): Promise<Socket>;
  stop(): Promise<void>;
}

export interface SandboxOptions {
  /** The cluster's folder: names the sandbox, so that a stray one of a former run is found and ended. */
  dir: string;
  log: Log;
  unshare?: string;
  /** Called when the sandbox process has ended although nobody asked it to; every container has ended with it. */
  onLost: () => void;
}

const marker = "STYRMIN_SANDBOX_OF";
/** The first process of a PID namespace must reap the orphans in it, which Bun does not: a shell that waits does. */
const firstProcess = '"$@" & wait $!; exit $?';
const startLimitMs = 15_000;

/** Starts the sandbox process. Throws with the reason where this machine does not allow namespaces. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { dir, log, unshare = "unshare", onLost } = options;
  if (process.platform !== "linux") throw new Error(`${process.platform} has no Linux namespaces`);
  const mark = realpathSync(dir);
  // A sandbox dies with its cluster process. One that was left all the same would hold the volumes.
  for (const { pid } of processesWith(`${marker}=${mark}`)) process.kill(pid, "SIGKILL");
  const run = join(mark, "sandbox");
  rmSync(run, { recursive: true, force: true });
  mkdirSync(run, { mode: 0o700 });
  const door = doorIn(run);

  const answers = new Map<number, (report: Report & { event: "answer" }) => void>();
  const exits = new Map<string, (exit: Exit) => void>();
  const sessions = new Map<number, { output: ExecOutput; done: (exit: Exit, failure?: string) => void }>();
  const opened = Promise.withResolvers<void>();
  let lastId = 0;
  let isOpen = false;
  let stopping = false;

  const hear = (report: Report) => {
    if (report.event === "ready") opened.resolve();
    else if (report.event === "failed") opened.reject(new Error(report.reason));
    else if (report.event === "answer") answers.get(report.id)?.(report);
    else if (report.event === "exit") exits.get(report.key)?.(report.exit);
    else if (report.event === "output") sessions.get(report.session)?.output[report.stream](report.chunk);
    else sessions.get(report.session)?.done(report.exit, report.failure);
  };

  const child = Bun.spawn(
    [
      ...[
        "setpriv",
        "--pdeathsig",
        "KILL",
        unshare,
        "--user",
        "--map-root-user",
        "--mount",
        "--net",
        "--pid",
      ],
      ...["--fork", "--kill-child", "--mount-proc", "--", "sh", "-c", firstProcess, "sandbox"],
      ...[process.execPath, "--smol", "--no-install", join(import.meta.dir, "sandbox/main.ts"), run],
    ],
    {
      cwd: "/",
      env: {
        PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
        ...runMarks(),
        [marker]: mark,
        BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0",
        BUN_CONFIG_MAX_HTTP_REQUESTS: "2000",
      },
      // A Ctrl-C at the terminal is for the cluster, which ends its pods in order.
      detached: true,
      stdio: ["ignore", "inherit", "pipe"],
      serialization: "advanced",
      ipc: hear,
    },
  );
  const said = { last: "" };
  const heard = (async () => {
    for await (const chunk of child.stderr) {
      said.last = new TextDecoder().decode(chunk).trim();
      // Before it runs this only tells why it cannot, which the caller says in words of its own.
      if (isOpen) log.warn("sandbox", { said: said.last });
      else log.info("sandbox", { said: said.last });
    }
  })();
  void child.exited.then(async (code) => {
    await heard;
    const reason = new Error(`the sandbox ended with ${code}: ${said.last}`);
    opened.reject(reason);
    for (const [id, settle] of answers) settle({ event: "answer", id, error: reason.message });
    for (const settle of [...exits.values()]) settle({ exitCode: 137, signal: 9 });
    for (const { done } of [...sessions.values()]) done({ exitCode: 137, signal: 9 });
    if (isOpen && !stopping) onLost();
  });

  const stop = async () => {
    stopping = true;
    child.kill(9);
    await child.exited;
    await heard;
    rmSync(run, { recursive: true, force: true });
  };

  const call: Sandbox["call"] = (name, ...args) => {
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      answers.set(id, ({ value, error }) => {
        answers.delete(id);
        if (error === undefined) resolve(value as never);
        else reject(new Error(error));
      });
      try {
        child.send({ id, call: name, args } as Request);
      } catch (thrown) {
        answers.delete(id);
        reject(thrown);
      }
    });
  };
  const tell: Sandbox["call"] = (name, ...args) => {
    const answer = call(name, ...args);
    answer.catch(() => {});
    return answer;
  };

  const late = setTimeout(() => opened.reject(new Error("the sandbox did not start in time")), startLimitMs);
  await opened.promise
    .catch(async (thrown) => {
      await stop();
      throw thrown;
    })
    .finally(() => clearTimeout(late));
  isOpen = true;

  return {
    call,
    stop,
    async start(spec) {
      const exited = Promise.withResolvers<Exit>();
      exits.set(spec.key, (exit) => {
        exits.delete(spec.key);
        exited.resolve(exit);
      });
      try {
        await call("start", spec);
      } catch (thrown) {
        exits.delete(spec.key);
        throw thrown;
      }
      return { exited: exited.promise };
    },
    exec(key, argv, output) {
      const session = ++lastId;
      const done = Promise.withResolvers<ExecResult>();
      sessions.set(session, {
        output,
        done({ exitCode }, failure) {
          sessions.delete(session);
          const told = `error executing command in container: unable to start container process: ${failure}`;
          done.resolve(failure === undefined ? { exitCode } : { failure: told });
        },
      });
      call("exec", session, key, argv, { tty: output.tty, stdin: output.stdin }).catch((thrown: Error) => {
        sessions.delete(session);
        done.resolve({ failure: thrown.message });
      });
      return {
        write: (chunk) => void tell("execInput", session, chunk),
        closeStdin: () => void tell("execInput", session, null),
        resize: (width, height) => void tell("execResize", session, width, height),
        kill: () => void tell("execKill", session),
        done: done.promise,
      };
    },
    dial: (ip, port) => dial(door, ip, port),
  };
}

/** What the supervisor finds the processes of a run by. */
function runMarks(): Record<string, string> {
  const marks = ["STYRMIN_RUN_ID", "STYRMIN_PART_ID"].map((name) => [name, process.env[name] ?? ""]);
  return Object.fromEntries(marks.filter(([, value]) => value !== ""));
}

/** See `listenForDials` in `sandbox/relay.ts` for the other side of the door. */
function dial(path: string, ip: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path, allowHalfOpen: true });
    const refused = (error: Error) => reject(error);
    socket.once("error", refused);
    socket.once("connect", () => socket.write(`${ip} ${port}\n`));
    socket.once("data", (first: Buffer) => {
      socket.pause();
      socket.off("error", refused);
      if (first[0] === 0x2b) {
        if (first.length > 1) socket.unshift(first.subarray(1));
        resolve(socket);
      } else {
        socket.destroy();
        reject(new Error(`nothing listens on ${ip}:${port}`));
      }
    });
  });
}
