import type { Cli } from "./io.ts";

/** Runs a load and says on stderr how far it is: each part once, and each megabyte. */
export async function withProgress<T>(
  { client, io }: Cli,
  load: (progress: string) => Promise<T>,
): Promise<T> {
  const id = crypto.randomUUID();
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, io.signal]);
  const following = follow();
  try {
    return await load(id);
  } finally {
    stop.abort();
    await following;
  }

  async function follow(): Promise<void> {
    const say = createSayings((line) => io.stderr(`${line}\n`));
    try {
      for await (const now of client.drivers.progress(id, { signal, retries: 0 })) {
        // A script that is refused reads one sentence; a person who waits wants to know for what.
        if (io.interactive || now.phase !== "CONNECTING") say(now);
      }
    } catch {
      // The load goes on without: what it says at its end counts.
    }
  }
}

const megabyte = 1_000_000;

/** Turns what is told into lines, without saying anything twice. */
export function createSayings(
  say: (line: string) => void,
): (now: { phase: string; bytes: number; objects: number }) => void {
  let said = "";
  return ({ phase, bytes, objects }) => {
    const line = lineOf(phase, bytes, objects);
    if (line === undefined || line === said) return;
    said = line;
    say(`  … ${line}`);
  };
}

function lineOf(phase: string, bytes: number, objects: number): string | undefined {
  if (phase === "RECEIVING") return `receiving, ${Math.floor(bytes / megabyte)} MB`;
  if (phase === "READING") return objects > 0 ? `reading ${objects} objects` : "reading";
  return { CONNECTING: "connecting", CHECKING: "checking" }[phase];
}
