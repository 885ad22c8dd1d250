import { closeSync, readFileSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { createLogWriter } from "../log-writer.ts";
import { type Confinement, envScript } from "./confine.ts";
import type { Libc } from "./libc.ts";
import { overLimit } from "./memory.ts";
import type { PodNetworks } from "./network.ts";
import type { ContainerSpec, Exit, Report } from "./protocol.ts";

export interface Containers {
  start(spec: ContainerSpec): Promise<void>;
  signal(key: string, signal: number): void;
  exec(session: number, key: string, argv: string[], options: { tty: boolean; stdin: boolean }): void;
  execInput(session: number, chunk: Uint8Array | null): void;
  execResize(session: number, width: number, height: number): void;
  execKill(session: number): void;
}

interface Running {
  spec: ContainerSpec;
  child: Bun.Subprocess;
  /** The file in memory that holds the variables, for `exec`. */
  variables: number;
  outOfMemory?: boolean;
}

/** How often the memory of containers with a limit is looked at. */
const memoryMs = 250;

type Output = (stream: "stdout" | "stderr", chunk: Uint8Array) => void;

/** The processes of containers: started, signalled, entered, and reported when they end. */
export function createContainers(
  libc: Libc,
  networks: PodNetworks,
  confinement: Confinement,
  report: (report: Report) => void,
): Containers {
  const running = new Map<string, Running>();
  const sessions = new Map<number, Bun.Subprocess>();
  const environment = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };

  /** Starts a command inside a pod's network; what it prints goes to `output` until it has closed both streams. */
  const spawn = (
    pod: string,
    command: string[],
    stdin: "pipe" | "ignore",
    extra: number[],
    output: Output,
  ) => {
    const [out, err] = [libc.pipe(), libc.pipe()];
    try {
      const child = networks.within(pod, () =>
        Bun.spawn(command, { cwd: "/", env: environment, stdio: [stdin, out[1], err[1], ...extra] }),
      );
      const copied = [
        copy(out[0], (chunk) => output("stdout", chunk)),
        copy(err[0], (chunk) => output("stderr", chunk)),
      ];
      return { child, copied: Promise.all(copied) };
    } finally {
      closeSync(out[1]);
      closeSync(err[1]);
    }
  };

  /** `setsid` in its command: the shell inside must not look for the terminal's session, which is outside. */
  const spawnOnTerminal = (pod: string, command: string[], extra: number[], output: Output) => {
    const terminal = { cols: 80, rows: 24, data: (_: unknown, chunk: Uint8Array) => output("stdout", chunk) };
    const env = { ...environment, TERM: "xterm" };
    const child = networks.within(pod, () =>
      Bun.spawn(command, { cwd: "/", env, stdio: ["ignore", "ignore", "ignore", ...extra], terminal }),
    );
    return { child: child as Bun.Subprocess, copied: Promise.resolve() };
  };

  let watching = false;
  /** Ends what uses more memory than its limit says, as long as there is anything with a limit. */
  const watchMemory = () => {
    const limited = [...running.values()].filter(({ spec }) => spec.memoryLimit !== undefined);
    if (watching || limited.length === 0) return;
    watching = true;
    setTimeout(() => {
      watching = false;
      const all = [...running.values()].flatMap((entry) => {
        const { memoryLimit } = entry.spec;
        const process = memoryLimit === undefined ? undefined : processOf(entry.child);
        return process === undefined ? [] : [{ entry, process, memoryLimit: memoryLimit! }];
      });
      for (const { entry } of overLimit(all)) {
        entry.outOfMemory = true;
        send(entry.child, 9);
      }
      watchMemory();
    }, memoryMs);
  };

  return {
    async start(spec) {
      if (running.has(spec.key)) throw new Error(`container ${spec.key} is running already`);
      const variables = libc.memoryFile();
      writeSync(variables, envScript(spec.env));
      const log = createLogWriter(spec.logFile);
      const ready = libc.pipe();
      const { child, copied } = spawn(
        spec.pod,
        confinement.container(spec),
        "ignore",
        [variables, ready[1]],
        log.write,
      );
      const entry: Running = { spec, child, variables };
      running.set(spec.key, entry);
      watchMemory();
      const over = child.exited.then(async (code) => {
        await copied;
        log.close();
        closeSync(variables);
        running.delete(spec.key);
        const exit = exitOf(code, child.signalCode);
        report({
          event: "exit",
          key: spec.key,
          exit: { ...exit, ...(entry.outOfMemory ? { outOfMemory: true } : {}) },
        });
      });
      closeSync(ready[1]);
      const said = await firstWords(ready[0]);
      if (said === "\n") return;
      await over;
      throw new Error(said || `its world could not be built, see ${spec.logFile}`);
    },
    signal(key, signal) {
      const found = running.get(key);
      if (found) send(found.child, signal);
    },
    exec(session, key, argv, { tty, stdin }) {
      const found = running.get(key);
      if (!found) throw new Error(`container ${key} is not running`);
      const process = firstProcess(found.child);
      const output: Output = (stream, chunk) => report({ event: "output", session, stream, chunk });
      const { spec, variables } = found;
      const ready = libc.pipe();
      const extra = [variables, ready[1]];
      const words = tty ? ["setsid", "--wait", ...argv] : argv;
      const command = confinement.exec(spec, process, words);
      const { child, copied } = tty
        ? spawnOnTerminal(spec.pod, command, extra, output)
        : spawn(spec.pod, command, stdin ? "pipe" : "ignore", extra, output);
      closeSync(ready[1]);
      const said = firstWords(ready[0]);
      sessions.set(session, child);
      void child.exited.then(async (code) => {
        await copied;
        const failure = (await said).trim();
        sessions.delete(session);
        child.terminal?.close();
        const exit = exitOf(code, child.signalCode);
        report({ event: "done", session, exit, ...(failure === "" ? {} : { failure }) });
      });
    },
    execInput(session, chunk) {
      const found = sessions.get(session);
      if (!found) return;
      const input = found.stdin as Bun.FileSink | undefined;
      if (found.terminal) found.terminal.write(chunk ?? "\x04");
      else if (chunk === null) void input?.end();
      else {
        input?.write(chunk);
        void input?.flush();
      }
    },
    execResize(session, width, height) {
      sessions.get(session)?.terminal?.resize(width, height);
    },
    execKill(session) {
      sessions.get(session)?.kill(9);
    },
  };
}

/**
 * A signal to the first process of a container. `unshare` cannot pass on a death by SIGKILL as its own: it
 * gets that signal itself before.
 */
function send(child: Bun.Subprocess, signal: number): void {
  const first = processOf(child);
  if (signal === 9 || first === undefined) child.kill(9); // without one it is only just starting
  if (first === undefined) return;
  try {
    process.kill(first, signal);
  } catch {
    // It went with its `unshare`.
  }
}

function firstProcess(child: Bun.Subprocess): number {
  const first = processOf(child);
  if (first === undefined) throw new Error("the container's process has ended");
  return first;
}

/** The container's process number 1, as this process sees it: the only child of its `unshare`. */
function processOf({ pid }: Bun.Subprocess): number | undefined {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return children === "" ? undefined : Number(children.split(" ")[0]);
  } catch {
    return undefined;
  }
}

/** What first comes out of a pipe before it is closed; closes it. */
async function firstWords(pipe: number): Promise<string> {
  try {
    for await (const chunk of Bun.file(pipe).stream()) return new TextDecoder().decode(chunk);
    return "";
  } finally {
    closeSync(pipe);
  }
}

async function copy(pipe: number, to: (chunk: Uint8Array) => void): Promise<void> {
  try {
    for await (const chunk of Bun.file(pipe).stream()) to(chunk);
  } finally {
    closeSync(pipe);
  }
}

function exitOf(code: number, by: NodeJS.Signals | number | null): Exit {
  if (by === null) return { exitCode: code };
  const signal = typeof by === "number" ? by : constants.signals[by];
  return { exitCode: 128 + signal, signal };
}
