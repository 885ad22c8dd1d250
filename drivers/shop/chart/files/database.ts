/** What web, worker and migration share: the connection, and which tables there are. */
import { SQL } from "bun";

const { DATABASE_HOST = "localhost", DATABASE_PORT = "5432", DATABASE_PASSWORD = "" } = process.env;
const { DATABASE_NAME = "shop", DATABASE_USER = "shop" } = process.env;

export const appVersion = process.env.APP_VERSION ?? "2.0.0";

export const sql = new SQL({
  adapter: "postgres",
  hostname: DATABASE_HOST,
  port: Number(DATABASE_PORT),
  database: DATABASE_NAME,
  username: DATABASE_USER,
  password: DATABASE_PASSWORD,
  max: 5,
  connectionTimeout: 5,
});

/**
 * What brings the tables from each version to the next. Version 2 of the shop counts pieces: an order that was made
 * before is of one piece.
 */
export const migrations = [
  `create table orders (
     id integer generated always as identity primary key,
     product text not null,
     state text not null default 'new',
     ordered_at timestamptz not null default now()
   )`,
  "alter table orders add column pieces integer not null default 1 check (pieces between 1 and 99)",
];

/** The version of the tables that this version of the shop needs. */
export const neededTables = Number.parseInt(appVersion, 10) >= 2 ? 2 : 1;

/** The version of the tables that are there; 0 without any. */
export async function tablesNow(): Promise<number> {
  const [found] = await sql`select to_regclass('tables_version') is not null as there`;
  if (!found.there) return 0;
  const [row] = await sql`select version from tables_version`;
  return row?.version ?? 0;
}
