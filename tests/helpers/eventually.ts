/**
 * Waits until `probe` answers something truthy and returns it. What the probe throws counts as "not yet".
 * After `timeoutMs` it fails with what was awaited and what the last try said.
 */
export async function eventually<T>(
  awaited: string,
  probe: () => T | Promise<T>,
  { timeoutMs = 300_000, everyMs = 20 } = {},
): Promise<NonNullable<T>> {
  const until = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      last = await probe();
      if (last) return last as NonNullable<T>;
    } catch (thrown) {
      last = thrown;
    }
    if (performance.now() > until) break;
    await Bun.sleep(everyMs);
  }
  const said = last instanceof Error ? last.message : Bun.inspect(last);
  throw new Error(`waited ${timeoutMs} ms for: ${awaited}. Last answer: ${said}`);
}
