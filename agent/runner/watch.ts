import type { WireJob } from "../actions/messages.ts";
import type { ActionFailure } from "../actions/runner.ts";
import type { RunFolder } from "./folder.ts";
import type { Barriers } from "./launch.ts";
import { megabytes } from "./megabytes.ts";
import type { Strays } from "./strays.ts";
import { usageOf } from "./usage.ts";

const lookEveryMs = 25;
/** Files and strays are looked for less often. */
const looksPerSearch = 8;

/** Looks at what the kernel's limits cannot hold: memory and threads of all its processes, and its files. */
export function watch(
  { strays, barriers }: { strays: Strays; barriers: Barriers },
  pid: number,
  folder: RunFolder,
  limits: WireJob["limits"],
  fail: (failure: ActionFailure, message: string) => void,
) {
  let looks = 0;
  const timer = setInterval(() => {
    const search = ++looks % looksPerSearch === 0;
    const pids = barriers.seccomp ? [pid] : strays.treeOf(pid);
    const { residentBytes, threads } = usageOf(pids);
    if (residentBytes > limits.memoryBytes)
      fail("memory", `took more than ${megabytes(limits.memoryBytes)} of memory.`);
    else if (threads > limits.processes)
      fail("memory", `had more than ${limits.processes} processes and threads.`);
    else if (search && folder.written() > limits.outputBytes)
      fail("output", `wrote more than ${megabytes(limits.outputBytes)} of files, or too many of them.`);
  }, lookEveryMs);
  return { stop: () => clearInterval(timer) };
}
