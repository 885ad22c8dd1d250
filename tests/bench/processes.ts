import { readdirSync, readFileSync } from "node:fs";

/** The processes below one, at any depth (Linux; none elsewhere). */
export function descendantsOf(pid: number): number[] {
  if (process.platform !== "linux") return [];
  const children = new Map<number, number[]>();
  for (const entry of readdirSync("/proc")) {
    const parent = /^\d+$/.test(entry) ? Number(statOf(Number(entry))[1]) : 0;
    if (parent > 0) children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const below = (from: number): number[] => (children.get(from) ?? []).flatMap((one) => [one, ...below(one)]);
  return below(pid);
}

/** Processor time of a process so far, seconds, to a hundredth. */
export function cpuSeconds(pid: number): number {
  const fields = statOf(pid);
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
}

/** Resident memory of a process, MB (of a million bytes). */
export function residentMB(pid: number): number {
  const kib = Number(/^VmRSS:\s+(\d+)/m.exec(read(pid, "status"))?.[1] ?? Number.NaN);
  return (kib * 1024) / 1e6;
}

/** Memory that would be free without a process: what it shares is counted in parts. MB; NaN when it is hidden. */
export function proportionalMB(pid: number): number {
  const kib = Number(/^Pss:\s+(\d+)/m.exec(read(pid, "smaps_rollup"))?.[1] ?? Number.NaN);
  return (kib * 1024) / 1e6;
}

/** The fields of /proc/PID/stat from the state on: state, parent, … */
function statOf(pid: number): string[] {
  const stat = read(pid, "stat");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
