import { readdirSync, readFileSync } from "node:fs";

/** What is looked after: the first process of a container, and how many bytes it may use with its children. */
export interface Limited {
  process: number;
  memoryLimit: number;
}

const pageBytes = 4096;

/**
 * Which of these use more memory than they may. Control groups need rights that there are none of here, so the
 * memory of a container's processes is added up: what is theirs alone, since what is shared with a file (the
 * program itself) can be had again.
 */
export function overLimit<T extends Limited>(all: T[]): T[] {
  if (all.length === 0) return [];
  const parents = new Map<number, number>();
  for (const pid of readdirSync("/proc").map(Number).filter(Boolean)) {
    const stat = read(`/proc/${pid}/stat`);
    // The name before it is in brackets and may hold anything.
    const parent = Number(stat?.slice(stat.lastIndexOf(")") + 1).split(" ")[2]);
    if (parent) parents.set(pid, parent);
  }
  const used = new Map<number, number>();
  const firsts = new Set(all.map(({ process }) => process));
  for (const pid of parents.keys()) {
    let at: number | undefined = pid;
    while (at !== undefined && !firsts.has(at)) at = parents.get(at);
    if (at !== undefined) used.set(at, (used.get(at) ?? 0) + ownBytes(pid));
  }
  return all.filter(({ process, memoryLimit }) => (used.get(process) ?? 0) > memoryLimit);
}

function ownBytes(pid: number): number {
  const [, resident = 0, shared = 0] = (read(`/proc/${pid}/statm`) ?? "").split(" ").map(Number);
  return (resident - shared) * pageBytes;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined; // it has ended
  }
}
