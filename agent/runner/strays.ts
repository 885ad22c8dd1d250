import { readdirSync, readFileSync } from "node:fs";
import type { Libc } from "../../lib/libc.ts";

/**
 * Where the filter against new processes does not stand, an action may leave some behind. The runner is the process to
 * which orphans are given (`PR_SET_CHILD_SUBREAPER`, or the first of its namespace), so they are found as its children.
 */
export interface Strays {
  /** A run's process and all that stem from it. */
  treeOf(pid: number): number[];
  /** Kills a run's tree, and every child of the runner that is no run, until none is left. */
  sweep(pid: number): void;
}

const rounds = 100;
const wnohang = 1;

/** `runs` are the processes of runs that live. */
export function createStrays(libc: Libc | undefined, runs: ReadonlySet<number>): Strays {
  if (!libc) return { treeOf: (pid) => [pid], sweep: (pid) => void kill(pid) };
  const status = Buffer.alloc(4);

  const treeOf = (pid: number, parents = parentsNow()): number[] => {
    const tree = [pid];
    for (const one of tree) for (const [child, parent] of parents) if (parent === one) tree.push(child);
    return tree;
  };
  return {
    treeOf,
    sweep(pid) {
      for (let round = 0; round < rounds; round++) {
        const parents = parentsNow();
        const found = new Set(treeOf(pid, parents).slice(1));
        for (const [child, parent] of parents)
          if (parent === process.pid && !runs.has(child))
            for (const one of treeOf(child, parents)) found.add(one);
        if (found.size === 0) return;
        // All are stopped before the first is killed, so that none makes more meanwhile.
        for (const signal of ["SIGSTOP", "SIGKILL"] as const) for (const one of found) kill(one, signal);
        for (const one of found) libc.waitpid(one, libc.address(status), wnohang);
      }
    },
  };
}

/** Parents by process, of all that live (a dead one that nobody has asked for is no trouble). */
function parentsNow(): Map<number, number> {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!(pid > 0)) continue;
    try {
      const line = readFileSync(`/proc/${pid}/stat`, "latin1");
      const [state, parent] = line.slice(line.lastIndexOf(")") + 2).split(" ");
      if (state !== "Z" && state !== "X") parents.set(pid, Number(parent));
    } catch {}
  }
  return parents;
}

function kill(pid: number, signal: NodeJS.Signals = "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch {}
}
