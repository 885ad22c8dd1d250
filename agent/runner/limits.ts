import type { ActionLimits } from "../actions/runner.ts";
import type { Libc } from "../../lib/libc.ts";

const setLimits = { x64: 302, arm64: 261 }[process.arch as string];
const resources = {
  cpu: 0,
  fileSize: 1,
  core: 4,
  processes: 6,
  files: 7,
  lockedMemory: 8,
  queues: 12,
} as const;

/** What Bun asks for at its start without touching it; see `drivers/kit/cage.ts`, where it was measured. */
const reservedBytes = 2_500_000_000;

/**
 * A command under a limit on memory: a backstop for the look at what is resident, between two looks. It is set by
 * a program of its own, since this one, with Bun's memory already reserved, would break on it.
 */
export function withMemoryLimit(command: string[], { memoryBytes }: ActionLimits): string[] {
  const prlimit = Bun.which("prlimit", { PATH: "/usr/local/bin:/usr/bin:/bin" });
  return prlimit ? [prlimit, `--data=${reservedBytes + memoryBytes}`, "--", ...command] : command;
}

/** Limits of the kernel for this process and what it becomes, hard: nobody without rights raises them again. */
export function setHardLimits(libc: Libc, limits: ActionLimits): void {
  const wanted: Record<keyof typeof resources, number> = {
    cpu: limits.cpuSeconds,
    fileSize: limits.outputBytes,
    core: 0,
    processes: 512,
    files: 256,
    lockedMemory: 64 * 1024,
    queues: 0,
  };
  if (setLimits === undefined) return;
  for (const [name, value] of Object.entries(wanted)) {
    const pair = Buffer.alloc(16);
    pair.writeBigUInt64LE(BigInt(Math.ceil(value)), 0);
    pair.writeBigUInt64LE(BigInt(Math.ceil(value)), 8);
    libc.syscall(setLimits, 0, resources[name as keyof typeof resources], libc.address(pair), 0);
  }
}
