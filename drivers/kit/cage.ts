import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { spawnSync } from "bun";

const onLinux = process.platform === "linux";

/**
 * What Bun asks for at its start without ever touching it, most of it room for compiled code. With less it
 * runs, but without its compiler: templates then take 15 times as long (measured, Bun 1.4.5).
 */
const reservedBytes = 2_500_000_000;

/** What a child that writes nothing needs: Bun's own, and a few connections. */
const openFiles = 128;

/** Whether this program is one compiled file: then its children are itself, called with their name. */
const compiled = import.meta.dir.startsWith("/$bunfs/");

/**
 * The command that runs a TypeScript file as a child (in a compiled program: the program with the file's name
 * as its first argument, see `server/binary.ts` and `agent/binary.ts`) which dies with its parent and cannot take more than
 * about `memoryBytes`: a backstop for `watchMemory`, which looks more closely but not all the time. Where the
 * system has no `setpriv` or `prlimit` (macOS), that watch and the end of the child's stdin are what is left.
 * With `writes: false` it can put no byte into a file, and opens few. `launch` may put a program before it that then
 * becomes it.
 */
export function cagedCommand(
  file: string,
  memoryBytes: number,
  { writes = true, launch = (program: string[]) => program } = {},
): string[] {
  const setpriv = onLinux ? Bun.which("setpriv") : null;
  const prlimit = onLinux ? Bun.which("prlimit") : null;
  const limits = writes ? [] : ["--fsize=0", `--nofile=${openFiles}`];
  return [
    ...(setpriv ? [setpriv, "--pdeathsig", "KILL", "--no-new-privs", "--"] : []),
    ...(prlimit ? [prlimit, `--data=${reservedBytes + memoryBytes}`, "--core=0", ...limits, "--"] : []),
    ...launch(programOf(file)),
  ];
}

/** How a TypeScript file is run, without a cage. */
export function programOf(file: string): string[] {
  return [process.execPath, ...(compiled ? [basename(file, ".ts")] : ["--no-install", "--smol", file])];
}

/** What a caged child needs of the environment: nothing, and no file of the folder it is started from. */
export const cagedOptions = { cwd: "/", env: {} } as const;

/**
 * Looks at a child's resident memory every `everyMs` and calls `exceeded` once when it is more than
 * `limitBytes`. Returns the function that ends the watch.
 */
export function watchMemory(pid: number, limitBytes: number, exceeded: () => void, everyMs = 20): () => void {
  const timer = setInterval(() => {
    if (residentBytes(pid) <= limitBytes) return;
    clearInterval(timer);
    exceeded();
  }, everyMs);
  return () => clearInterval(timer);
}

/** How much longer than its own time a child may be about it, where others want the processors as well. */
const longest = 6;

/**
 * Calls `exceeded` once when a child has worked for more than `timeMs` from now, by the processor time that it was given,
 * or is about it for six times as long. On a busy machine it is not to blame for what it had to wait. Where the system does
 * not tell that time it is what the clock says. Returns the function that ends the watch.
 */
export function watchTime(pid: number, timeMs: number, exceeded: () => void): () => void {
  const from = performance.now();
  const before = workedMs(pid);
  const look = () => {
    const wallLeftMs = timeMs * longest - (performance.now() - from);
    const worked = workedMs(pid);
    const leftMs = before === undefined || worked === undefined ? 0 : timeMs - (worked - before);
    if (leftMs <= 0 || wallLeftMs <= 0) exceeded();
    // It can have no more than one processor for long; with more it is cut a little late.
    else timer = setTimeout(look, Math.min(Math.max(leftMs, 10), wallLeftMs));
  };
  let timer = setTimeout(look, timeMs);
  return () => clearTimeout(timer);
}

/** Clock ticks of /proc: a hundred a second on every Linux that Bun runs on (`getconf CLK_TCK`). */
const tickMs = 10;

/** The processor time that a process has had, milliseconds; undefined when it is gone or the system does not tell. */
function workedMs(pid: number): number | undefined {
  try {
    if (!onLinux) return undefined;
    // The name, in brackets, may have spaces in it. See proc_pid_stat(5): utime and stime are fields 14 and 15.
    const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)!.split(" ");
    return (Number(fields[11]) + Number(fields[12])) * tickMs;
  } catch {
    return undefined;
  }
}

/** Resident memory of a process in bytes; 0 when it is gone. */
export function residentBytes(pid: number, proc = "/proc"): number {
  try {
    if (onLinux) {
      // `statm` counts in pages, which are not 4 KiB on every machine. A process that is ending has no such line.
      const status = readFileSync(`${proc}/${pid}/status`, "latin1");
      return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
    }
    return Number(spawnSync(["ps", "-o", "rss=", "-p", String(pid)]).stdout.toString()) * 1024;
  } catch {
    return 0;
  }
}
