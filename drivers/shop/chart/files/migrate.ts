/** Brings the tables to what this version of the shop needs, in one transaction; does nothing when they are there. */
import { appVersion, migrations, neededTables, sql } from "./database.ts";

const before = await sql.begin(async (transaction) => {
  await transaction`select pg_advisory_xact_lock(20261129)`;
  await transaction`create table if not exists tables_version (version integer not null)`;
  const [row] = await transaction`select version from tables_version`;
  const version: number = row?.version ?? 0;
  for (const migration of migrations.slice(version, neededTables)) await transaction.unsafe(migration);
  if (!row) await transaction`insert into tables_version (version) values (${neededTables})`;
  else if (version < neededTables) await transaction`update tables_version set version = ${neededTables}`;
  return version;
});
const orders = await sql`select count(*)::int as count from orders`;
console.log(
  `shop ${appVersion}: the tables are of version ${Math.max(before, neededTables)} (before: ${before}), with ${orders[0].count} orders`,
);
await sql.close();
