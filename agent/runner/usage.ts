import { readFileSync } from "node:fs";

/** What processes hold at the moment; a process that has ended holds nothing. */
export function usageOf(pids: readonly number[]): { residentBytes: number; threads: number } {
  const usage = { residentBytes: 0, threads: 0 };
  for (const pid of pids) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, "latin1");
      usage.residentBytes += numberAfter(status, "VmRSS:") * 1024;
      usage.threads += numberAfter(status, "Threads:");
    } catch {}
  }
  return usage;
}

function numberAfter(text: string, word: string): number {
  const at = text.indexOf(word);
  return at < 0 ? 0 : Number.parseInt(text.slice(at + word.length), 10) || 0;
}
