import { expect, test } from "bun:test";
import { filterFor } from "../../../agent/runner/seccomp.ts";

/** What the kernel would answer: the filter's own few instructions, read as it reads them. */
function answer(filter: Buffer, call: { arch: number; number: number; first?: number }): string {
  const data = new Map([
    [0, call.number],
    [4, call.arch],
    [16, call.first ?? 0],
  ]);
  let loaded = 0;
  for (let at = 0; at < filter.length / 8; at++) {
    const [code, ifTrue, ifFalse] = [filter.readUInt16LE(8 * at), filter[8 * at + 2]!, filter[8 * at + 3]!];
    const value = filter.readUInt32LE(8 * at + 4);
    const jump = (holds: boolean) => (at += holds ? ifTrue : ifFalse);
    if (code === 0x20) loaded = data.get(value)! >>> 0;
    else if (code === 0x15) jump(loaded === value);
    else if (code === 0x35) jump(loaded >= value);
    else if (code === 0x45) jump((loaded & value) !== 0);
    else if (code === 0x06)
      return value === 0x7fff0000 ? "allowed" : value === 0x80000000 ? "killed" : `errno ${value & 0xffff}`;
    else throw new Error(`instruction ${code}`);
  }
  throw new Error("the filter has no end");
}

const pid = 4711;
const cloneThread = 0x10000;
/** By the kernel's headers; the first of a pair is x86_64's. */
const cases: [what: string, numbers: [number, number], first: number, answer: string][] = [
  ["read", [0, 63], 3, "allowed"],
  ["openat", [257, 56], -100, "allowed"],
  ["execve", [59, 221], 0, "allowed"],
  ["socketpair", [53, 199], 1, "allowed"],
  ["socket", [41, 198], 2, "errno 1"],
  ["ptrace", [101, 117], 16, "errno 1"],
  ["mount", [165, 40], 0, "errno 1"],
  ["io_uring_setup", [425, 425], 1, "errno 1"],
  ["keyctl", [250, 219], 0, "errno 1"],
  ["clone of a thread", [56, 220], cloneThread | 0x100, "allowed"],
  ["clone of a process", [56, 220], 17, "errno 1"],
  ["clone with a namespace", [56, 220], 0x10000000, "errno 1"],
  ["clone3", [435, 435], 0, "errno 38"],
  ["kill of itself", [62, 129], pid, "allowed"],
  ["kill of its group", [62, 129], 0, "allowed"],
  ["kill of another", [62, 129], 1, "errno 1"],
  ["kill of all", [62, 129], -1, "errno 1"],
  ["tgkill of its own thread", [234, 131], pid, "allowed"],
  ["tgkill of another's", [234, 131], 1, "errno 1"],
  ["prlimit64 of itself", [302, 261], 0, "allowed"],
  ["prlimit64 of another", [302, 261], 1, "errno 1"],
  ["sched_setaffinity of another", [203, 122], 1, "errno 1"],
];

test.each([
  ["x64", 0xc000003e, 0],
  ["arm64", 0xc00000b7, 1],
] as const)("the filter for %s answers each call as it should", (name, arch, column) => {
  const filter = filterFor(name, pid)!;
  const wrong = cases
    .map(([what, numbers, first, wanted]) => [
      what,
      wanted,
      answer(filter, { arch, number: numbers[column]!, first }),
    ])
    .filter(([, wanted, got]) => wanted !== got);
  expect(wrong).toEqual([]);
  // Calls of another machine's numbers, such as a 32-bit program's, end the process.
  expect(answer(filter, { arch: 0x40000003, number: 1 })).toBe("killed");
  // A filter of the kernel has 4096 instructions at the most.
  expect(filter.length / 8).toBeLessThan(4096);
});

test("the filter for x64 knows no calls of its 32-bit numbers, and there is none for other machines", () => {
  expect(answer(filterFor("x64", pid)!, { arch: 0xc000003e, number: 0x40000000 + 41 })).toBe("errno 38");
  expect(filterFor("riscv64", pid)).toBeUndefined();
});
