import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Client, ClientError, createClient } from "../clients/sdk/index.ts";
import type { Home } from "./home.ts";

export interface SetupOptions {
  serverUrl: string;
  home: Home;
  intent: "DIRECT" | "PULL";
  /** What everything on the cluster `local` inherits; merged over what is set already. */
  config: Record<string, unknown>;
}

/**
 * Sees to it that the cluster `local` is registered with this home's agent token and that environment `demo` exists.
 * Changes nothing that is as it should be. The home's mark is written before the cluster is made: a kill in between
 * leaves a home and a database that know each other.
 */
export async function registerCluster({ serverUrl, home, intent, config }: SetupOptions): Promise<void> {
  const client = createClient({ url: serverUrl });
  const token = agentToken(home);
  const { installationId } = await client.server.info();
  if (!existsSync(home.installation)) writeFileSync(home.installation, `${installationId}\n`);

  const cluster = await client.clusters.get("local");
  if (!cluster) {
    const tokenHash = createHash("sha256").update(token).digest("hex");
    await client.clusters.create({ name: "local", intent, tokenHash, config });
  } else {
    const wanted = { ...(cluster.config as Record<string, unknown>), ...config };
    if (!Bun.deepEquals(wanted, cluster.config)) await client.clusters.update("local", wanted);
  }
  if (!(await client.environments.get("demo")))
    await client.environments.create({ name: "demo", cluster: "local" });
}

/** A bundled driver that could not be loaded, and what the server said about it. */
export interface LeftOut {
  name: string;
  why: string;
}

/**
 * Loads each bundled driver; one whose content is known already stays as it is. One that the server refuses (for want of
 * a helm that works, say) is left out and answered; it holds up nothing.
 */
export async function loadBundledDrivers(serverUrl: string, root: string): Promise<LeftOut[]> {
  const client: Client = createClient({ url: serverUrl });
  const entries = await readdir(join(root, "drivers"));
  const names = entries
    .filter((name) => existsSync(join(root, "drivers", name, "driver.styrmin.yml")))
    .sort();
  const load = async (name: string): Promise<LeftOut[]> => {
    try {
      await client.drivers.loadLocal(join(root, "drivers", name));
      return [];
    } catch (thrown) {
      if (!(thrown instanceof ClientError) || thrown.code === "UNAVAILABLE") throw thrown;
      return [{ name, why: thrown.message }];
    }
  };
  return (await Promise.all(names.map(load))).flat();
}

/** The token is made once; only its hash leaves this folder. */
function agentToken(home: Home): string {
  if (!existsSync(home.agentToken)) {
    writeFileSync(home.agentToken, randomBytes(32).toString("base64url"), { mode: 0o600 });
  }
  return readFileSync(home.agentToken, "utf8").trim();
}
