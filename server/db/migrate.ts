import type postgres from "postgres";
import { AppError } from "../../lib/errors.ts";
import begin from "./migrations/0001_begin.sql" with { type: "text" };
import rotateTokens from "./migrations/0002_rotate_tokens.sql" with { type: "text" };
import claimRequest from "./migrations/0006_claim_request.sql" with { type: "text" };
import sight from "./migrations/0003_sight.sql" with { type: "text" };
import driverRights from "./migrations/0004_driver_rights.sql" with { type: "text" };
import actions from "./migrations/0010_actions.sql" with { type: "text" };
import abilities from "./migrations/0011_abilities.sql" with { type: "text" };
import takenBack from "./migrations/0012_taken_back.sql" with { type: "text" };
import tests from "./migrations/0014_tests.sql" with { type: "text" };
import superseding from "./migrations/0015_superseding.sql" with { type: "text" };
import deleting from "./migrations/0016_deleting.sql" with { type: "text" };
import policies from "./migrations/0005_policies.sql" with { type: "text" };
import repositories from "./migrations/0007_repositories.sql" with { type: "text" };
import commits from "./migrations/0013_commits.sql" with { type: "text" };
import charts from "./migrations/0009_charts.sql" with { type: "text" };
import sources from "./migrations/0008_sources.sql" with { type: "text" };

/** The files of `migrations/` in order; named one by one, so that a compiled server holds them. */
export const migrations = [
  { name: "0001_begin.sql", text: begin },
  { name: "0002_rotate_tokens.sql", text: rotateTokens },
  { name: "0003_sight.sql", text: sight },
  { name: "0004_driver_rights.sql", text: driverRights },
  { name: "0005_policies.sql", text: policies },
  { name: "0006_claim_request.sql", text: claimRequest },
  { name: "0007_repositories.sql", text: repositories },
  { name: "0008_sources.sql", text: sources },
  { name: "0009_charts.sql", text: charts },
  { name: "0010_actions.sql", text: actions },
  { name: "0011_abilities.sql", text: abilities },
  { name: "0012_taken_back.sql", text: takenBack },
  { name: "0013_commits.sql", text: commits },
  { name: "0014_tests.sql", text: tests },
  { name: "0015_superseding.sql", text: superseding },
  { name: "0016_deleting.sql", text: deleting },
];

/** Any number that no other program on the same database would think of. */
const lock = 5_798_747_001;

/**
 * Brings the database to this version's schema: each file in one transaction, its version row first. Two servers
 * that start at once take turns. Throws UNAVAILABLE when the database was written by a newer version.
 */
export async function migrate(sql: postgres.Sql): Promise<void> {
  for (let more = true; more;) {
    more = (await sql.begin(async (tx) => {
      await tx`set local statement_timeout = 0`;
      await tx`set local lock_timeout = 0`;
      await tx`select pg_advisory_xact_lock(${lock})`;
      return applyNext(tx);
    })) as boolean;
  }
}

async function applyNext(tx: postgres.TransactionSql): Promise<boolean> {
  await tx`create table if not exists schema_versions (
    version int primary key, name text not null, applied_at timestamptz not null default now())`;
  const [row] = await tx<{ version: number | null }[]>`select max(version) as version from schema_versions`;
  const version = row?.version ?? 0;
  if (version > migrations.length) {
    throw new AppError(
      "UNAVAILABLE",
      `The database was written by a newer Styrmin (schema ${version}; this one knows ${migrations.length}). ` +
        "Start the newer version, or give another database in DATABASE_URL.",
    );
  }
  const next = migrations[version];
  if (next === undefined) return false;
  await tx`insert into schema_versions (version, name) values (${version + 1}, ${next.name})`;
  await tx.unsafe(next.text);
  return true;
}
