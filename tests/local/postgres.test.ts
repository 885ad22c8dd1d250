import { afterAll, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { startPostgres } from "../../local/postgres/postgres.ts";
import { eventually } from "../helpers/eventually.ts";
import { testDatabase } from "../helpers/postgres.ts";

const top = await mkdtemp(join(tmpdir(), "s "));
afterAll(() => rm(top, { recursive: true, force: true }));

async function query<T>(url: string, work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1 });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

describe("the embedded Postgres", () => {
  test("keeps its rows through a stop and through kill -9, below a folder of mode 0700 with a space", async () => {
    const dir = join(top, "kept rows");
    const first = await startPostgres({ dir, durable: true });
    await query(first.url, (sql) => sql`create table kept as select 1 as value`);
    await first.stop();
    expect(await first.exited).toBe("code 0");

    const second = await startPostgres({ dir, durable: true });
    await query(second.url, (sql) => sql`insert into kept values (2)`);
    process.kill(second.pid, "SIGKILL");
    await second.exited;

    const third = await startPostgres({ dir, durable: true });
    const rows = await query(third.url, (sql) => sql`select value from kept order by value`);
    expect(rows.map((row) => row.value)).toEqual([1, 2]);
    await third.stop();
    expect((await stat(join(dir, "password"))).mode & 0o777).toBe(0o600);
  });

  test("refuses a connection without the password", async () => {
    const server = await startPostgres({ dir: join(top, "closed"), durable: false });
    const wrong = server.url.replace(/:[^:@]+@/, ":guess@");
    await expect(query(wrong, (sql) => sql`select 1`)).rejects.toThrow("password authentication failed");
    await server.stop();
  });

  test("is not misled by the number of a killed server that is now another process", async () => {
    const dir = join(top, "reused");
    const first = await startPostgres({ dir, durable: false });
    process.kill(first.pid, "SIGKILL");
    await first.exited;
    const other = Bun.spawn(["sleep", "60"]);
    const file = join(dir, "data", "postmaster.pid");
    const lines = (await Bun.file(file).text()).split("\n");
    await writeFile(file, [String(other.pid), ...lines.slice(1)].join("\n"));
    const second = await startPostgres({ dir, durable: false });
    expect(other.exitCode).toBeNull();
    other.kill();
    await second.stop();
  });

  test("makes its data anew when the first start was cut off", async () => {
    const dir = join(top, "cut off");
    await mkdir(join(dir, "data.new/base"), { recursive: true });
    const server = await startPostgres({ dir, durable: false });
    await server.stop();
  });

  test.skipIf(process.platform !== "linux")("dies with the process that started it", async () => {
    const dir = join(top, "orphan");
    const program = `import { startPostgres } from ${JSON.stringify(join(import.meta.dir, "../../local/postgres/postgres.ts"))};
      console.log((await startPostgres({ dir: ${JSON.stringify(dir)}, durable: false })).pid);
      setInterval(() => {}, 1000);`;
    const parent = Bun.spawn([process.execPath, "--no-install", "-e", program], { stdout: "pipe" });
    const { value } = await parent.stdout.getReader().read();
    const pid = Number(new TextDecoder().decode(value));
    expect(pid).toBeGreaterThan(0);
    parent.kill("SIGKILL");
    await eventually("Postgres ends", () => !isAlive(pid));
  });

  test("gives each test a database of its own", async () => {
    const [one, two] = await Promise.all([
      testDatabase({ migrated: false }),
      testDatabase({ migrated: false }),
    ]);
    await query(one.url, (sql) => sql`create table here (id int)`);
    const [found] = await query(two.url, (sql) => sql`select to_regclass('here') as name`);
    expect(found?.name).toBeNull();
    await one.drop();
    await expect(query(one.url, (sql) => sql`select 1`)).rejects.toThrow("does not exist");
    await two.drop();
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
