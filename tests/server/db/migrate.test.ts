import { afterAll, describe, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import postgres from "postgres";
import { migrate, migrations } from "../../../server/db/migrate.ts";
import { bindSealingKey } from "../../../server/db/installation.ts";
import { connect, sqlState, transaction, translated } from "../../../server/db/sql.ts";
import { createSealing } from "../../../server/deploy/sealing.ts";
import { testDatabase } from "../../helpers/postgres.ts";
import { dumpSchema } from "./dump.ts";

const opened: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of opened.reverse()) await close();
});

async function emptyDatabase() {
  const database = await testDatabase({ migrated: false });
  opened.push(() => database.drop());
  return () => {
    const sql = postgres(database.url, { max: 2, onnotice: () => {} });
    opened.push(() => sql.end({ timeout: 1 }));
    return sql;
  };
}

describe("migrate", () => {
  test("brings an empty database to the schema in schema.sql", async () => {
    const sql = (await emptyDatabase())();
    await migrate(sql);
    const path = join(import.meta.dir, "../schema.sql");
    const dumped = await dumpSchema(sql);
    if (process.env.UPDATE_SCHEMA) await Bun.write(path, dumped);
    expect(dumped).toBe(await Bun.file(path).text());
  });

  test("knows every file of its folder, in order", async () => {
    const files = await readdir(join(import.meta.dir, "../../../server/db/migrations"));
    expect(migrations.map(({ name }) => name)).toEqual(files.toSorted());
  });

  test("lets one of two servers migrate while the other waits", async () => {
    const open = await emptyDatabase();
    const servers = [open(), open(), open()];
    await Promise.all(servers.map((sql) => migrate(sql)));
    const [row] =
      await servers[0]!`select count(*)::int as count, count(distinct version)::int as versions from schema_versions`;
    expect(row!.count).toBeGreaterThan(0);
    expect(row!.versions).toBe(row!.count);
    expect(await servers[0]!`select from installation`).toHaveLength(1);
  });

  test("does nothing the second time", async () => {
    const sql = (await emptyDatabase())();
    await migrate(sql);
    const before = await sql`select * from schema_versions`;
    await migrate(sql);
    expect(await sql`select * from schema_versions`).toEqual(before);
  });

  test("refuses a database of a newer version with a sentence, and leaves it alone", async () => {
    const sql = (await emptyDatabase())();
    await migrate(sql);
    await sql`insert into schema_versions (version, name) values (999, 'from the future')`;
    await expect(migrate(sql)).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringMatching(/newer Styrmin \(schema 999.*Start the newer version/),
    });
  });
});

describe("bindSealingKey", () => {
  test("accepts the same key again and refuses another", async () => {
    const database = await testDatabase();
    const sql = connect(database.url);
    opened.push(
      () => database.drop(),
      () => sql.end({ timeout: 1 }),
    );
    await bindSealingKey(sql, createSealing(new Uint8Array(32).fill(1)));
    await bindSealingKey(sql, createSealing(new Uint8Array(32).fill(1)));
    const other = bindSealingKey(sql, createSealing(new Uint8Array(32).fill(2)));
    await expect(other).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining("another sealing key"),
    });
  });
});

describe("errors of the database", () => {
  test("are translated where a caller can do something", async () => {
    const database = await testDatabase();
    const sql = connect(database.url, { statementTimeoutMs: 1_000 });
    opened.push(
      () => database.drop(),
      () => sql.end({ timeout: 1 }),
    );
    const fails = async (query: PromiseLike<unknown>) =>
      translated(
        await query.then(
          () => null,
          (thrown) => thrown,
        ),
      );
    expect(await fails(sql`select pg_sleep(60)`)).toMatchObject({ code: "UNAVAILABLE" });
    expect(await fails(sql`select ${"\0"}::text`)).toMatchObject({ code: "INVALID" });
    expect(await fails(sql`select nothing`)).toMatchObject({ code: "42703" });
    const away = connect("postgres://nobody@127.0.0.1:1/none");
    opened.push(() => away.end({ timeout: 1 }));
    expect(await fails(away`select 1`)).toMatchObject({ code: "UNAVAILABLE" });
  });

  test.each(["EHOSTUNREACH", "ENETUNREACH", "28000", "28P01", "58030", "57P01"])(
    "pass when they are those of a failover: %s",
    (code) => expect(translated({ code })).toMatchObject({ code: "UNAVAILABLE" }),
  );

  test("that rolled everything back are tried again", async () => {
    const database = await testDatabase();
    const sql = connect(database.url);
    opened.push(
      () => database.drop(),
      () => sql.end({ timeout: 1 }),
    );
    let tries = 0;
    const answer = await transaction(sql, async (tx) => {
      tries++;
      if (tries < 3) await tx`do $$ begin raise exception using errcode = '40001'; end $$`;
      return "done";
    });
    expect([answer, tries]).toEqual(["done", 3]);
    const given = transaction(sql, (tx) => tx`do $$ begin raise exception using errcode = '40001'; end $$`);
    expect(sqlState(await given.catch((thrown) => thrown))).toBe("40001");
  });
});
