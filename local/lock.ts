import { dlopen, FFIType } from "bun:ffi";
import { closeSync, openSync, readFileSync, writeSync, ftruncateSync } from "node:fs";

/** Who holds, or last held, a lock. */
export interface LockHolder {
  pid: number;
  /** Every process of a run has it in its environment; see `processesWith`. */
  runId: string;
  /** The folder of the run's temporary files, which a killed run leaves behind. */
  scratch?: string;
}

export interface Lock {
  /** Who held it before, if the file says so: a run that was killed may have left processes. */
  before: LockHolder | undefined;
  release(): void;
}

const [lockExclusive, lockNonBlocking] = [2, 4];

/**
 * Takes a lock file for this process, or answers who has it. The kernel keeps the lock (`flock`) and lets go of it
 * when the process ends, however it ends, so there is nothing stale to tell from what is held. The file stays:
 * deleting it would let two processes lock two files of the same name.
 */
export function takeLock(
  path: string,
  holder: LockHolder,
): { lock: Lock } | { heldBy: LockHolder | undefined } {
  const file = openSync(path, "a+", 0o600);
  const before = readHolder(path);
  if (flock(file, lockExclusive | lockNonBlocking) !== 0) {
    closeSync(file);
    return { heldBy: before };
  }
  ftruncateSync(file);
  writeSync(file, JSON.stringify(holder));
  return { lock: { before, release: () => closeSync(file) } };
}

function readHolder(path: string): LockHolder | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as LockHolder;
  } catch {
    return undefined;
  }
}

function flock(file: number, operation: number): number {
  const names = [
    "libc.so.6",
    `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`,
    "libSystem.B.dylib",
  ];
  let failure: unknown;
  for (const name of names) {
    try {
      const library = dlopen(name, { flock: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 } });
      return library.symbols.flock(file, operation);
    } catch (thrown) {
      failure = thrown;
    }
  }
  throw failure;
}
