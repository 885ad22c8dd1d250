import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "../../../lib/log.ts";
import { type Postgres, startPostgres } from "../../../local/postgres/postgres.ts";
import { createChanges } from "../../../server/db/changes.ts";
import { connect, type Sql } from "../../../server/db/sql.ts";
import { eventually } from "../../helpers/eventually.ts";
import { pace } from "../../helpers/pace.ts";

let dir: string;
let postgres: Postgres;
let sql: Sql;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "styrmin-outage-"));
  postgres = await startPostgres({ dir, durable: false });
  sql = connect(postgres.url, { max: 3 });
});
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await postgres.stop();
  await rm(dir, { recursive: true, force: true });
});

test("changes are told again after the database was away, and whoever waits looks anew", async () => {
  const { port } = postgres;
  await postgres.stop();
  const changes = createChanges(sql, silentLog); // begins while the database is away
  const told: string[] = [];
  changes.on("task:*", (id) => told.push(id));
  for (const outageMs of [100, 1500]) {
    await Bun.sleep(outageMs);
    postgres = await startPostgres({ dir, durable: false, port });
    told.length = 0;
    const began = performance.now();
    await eventually("news to be told", async () => {
      await sql.notify("styrmin", "task:news").catch(() => {});
      return told.includes("news");
    });
    expect(performance.now() - began).toBeLessThan(8000 * pace());
    if (outageMs === 100) await postgres.stop();
  }
  await changes.close();
});
