import { spawnSync } from "bun";
import { watchMemory, watchTime } from "./cage.ts";

/** What one run of a program may take. */
export interface ProgramLimits {
  /** Milliseconds of processor time; see `watchTime`. */
  timeMs: number;
  /** Resident memory, bytes. */
  memoryBytes: number;
  outputBytes: number;
}

export type ProgramOutcome =
  { stdout: string; stderr: string; exitCode: number } | { failure: "time" | "memory" | "output" };

/** The room that a Go program reserves beyond what it uses (measured with helm 3.21: 1.3 GB). */
const reservedBytes = 2_000_000_000;

/**
 * Runs a program to its end within the limits, with no environment but `env`, in `cwd`. What stands before the program
 * makes the cage: `programCage`, or `cagedCommand` for a child of our own. Rejects only when the signal is aborted,
 * with its reason.
 */
export async function runCaged(
  command: string[],
  options: {
    cwd: string;
    env: Record<string, string>;
    stdin: string;
    limits: ProgramLimits;
    signal?: AbortSignal | undefined;
  },
): Promise<ProgramOutcome> {
  const { cwd, env, stdin, limits, signal } = options;
  signal?.throwIfAborted();
  const child = Bun.spawn(command, {
    cwd,
    env,
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
  let cut: "time" | "memory" | "output" | "aborted" | undefined;
  const end = (reason: typeof cut) => {
    cut ??= reason;
    child.kill("SIGKILL");
  };
  const aborted = () => end("aborted");
  const untime = watchTime(child.pid, limits.timeMs, () => end("time"));
  const unwatch = watchMemory(child.pid, limits.memoryBytes, () => end("memory"));
  signal?.addEventListener("abort", aborted, { once: true });
  try {
    // A program that ends early closes its input; what it said of it counts.
    const sent = async () => {
      child.stdin.write(stdin);
      await child.stdin.end();
    };
    const tooLong = () => end("output");
    const [stdout, stderr, exitCode] = await Promise.all([
      readUpTo(child.stdout, limits.outputBytes, tooLong),
      readUpTo(child.stderr, stderrBytes, () => {}),
      child.exited,
      sent().catch(() => {}),
    ]);
    if (cut === "aborted") throw signal?.reason;
    return cut === undefined ? { stdout, stderr, exitCode } : { failure: cut };
  } finally {
    untime();
    unwatch();
    signal?.removeEventListener("abort", aborted);
    child.kill("SIGKILL");
  }
}

const stderrBytes = 64 * 1024;

/**
 * What stands before a program that may be given hostile input: it dies with its parent, can gain no rights, has no
 * network where the system lets us take it away, and cannot go far beyond the limits.
 */
export function programCage({ timeMs, memoryBytes }: ProgramLimits): string[] {
  if (process.platform !== "linux") return [];
  const setpriv = Bun.which("setpriv");
  const prlimit = Bun.which("prlimit");
  const cpuSeconds = Math.ceil(timeMs / 1000) * 2 + 1;
  return [
    ...(setpriv ? [setpriv, "--pdeathsig", "KILL", "--no-new-privs", "--"] : []),
    ...(prlimit
      ? [
          prlimit,
          `--data=${reservedBytes + memoryBytes}`,
          `--cpu=${cpuSeconds}`,
          "--fsize=0",
          "--nofile=256",
          "--core=0",
          "--",
        ]
      : []),
    ...networkless(),
  ];
}

let withoutNetwork: string[] | undefined;

/** What stands before a command that is to have no network: found out once, since not every system allows it. */
function networkless(): string[] {
  if (withoutNetwork !== undefined) return withoutNetwork;
  const unshare = Bun.which("unshare");
  const ways = unshare
    ? [
        [unshare, "--net", "--"],
        [unshare, "--user", "--net", "--"],
      ]
    : [];
  const works = (way: string[]) => {
    try {
      return spawnSync([...way, "true"], { stdio: ["ignore", "ignore", "ignore"] }).exitCode === 0;
    } catch {
      return false;
    }
  };
  withoutNetwork = ways.find(works) ?? [];
  return withoutNetwork;
}

/** The text of a stream; past the limit the rest is dropped and told. */
async function readUpTo(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
  tooLong: () => void,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.byteLength;
    if (bytes <= maxBytes) chunks.push(chunk);
    else tooLong();
  }
  return Buffer.concat(chunks).toString("utf8");
}
