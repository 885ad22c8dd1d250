import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createClient } from "../../clients/sdk/index.ts";
import type { LockHolder } from "../../local/lock.ts";
import { processesUsing, processesWith } from "../../local/processes.ts";
import { eventually } from "../helpers/eventually.ts";
import { startProduct } from "../helpers/product.ts";
import { pace } from "../helpers/pace.ts";

const root = resolve(import.meta.dir, "../..");
const product = await startProduct();
afterAll(() => product.stop());
const client = () => createClient({ url: product.serverUrl });

/** The run that holds the lock now, or held it last. */
function lastRun(): LockHolder {
  return JSON.parse(readFileSync(join(product.home, "lock"), "utf8"));
}

function ofTheRun() {
  const { runId } = lastRun();
  const found = [...processesWith(`STYRMIN_RUN_ID=${runId}`), ...processesUsing(product.home)];
  return found.map(({ pid, command }) => `${pid} ${command}`);
}

describe("npm start", () => {
  test("makes the cluster, the environment and the bundled drivers, and prints what to do next", async () => {
    const [cluster] = await client().clusters.list();
    expect(cluster).toMatchObject({ name: "local", intent: "DIRECT" });
    expect(cluster?.config).toMatchObject({ fqdn_suffix: "localhost", ingress_port: product.ingressPort });
    expect((await client().environments.list()).map(({ name }) => name)).toEqual(["demo"]);
    expect((await client().drivers.list()).map(({ name }) => name)).toEqual(["hello", "notes", "shop"]);
    expect(product.output()).toContain(`Styrmin is ready after`);
    expect(product.output()).toContain("deployments create hello 1.0.0 demo --name hello --wait");
    expect(product.output()).toContain(
      `  STYRMIN_HOME=${product.home} STYRMIN_SERVER_ADDRESS=${product.serverUrl} npm run`,
    );
    expect(product.output()).toContain(product.kubeconfig);
    expect(statSync(join(product.home, "agent-token")).mode & 0o777).toBe(0o600);
  });

  // Where Bun came by another way than the bootstrap, the pasted line would first install it.
  test.skipIf(!existsSync(join(root, ".toolchain")))(
    "prints a command that works as it is pasted",
    async () => {
      const line = product.output().match(/^ {2}(.*npm run -s styrminctl.*)$/m)?.[1] ?? "";
      const child = Bun.spawn(["sh", "-c", line], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
      const [stdout, stderr, code] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
        child.exited,
      ]);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(stdout).toContain("RUNNING");
    },
  );

  test("starts each part again that is killed, and says the new pids", async () => {
    for (const part of ["agent", "server", "cluster", "postgres"] as const) {
      const before = product.pids[part];
      product.kill(part);
      await eventually(`another ${part}`, () => product.pids[part] !== before);
      await eventually("the server answers", () => client().clusters.list());
    }
  });

  test("leaves no process when it is killed, and the next start finds everything as it was", async () => {
    const { installationId } = await client().server.info();
    const { runId } = lastRun();
    product.kill("supervisor");
    await product.ended();
    await eventually("nothing runs any more", () => ofTheRun().length === 0);
    await product.restart();
    expect((await client().server.info()).installationId).toBe(installationId);
    expect((await client().clusters.list()).length).toBe(1);
    const versions = await client().drivers.versions({ filter: { driver: "hello" } });
    expect(versions.length).toBe(1);
    const leftovers = (await readdir(tmpdir())).filter((name) => name === `styrmin-${runId.slice(-8)}`);
    expect(leftovers).toEqual([]);
  });

  test("ends everything within five seconds of SIGTERM", async () => {
    const from = performance.now();
    process.kill(product.pids.supervisor, "SIGTERM");
    expect(await product.ended()).toBe(0);
    expect(performance.now() - from).toBeLessThan(5000 * pace());
    expect(ofTheRun()).toEqual([]);
    expect(existsSync(join(product.home, "run.json"))).toBe(false);
  });
});
