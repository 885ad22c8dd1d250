import { closeSync, openSync } from "node:fs";
import { dlopen, FFIType, ptr } from "bun:ffi";

/** The few calls into the kernel that Bun has no words for. Loaded only inside the sandbox process, on Linux. */
export type Libc = ReturnType<typeof openLibc>;

const cloneNewNet = 0x40000000;
const closeOnExec = 0o2000000;
const { i32, u32, ptr: pointer, u64, i64 } = FFIType;

export function openLibc() {
  const { symbols: libc } = dlopen("libc.so.6", {
    unshare: { args: [i32], returns: i32 },
    setns: { args: [i32, i32], returns: i32 },
    socket: { args: [i32, i32, i32], returns: i32 },
    send: { args: [i32, pointer, u64, i32], returns: i64 },
    recv: { args: [i32, pointer, u64, i32], returns: i64 },
    pipe2: { args: [pointer, i32], returns: i32 },
    memfd_create: { args: [pointer, u32], returns: i32 },
  });
  const home = openSync("/proc/thread-self/ns/net", "r");

  /**
   * Runs `work` with this thread inside another network namespace. Sockets made and children started there
   * belong to it for good. `work` must not wait: the whole program shares the thread.
   */
  const inNetwork = <T>(namespace: number, work: () => T): T => {
    check(libc.setns(namespace, cloneNewNet), "enter a network namespace");
    try {
      return work();
    } finally {
      check(libc.setns(home, cloneNewNet), "return to the network namespace");
    }
  };

  return {
    inNetwork,
    /** Makes a network namespace that lives as long as the file descriptor returned, or a process inside. */
    newNetwork(): number {
      check(libc.unshare(cloneNewNet), "make a network namespace");
      try {
        return openSync("/proc/thread-self/ns/net", "r");
      } finally {
        check(libc.setns(home, cloneNewNet), "return to the network namespace");
      }
    },
    /** A file without a name, for what must not be seen in a command line or on a disk. */
    memoryFile(): number {
      return check(libc.memfd_create(ptr(Buffer.from("env\0")), 0), "make a file in memory");
    },
    /**
     * A pipe for what a child prints: its ends for reading and for writing. Bun's own "pipe" is a socket,
     * which a child cannot open again as `/dev/stdout`.
     */
    pipe(): [number, number] {
      const ends = new Int32Array(2);
      check(libc.pipe2(ptr(ends), closeOnExec), "make a pipe");
      return [ends[0]!, ends[1]!];
    },
    /** Sends netlink messages one by one over a socket of the current network namespace. */
    netlink(messages: Buffer[]): void {
      const [family, raw, route] = [16, 3, 0];
      const socket = check(libc.socket(family, raw, route), "open a netlink socket");
      try {
        for (const message of messages) {
          check(Number(libc.send(socket, ptr(message), message.length, 0)), "send to netlink");
          const answer = Buffer.alloc(4096);
          check(Number(libc.recv(socket, ptr(answer), answer.length, 0)), "read from netlink");
          const errno = -answer.readInt32LE(16);
          if (errno !== 0) throw new Error(`netlink message ${message.readUInt16LE(4)}: errno ${errno}`);
        }
      } finally {
        closeSync(socket);
      }
    },
  };
}

function check(result: number, what: string): number {
  if (result < 0) throw new Error(`cannot ${what}`);
  return result;
}
