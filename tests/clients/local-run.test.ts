import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localKubectl } from "../../clients/cli/local-run.ts";

const home = mkdtempSync(join(tmpdir(), "styrmin-run-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const serverUrl = "http://127.0.0.1:8123";
const run = { serverUrl, kubeconfig: "/k/config", context: null, pids: { supervisor: process.pid } };
const asked = (changes: object = {}, server = serverUrl) => {
  writeFileSync(join(home, "run.json"), JSON.stringify({ ...run, ...changes }));
  return localKubectl(server, { STYRMIN_HOME: home });
};

test("kubectl is told of the cluster of the run whose server is spoken to", () => {
  expect(asked()).toBe("--kubeconfig /k/config");
  expect(asked({}, "http://localhost:8123/")).toBe("--kubeconfig /k/config");
  expect(asked({ kubeconfig: "/my k's/config", context: "lab" })).toBe(
    "--kubeconfig '/my k'\\''s/config' --context lab",
  );
});

test("kubectl is told nothing of another server's cluster, or of a run that has ended", async () => {
  expect(asked({}, "http://127.0.0.1:8000")).toBeUndefined();
  expect(asked({}, "https://127.0.0.1:8123")).toBeUndefined();
  const ended = Bun.spawn(["true"]);
  await ended.exited;
  expect(asked({ pids: { supervisor: ended.pid } })).toBeUndefined();
  writeFileSync(join(home, "run.json"), "{");
  expect(localKubectl(serverUrl, { STYRMIN_HOME: home })).toBeUndefined();
  expect(localKubectl(serverUrl, { STYRMIN_HOME: join(home, "none") })).toBeUndefined();
});
