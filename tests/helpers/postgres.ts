import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import postgres from "postgres";
import { startPostgres } from "../../local/postgres/postgres.ts";

export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

const root = resolve(import.meta.dir, "../..");
const migrations = join(root, "server/db/migrations");
let own: Promise<{ url: string; stop(): Promise<void> }> | undefined;

/**
 * A fresh database of its own, cloned from a migrated template (or empty with `migrated: false`). It lies in the
 * Postgres of `npm test`; a test file that is run alone gets a private one, which ends with the test process.
 */
export async function testDatabase({ migrated = true } = {}): Promise<TestDatabase> {
  const admin = await adminUrl();
  const name = `test_${crypto.randomUUID().replaceAll("-", "")}`;
  const template = migrated && existsSync(migrations) ? await migratedTemplate(admin) : "template1";
  await withSql(admin, (sql) =>
    sql.unsafe(`create database ${name} template ${template} strategy file_copy`),
  );
  return {
    url: withDatabase(admin, name),
    async drop() {
      await withSql(admin, (sql) => sql.unsafe(`drop database if exists ${name} with (force)`));
    },
  };
}

/** Ends the private Postgres, if one was started; the preload calls it after the last test. */
export async function endTestPostgres(): Promise<void> {
  const running = own;
  own = undefined;
  await (await running)?.stop();
}

async function adminUrl(): Promise<string> {
  const shared = process.env.STYRMIN_TEST_POSTGRES;
  if (shared) return shared;
  own ??= startOwn();
  return (await own).url;
}

async function startOwn() {
  const dir = await mkdtemp(join(tmpdir(), "styrmin-pg-"));
  const server = await startPostgres({ dir, durable: false });
  return {
    url: server.url,
    async stop() {
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Made once per server and set of migrations; the lock lets parallel test processes wait for the first. */
async function migratedTemplate(admin: string): Promise<string> {
  const hash = createHash("sha256");
  for (const file of (await readdir(migrations)).sort())
    hash.update(await Bun.file(join(migrations, file)).bytes());
  const name = `template_${hash.digest("hex").slice(0, 16)}`;
  await withSql(admin, async (sql) => {
    await sql`select pg_advisory_lock(hashtext(${name}))`;
    const [found] = await sql`select 1 from pg_database where datname = ${name}`;
    if (found) return;
    const making = `${name}_new`;
    await sql.unsafe(`drop database if exists ${making} with (force)`);
    await sql.unsafe(`create database ${making} strategy file_copy`);
    await withSql(withDatabase(admin, making), migrateIt);
    await sql.unsafe(`alter database ${making} rename to ${name}`);
  });
  return name;
}

async function migrateIt(sql: postgres.Sql): Promise<void> {
  const path = join(root, "server/db/migrate.ts");
  const { migrate } = (await import(path)) as { migrate: (sql: postgres.Sql) => Promise<unknown> };
  await migrate(sql);
}

function withDatabase(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
}

async function withSql(url: string, work: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}
