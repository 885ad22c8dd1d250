import { AppError, messageOf } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import { createBackoff, sleep } from "../../lib/loop.ts";
import type { Sql } from "./sql.ts";

/**
 * Returns as soon as the database answers. One that starts beside the server, as in a cluster, may take a while.
 * Throws UNAVAILABLE when it has not answered for `waitMs`.
 */
export async function waitForDatabase(
  sql: Sql,
  { waitMs, log, signal }: { waitMs: number; log: Log; signal: AbortSignal },
): Promise<void> {
  const until = performance.now() + waitMs;
  const backoff = createBackoff({ baseMs: 200, capMs: 2_000 });
  for (;;) {
    try {
      await sql`select 1`;
      return;
    } catch (thrown) {
      const reason = messageOf(thrown);
      if (performance.now() >= until) {
        const text = `The database does not answer: ${reason}. Check DATABASE_URL and that the database runs.`;
        throw new AppError("UNAVAILABLE", text, { field: "DATABASE_URL", cause: thrown });
      }
      log.warn("the database does not answer yet", { error: reason });
    }
    await sleep(backoff.next(), signal);
  }
}
