import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type postgres from "postgres";
import { AppError } from "../../lib/errors.ts";

const folder = join(import.meta.dir, "migrations");
/** Any number that no other program on the same database would think of. */
const lock = 5_798_747_001;

/**
 * Brings the database to this version's schema: each file in one transaction, its version row first. Two servers
 * that start at once take turns. Throws UNAVAILABLE when the database was written by a newer version.
 */
export async function migrate(sql: postgres.Sql): Promise<void> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".sql")).sort();
  for (let more = true; more;) {
    more = (await sql.begin(async (tx) => {
      await tx`set local statement_timeout = 0`;
      await tx`set local lock_timeout = 0`;
      await tx`select pg_advisory_xact_lock(${lock})`;
      return applyNext(tx, files);
    })) as boolean;
  }
}

async function applyNext(tx: postgres.TransactionSql, files: string[]): Promise<boolean> {
  await tx`create table if not exists schema_versions (
    version int primary key, name text not null, applied_at timestamptz not null default now())`;
  const [row] = await tx<{ version: number | null }[]>`select max(version) as version from schema_versions`;
  const version = row?.version ?? 0;
  if (version > files.length) {
    throw new AppError(
      "UNAVAILABLE",
      `The database was written by a newer Styrmin (schema ${version}; this one knows ${files.length}). ` +
        "Start the newer version, or give another database in DATABASE_URL.",
    );
  }
  const next = files[version];
  if (next === undefined) return false;
  await tx`insert into schema_versions (version, name) values (${version + 1}, ${next})`;
  await tx.unsafe(await Bun.file(join(folder, next)).text());
  return true;
}
