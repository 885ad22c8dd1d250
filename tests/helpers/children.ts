import { expect } from "bun:test";

/** The process of this one's children whose command line has this text: for tests that kill it. */
export async function childNamed(text: string): Promise<number> {
  const found = await new Response(
    Bun.spawn(["pgrep", "-P", String(process.pid), "-f", text], { stderr: "inherit" }).stdout,
  ).text();
  const pids = found.trim().split("\n").map(Number);
  expect(pids, `the child processes with ${text}`).toHaveLength(1);
  return pids[0]!;
}
