import { afterEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { residentBytes, watchTime } from "../../drivers/kit/cage.ts";

const children: Bun.Subprocess[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill("SIGKILL")));

/** How long a command was let be, milliseconds. */
function timeOf(command: string[], timeMs: number): Promise<number> {
  const child = Bun.spawn(command);
  children.push(child);
  const from = performance.now();
  return new Promise((resolve) => watchTime(child.pid, timeMs, () => resolve(performance.now() - from)));
}

const linux = test.skipIf(process.platform !== "linux");

linux(
  "a child is cut when it has worked for its time, however long it had to wait for a processor",
  async () => {
    const busy = ["sh", "-c", "while :; do :; done"];
    const many = Array.from({ length: 4 * availableParallelism() }, () => timeOf(busy, 250));
    // Four want each processor: by the clock all would be over after 250 ms.
    expect(Math.max(...(await Promise.all(many)))).toBeGreaterThan(500);
  },
);

linux("one that does nothing is cut as well, after six times as long", async () => {
  const took = await timeOf(["sleep", "60"], 100);
  expect(took).toBeGreaterThanOrEqual(595);
});

test("whoever no longer watches hears nothing", async () => {
  let heard = false;
  const child = Bun.spawn(["sleep", "60"]);
  children.push(child);
  watchTime(child.pid, 20, () => (heard = true))();
  await Bun.sleep(200);
  expect(heard).toBe(false);
});

linux("resident memory is the same whatever the kernel's pages are; whoever is gone has none", async () => {
  const proc = mkdtempSync(join(tmpdir(), "styrmin-proc-"));
  try {
    // As with pages of 64 KiB: 160 of them.
    mkdirSync(join(proc, "7"));
    await Bun.write(join(proc, "7/statm"), "4000 160 90 1 0 200 0\n");
    await Bun.write(
      join(proc, "7/status"),
      "Name:\tbun\nVmHWM:\t   20480 kB\nVmRSS:\t   10240 kB\nThreads:\t5\n",
    );
    expect(residentBytes(7, proc)).toBe(10 * 1024 * 1024);
    // One that is ending.
    await Bun.write(join(proc, "7/status"), "Name:\tbun\nState:\tZ (zombie)\n");
    expect([residentBytes(7, proc), residentBytes(8, proc)]).toEqual([0, 0]);
  } finally {
    rmSync(proc, { recursive: true });
  }
  const own = process.memoryUsage.rss();
  expect(residentBytes(process.pid) / own).toBeGreaterThan(0.5);
  expect(residentBytes(process.pid) / own).toBeLessThan(2);
});
