import { expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { namespaces } from "./help.ts";

const root = resolve(import.meta.dir, "../../../..");
const asNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];
const canTry =
  namespaces &&
  process.getuid?.() === 0 &&
  Bun.spawnSync([...asNobody, process.execPath, "--version"]).success &&
  Bun.spawnSync([...asNobody, "test", "-r", join(root, "package.json")]).success;

test.skipIf(!canTry)(
  "pods are confined for an ordinary user as well (skipped unless root runs the tests where others may read them)",
  async () => {
    const home = mkdtempSync(join(tmpdir(), "styrmin-nobody-"));
    chmodSync(home, 0o777);
    const child = Bun.spawn(
      [...asNobody, process.execPath, "test", "tests/local/cluster/kubelet/sandbox.test.ts"],
      { cwd: root, env: { ...process.env, HOME: home, TMPDIR: home }, stdout: "ignore", stderr: "pipe" },
    );
    const said = await new Response(child.stderr).text();
    rmSync(home, { recursive: true, force: true });
    expect(await child.exited, said).toBe(0);
    expect(said).toMatch(/\b[1-9]\d* pass\n\s*0 fail/);
  },
);

test.skipIf(!namespaces || process.getuid?.() !== 0)(
  "root may keep the cluster where nobody else may look (skipped unless root runs the tests)",
  async () => {
    const hidden = mkdtempSync(join(tmpdir(), "styrmin-hidden-"));
    chmodSync(hidden, 0o700);
    const { startTestNode } = await import("./help.ts");
    const before = process.env.TMPDIR;
    process.env.TMPDIR = hidden;
    try {
      const node = await startTestNode();
      node.run("one", { command: ["sleep", "100"], securityContext: { runAsUser: 1000 } });
      await node.ready("one");
      expect((await node.exec("one", ["id", "-u"])).out).toBe("1000\n");
      await node.stop();
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
      rmSync(hidden, { recursive: true, force: true });
    }
  },
);
