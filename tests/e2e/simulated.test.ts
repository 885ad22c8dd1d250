import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "../../clients/sdk/index.ts";
import { processesUsing } from "../../local/processes.ts";
import { eventually } from "../helpers/eventually.ts";
import { type Product, startProduct } from "../helpers/product.ts";
import { shownByPage } from "./page.ts";

const folder = mkdtempSync(join(tmpdir(), "sim-"));

/** Starts a command where there is no `unshare`: for root, and for those who may make namespaces. */
function withoutUnshare(): string[] {
  const hidden = Bun.which("unshare")!;
  const hide = `mount --bind /dev/null ${hidden}`;
  if (process.getuid?.() === 0) return ["unshare", "--mount", "sh", "-c", `${hide} && exec "$@"`, "sh"];
  const copy = join(folder, "unshare");
  copyFileSync(hidden, copy);
  const again = `${copy} --user --map-user=${process.getuid!()} --map-group=${process.getgid!()}`;
  const command = `${hide} && exec ${again} -- "$@"`;
  return ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", command, "sh"];
}
const canHide = Bun.which("unshare") && Bun.spawnSync([...withoutUnshare(), "true"]).success;

describe.skipIf(!canHide)("without user namespaces (skipped where a test may not hide unshare)", () => {
  let product: Product;
  beforeAll(async () => {
    product = await startProduct({ via: withoutUnshare() });
  });
  afterAll(async () => {
    await product?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const client = () => createClient({ url: product.serverUrl });

  test("npm start runs and says in one line that pods are simulated", async () => {
    await eventually("the end of the greeting", () => product.output().includes("Ctrl-C ends everything"));
    const lines = product.output().split("\n");
    const said = lines.filter((line) => /simulated|unshare|namespaces/i.test(line));
    expect(said).toEqual([
      "! Pods are simulated: this machine does not allow to confine processes (user namespaces).",
    ]);
  });

  test("a deployment becomes RUNNING, says everywhere that it is simulated, and runs nothing of its driver", async () => {
    const traces = [join(folder, "ran"), "/tmp/styrmin-simulated-ran"];
    const command = ["sh", "-c", `touch ${traces.join(" ")}; sleep 1000`];
    const created = await product.cli(
      ...["deployments", "create", "hello", "1.0.0", "demo", "--wait"],
      ...["--container-overrides", JSON.stringify({ web: { web: { command } } })],
    );
    expect(created).toMatchObject({ code: 0 });
    const [deployment] = await eventually("RUNNING", async () => {
      const found = await client().deployments.list({});
      return found[0]?.status === "RUNNING" ? found : undefined;
    });
    expect(deployment!.observed).toMatchObject({ simulated: true });
    expect(await client().deploymentStatuses.list({})).toMatchObject([{ simulated: true }]);
    const pods = await client().pods.list({});
    expect(pods.map((pod) => [pod.ready, pod.simulated])).toEqual([
      [true, true],
      [true, true],
    ]);
    expect((await product.cli("deployments", "list")).stdout).toContain("RUNNING (simulated)");
    expect((await product.cli("deployments", "get", "demo/hello")).stdout).toContain("simulated: true");
    expect((await product.cli("pods", "list")).stdout.match(/Running \(simulated\)/g)).toHaveLength(2);
    const page = await shownByPage(product.serverUrl);
    expect(page).toContain("Simulated.");
    expect(page.match(/Running \(simulated\)/g)).toHaveLength(2);
    const logs = await product.cli("deployments", "logs", "demo/hello");
    expect(logs.stdout).toContain("This container is simulated");
    for (const trace of traces) expect(existsSync(trace)).toBe(false);
  });

  test("a deletion works as ever, and kill -9 of the supervisor leaves no process", async () => {
    expect(await product.cli("deployments", "delete", "demo/hello", "--wait", "--yes")).toMatchObject({
      code: 0,
    });
    const pids = Object.values(product.pids).filter((pid) => pid !== null);
    product.kill("supervisor");
    await product.ended();
    await eventually("the end of every part", () => pids.every((pid) => !existsSync(`/proc/${pid}`)));
    await eventually("the end of every process", () => processesUsing(product.home).length === 0);
  });
});
