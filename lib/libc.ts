import { dlopen, FFIType, ptr } from "bun:ffi";

/** The few calls into the kernel that Bun has no words for. Linux only; throws elsewhere. */
export function openLibc() {
  const { i32, u64, i64, ptr: pointer } = FFIType;
  const { symbols: libc } = dlopen("libc.so.6", {
    prctl: { args: [i32, u64, u64, u64, u64], returns: i32 },
    syscall: { args: [i64, i64, i64, i64, i64], returns: i64 },
    dup2: { args: [i32, i32], returns: i32 },
    nice: { args: [i32], returns: i32 },
    waitpid: { args: [i32, pointer, i32], returns: i32 },
    execve: { args: [pointer, pointer, pointer], returns: i32 },
  });
  const kept: Buffer[] = [];
  /** The address of bytes that stay where they are until the program is another one. */
  const keep = (bytes: Buffer) => {
    kept.push(bytes);
    return ptr(bytes);
  };
  const text = (value: string) => keep(Buffer.from(`${value}\0`));

  return {
    ...libc,
    syscall: (number: number, ...args: number[]) => {
      const [a = 0, b = 0, c = 0, d = 0] = args;
      return Number(libc.syscall(number, a, b, c, d));
    },
    address: keep,
    /** Becomes another program. Returns only when that failed. */
    become(file: string, argv: string[], env: Record<string, string>): void {
      const list = (values: string[]) => {
        const table = Buffer.alloc(8 * (values.length + 1));
        values.forEach((value, n) => table.writeBigUInt64LE(BigInt(text(value)), 8 * n));
        return keep(table);
      };
      const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
      libc.execve(text(file), list(argv), list(variables));
    },
  };
}

export type Libc = ReturnType<typeof openLibc>;

/** `prctl` options. */
export const prctl = {
  parentDeathSignal: 1,
  dumpable: 4,
  seccomp: 22,
  childSubreaper: 36,
  noNewPrivileges: 38,
} as const;

/**
 * Whoever started us may be root, whose capabilities open what Landlock has closed (with CAP_PERFMON the
 * environment of others can be read). Without new privileges they do not come back with the next program.
 */
export function dropCapabilities(libc: Libc): void {
  const call = { x64: 126, arm64: 91 }[process.arch as string];
  if (call === undefined) return;
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x20080522);
  if (libc.syscall(call, libc.address(head), libc.address(Buffer.alloc(24))) !== 0)
    throw new Error("capabilities cannot be dropped");
}
