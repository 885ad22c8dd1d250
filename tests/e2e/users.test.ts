import { expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createClient } from "../../clients/sdk/index.ts";
import { processesUsing } from "../../local/processes.ts";
import { eventually } from "../helpers/eventually.ts";
import { type Product, startProduct } from "../helpers/product.ts";

const repository = resolve(import.meta.dir, "../..");
const isRoot = process.getuid?.() === 0;
const nobody = 65534;

/** A user's own folder, which nobody else may enter, with a clone in a folder with spaces. */
function clone(owner: number | undefined) {
  const folder = mkdtempSync(join(tmpdir(), "u-"));
  const root = join(folder, "My Clone");
  mkdirSync(root);
  const parts = ["agent", "clients", "drivers", "k8s", "kube", "lib", "local", "server"];
  for (const part of [...parts, "package.json", "bunfig.toml", "tsconfig.json", "schema.graphql"])
    cpSync(join(repository, part), join(root, part), { recursive: true });
  for (const own of ["home", "tmp"]) mkdirSync(join(folder, own));
  if (owner !== undefined) giveTo(owner, folder);
  // Links of files: they stay whose they are, and all may read them.
  linkTree(join(repository, "node_modules"), join(root, "node_modules"));
  const bun = join(root, "bun");
  cpSync(process.execPath, bun);
  chmodSync(folder, 0o700);
  return { folder, root, bun };
}

function giveTo(owner: number, path: string): void {
  chownSync(path, owner, owner);
  if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) giveTo(owner, join(path, name));
}

function linkTree(from: string, to: string): void {
  const linked = Bun.spawnSync(["cp", "-al", from, to]);
  if (!linked.success) cpSync(from, to, { recursive: true, verbatimSymlinks: true });
}

const users: [who: string, isPossible: boolean, owner: number | undefined, via: string[]][] = [
  [
    "an ordinary user with an empty home",
    true,
    isRoot ? nobody : undefined,
    isRoot ? ["setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups", "--"] : [],
  ],
  ["root without a HOME", isRoot, undefined, ["env", "-u", "HOME"]],
];

for (const [who, isPossible, owner, via] of users) {
  test.concurrent.skipIf(!isPossible)(`${who} plays the main job, where nobody else may enter`, async () => {
    const { folder, root, bun } = clone(owner);
    const home = join(root, ".styrmin");
    const env = { HOME: join(folder, "home"), TMPDIR: join(folder, "tmp") };
    let product: Product | undefined;
    try {
      product = await startProduct({ root, bun, home, via, env });
      expect(product.output()).not.toContain("simulated");
      await play(product);
      expect(await product.stop()).toBe(0);
      await eventually("the end of every process", () => processesUsing(folder).length === 0);
      expect(existsSync(join(home, "run.json"))).toBe(false);
      const left = ["home", "tmp"].flatMap((name) => readdirSync(join(folder, name)));
      expect(left.filter((name) => name !== ".bun")).toEqual([]);
    } finally {
      await product?.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

/** Deploys, looks at the page, updates, deletes. */
async function play(product: Product): Promise<void> {
  const client = createClient({ url: product.serverUrl });
  const cli = async (...args: string[]) => {
    const { code, stderr } = await product.cli(...args);
    expect([args, code, stderr]).toEqual([args, 0, expect.any(String)]);
  };
  const page = async () => {
    const deployment = await client.deployments.get("hello");
    const { host } = new URL(deployment!.services.find((one) => one.url)!.url!);
    return (await fetch(`http://127.0.0.1:${product.ingressPort}/`, { headers: { host } })).text();
  };
  const parameters = ["-p", "replicas=1", "-p", "greeting=Good day"];
  await cli("deployments", "create", "hello", "1.0.0", "demo", ...parameters, "--wait");
  await eventually("the page", async () => (await page()).includes("Good day"));
  await cli("deployments", "update", "demo/hello", "-p", "greeting=Good night", "--wait");
  await eventually("the new page", async () => (await page()).includes("Good night"));
  const pods = await client.pods.list({});
  expect(pods.map((pod) => pod.simulated)).not.toContain(true);
  await cli("deployments", "delete", "demo/hello", "--wait", "--yes");
}
