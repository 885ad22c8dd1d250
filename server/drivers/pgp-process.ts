import { join } from "node:path";
import { cagedOptions, watchMemory } from "../../drivers/kit/index.ts";
import { confinedCommand } from "./confine.ts";
import type { PgpAnswer, PgpQuestion } from "./pgp-child.ts";

const [timeMs, memoryBytes] = [20_000, 384 * 1024 * 1024];

/** Checks a PGP signature in a child with limits. Rejects only when the signal is aborted. */
export async function checkPgp(question: PgpQuestion, signal?: AbortSignal): Promise<PgpAnswer> {
  signal?.throwIfAborted();
  const command = confinedCommand(join(import.meta.dir, "pgp-child.ts"), memoryBytes);
  const child = Bun.spawn(command, {
    ...cagedOptions,
    stdin: new Blob([JSON.stringify(question)]),
    stdout: "pipe",
    stderr: "ignore",
  });
  const kill = () => child.kill("SIGKILL");
  const timer = setTimeout(kill, timeMs);
  const unwatch = watchMemory(child.pid, memoryBytes, kill);
  signal?.addEventListener("abort", kill, { once: true });
  try {
    const text = await new Response(child.stdout).text();
    await child.exited;
    signal?.throwIfAborted();
    return text === ""
      ? { reason: "takes too much time or memory to check" }
      : (JSON.parse(text) as PgpAnswer);
  } finally {
    clearTimeout(timer);
    unwatch();
    signal?.removeEventListener("abort", kill);
    kill();
  }
}
