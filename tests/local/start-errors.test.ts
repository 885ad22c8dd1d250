import { afterAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import postgres from "postgres";
import { takeLock } from "../../local/lock.ts";
import { processesUsing } from "../../local/processes.ts";
import { testDatabase } from "../helpers/postgres.ts";

const root = resolve(import.meta.dir, "../..");
const top = await mkdtemp(join(tmpdir(), "s-"));
afterAll(() => rm(top, { recursive: true, force: true }));

/** Runs `npm start`'s program to its end and checks that it left nothing running. */
async function start(home: string, env: Record<string, string> = {}, args: string[] = []) {
  const child = Bun.spawn([process.execPath, "--no-install", "local/start.ts", ...args], {
    cwd: root,
    env: { ...process.env, PORT: "0", STYRMIN_HOME: home, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  expect(processesUsing(home)).toEqual([]);
  expect(existsSync(join(home, "run.json"))).toBe(false);
  return { code, stdout, stderr: stderr.trim() };
}

async function makeHome(name: string, files: Record<string, string> = {}): Promise<string> {
  const home = join(top, name);
  await mkdir(join(home, "server"), { recursive: true });
  for (const [file, text] of Object.entries(files)) await writeFile(join(home, file), text);
  return home;
}

describe("npm start says in one sentence what is wrong and starts nothing", () => {
  test("when the port is in use", async () => {
    const other = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const home = await makeHome("port");
    const { code, stderr } = await start(home, { PORT: String(other.port) });
    other.stop(true);
    expect(code).toBe(1);
    expect(stderr).toBe(
      `styrmin: Port ${other.port} is in use by another program; end that program, or choose another port: ` +
        `PORT=${other.port + 1} npm start`,
    );
    expect(await readdir(home)).not.toContain("postgres");
  });

  test("when the home is in use by another run, even if the file names a process that is gone", async () => {
    const home = await makeHome("in-use");
    const held = takeLock(join(home, "lock"), { pid: 999_999_999, runId: "none" });
    const { code, stderr } = await start(home);
    expect(code).toBe(1);
    expect(stderr).toBe(
      `styrmin: ${home} is in use by another run (process 999999999); end that one, or set STYRMIN_HOME to another folder.`,
    );
    if ("lock" in held) held.lock.release();
  });

  test("when the home was written by a newer version", async () => {
    const home = await makeHome("newer", { version: "99\n" });
    const { code, stderr } = await start(home);
    expect(code).toBe(1);
    expect(stderr).toContain(
      `${home} was written by a newer version of Styrmin (layout 99; this one knows 1); update`,
    );
  });

  test("when the database does not answer", async () => {
    const dead = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    dead.stop(true);
    const home = await makeHome("no-database");
    const { code, stderr } = await start(home, {
      DATABASE_URL: `postgres://u:secret@127.0.0.1:${dead.port}/x`,
    });
    expect(code).toBe(1);
    expect(stderr).toContain(`The database at 127.0.0.1:${dead.port}/x does not answer`);
    expect(stderr).not.toContain("secret");
  });

  test("when DATABASE_URL is no address", async () => {
    const { code, stderr } = await start(await makeHome("bad-url"), { DATABASE_URL: "not an address" });
    expect(code).toBe(1);
    expect(stderr).toContain("DATABASE_URL is not an address such as");
  });

  test("when the keys of an installation are lost", async () => {
    const home = await makeHome("no-token", { installation: "some-id", version: "1\n" });
    const { code, stderr } = await start(home);
    expect(code).toBe(1);
    expect(stderr).toContain(`${join(home, "agent-token")} and ${join(home, "server/sealing.key")} is lost`);
  });

  test("when the home is lost beside a kept database, and when the two do not belong together", async () => {
    const database = await testDatabase();
    const sql = postgres(database.url, { max: 1 });
    await sql`insert into clusters (id, name, intent) values (gen_random_uuid(), 'local', 'DIRECT')`;
    const lost = await makeHome("lost");
    const beside = await start(lost, { DATABASE_URL: database.url });
    expect(beside.code).toBe(1);
    expect(beside.stderr).toContain(`belongs to an installation whose folder is lost: ${lost} has neither`);
    expect(beside.stderr).toContain(
      "Restore that folder (or set STYRMIN_HOME to it), or use an empty database.",
    );

    const files = { installation: "another\n", "agent-token": "t", "server/sealing.key": "k" };
    const other = await start(await makeHome("other", files), { DATABASE_URL: database.url });
    expect(other.code).toBe(1);
    expect(other.stderr).toContain("Set DATABASE_URL back to that one");
    // Nothing was written: the server was not even started.
    expect((await sql`select count(*)::int as n from callers`)[0]?.n).toBe(0);
    await sql.end();
    await database.drop();
  });

  test("when the home cannot be made", async () => {
    const home = await makeHome("file", { taken: "" });
    const { code, stderr } = await start(join(home, "taken"));
    expect(code).toBe(1);
    expect(stderr).toContain("set STYRMIN_HOME to a folder of yours");
  });

  test("when an argument or a setting is not understood", async () => {
    const home = await makeHome("args");
    expect((await start(home, {}, ["--kubeconfg", "x"])).stderr).toContain("--kubeconfg");
    expect((await start(home, {}, ["--kubeconfig", "/no/such"])).stderr).toContain(
      "there is no file /no/such",
    );
    expect((await start(home, {}, ["--context", "x"])).stderr).toContain("--context needs --kubeconfig");
    expect((await start(home, { PORT: "http" })).stderr).toContain(
      "PORT must be a whole number from 0 to 65535",
    );
  });
});
