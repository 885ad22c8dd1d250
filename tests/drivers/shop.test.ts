import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join, resolve } from "node:path";
import postgres from "postgres";
import { eventually } from "../helpers/eventually.ts";
import { testDatabase } from "../helpers/postgres.ts";

/** The programs of the bundled driver `shop`, as its chart runs them; `tests/e2e/shop.ts` deploys them. */
const programs = resolve(import.meta.dir, "../../drivers/shop/chart/files");

let database: Awaited<ReturnType<typeof testDatabase>>;
let env: Record<string, string>;
beforeAll(async () => {
  database = await testDatabase({ migrated: false });
  const { hostname, port, pathname } = new URL(database.url);
  const role = `shop_${crypto.randomUUID().slice(0, 8)}`;
  // As the public image makes it: the tests' own role has a password that Bun's client finds too weak.
  const sql = postgres(database.url, { max: 1 });
  await sql.unsafe(`set scram_iterations = 4096; create role ${role} login password 'geheim'`);
  await sql.unsafe(`grant all on schema public to ${role}`);
  await sql.end();
  env = {
    ...{ DATABASE_HOST: hostname, DATABASE_PORT: port, DATABASE_NAME: pathname.slice(1) },
    ...{ DATABASE_USER: role, DATABASE_PASSWORD: "geheim" },
  };
});
afterAll(async () => {
  const sql = postgres(database.url, { max: 1 });
  await sql.unsafe(`drop owned by ${env.DATABASE_USER} cascade; drop role ${env.DATABASE_USER}`);
  await sql.end();
  await database.drop();
});

const started = new Set<Bun.Subprocess>();
afterAll(async () => {
  for (const child of started) child.kill("SIGKILL");
  await Promise.all([...started].map((child) => child.exited));
});

function start(program: string, more: Record<string, string>) {
  const child = Bun.spawn([process.execPath, "--no-install", join(programs, `${program}.ts`)], {
    cwd: "/",
    env: { PORT: "0", ...env, ...more },
    stdout: "pipe",
    stderr: "inherit",
  });
  started.add(child);
  const printed = { text: "" };
  const read = (async () => {
    for await (const chunk of child.stdout) printed.text += Buffer.from(chunk).toString();
  })();
  return { child, printed, read };
}

/** Runs the migration of a version to its end; answers what it printed. */
async function migrate(version: string): Promise<string> {
  const { child, printed, read } = start("migrate", { APP_VERSION: version });
  expect(await child.exited).toBe(0);
  await read;
  return printed.text;
}

async function web(version: string) {
  const { child, printed } = start("web", { APP_VERSION: version, PRODUCTS: '["Tea", "Bread & <butter>"]' });
  const port = await eventually("the shop listens", () => /port (\d+)/.exec(printed.text)?.[1]);
  const ask = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init);
  const order = (body: unknown) => ask("/orders", { method: "POST", body: JSON.stringify(body) });
  const orders = async () =>
    (await (await ask("/orders")).json()) as { product: string; state: string; pieces?: number }[];
  return { child, ask, order, orders };
}

describe("the shop's programs", () => {
  test("keep their orders through a migration, and ship them afterwards", async () => {
    const one = await web("1.0.0");
    expect(await one.orders()).toEqual([]);
    expect((await one.order({ product: "Tea" })).status).toBe(503);
    expect(await migrate("1.0.0")).toContain("are of version 1 (before: 0), with 0 orders");
    expect((await one.order({ product: "Tea" })).status).toBe(201);
    for (const bad of [{ product: "Soap" }, { product: "Tea", pieces: 2 }, null, {}])
      expect((await one.order(bad)).status).toBe(400);

    // The new web server is there before its tables are.
    const two = await web("2.0.0");
    expect(await two.orders()).toMatchObject([{ product: "Tea", state: "new" }]);
    expect((await two.order({ product: "Tea", pieces: 3 })).status).toBe(503);
    const worker = start("worker", { APP_VERSION: "2.0.0", SHIPPING_MS: "1" });
    expect(await migrate("2.0.0")).toContain("are of version 2 (before: 1), with 1 orders");
    expect(await migrate("2.0.0")).toContain("are of version 2 (before: 2), with 1 orders");
    expect((await two.order({ product: "Bread & <butter>", pieces: 3 })).status).toBe(201);
    await eventually("both are shipped", async () => {
      const orders = await two.orders();
      return orders.length === 2 && orders.every(({ state }) => state === "shipped");
    });
    expect(await two.orders()).toMatchObject([{ pieces: 3 }, { product: "Tea", pieces: 1 }]);
    expect(await (await two.ask("/")).text()).toContain("3 × Bread &amp; &lt;butter&gt;");
    // An old web server that is still there goes on: nobody is turned away while a new one comes.
    expect((await one.order({ product: "Tea" })).status).toBe(201);

    worker.child.kill("SIGTERM");
    expect(await worker.child.exited).toBe(0);
    for (const { child } of [one, two]) child.kill("SIGTERM");
    expect(await Promise.all([one.child.exited, two.child.exited])).toEqual([0, 0]);
  });
});
