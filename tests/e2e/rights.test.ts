import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { createClient } from "../../clients/sdk/index.ts";
import type { KubeObject } from "../../kube/types.ts";
import { eventually } from "../helpers/eventually.ts";
import { embedded, type Site } from "./cluster.ts";
import { writeGuardDriver } from "./drivers.ts";
import { describeRights } from "./rights.ts";

describeRights(embedded);

describe("a driver that needs more than the agent's own rights", () => {
  const folder = mkdtempSync(join(tmpdir(), "guard-"));
  let site: Site;
  beforeAll(async () => {
    site = await embedded.start({ isDatabaseShared: true, env: { STYRMIN_DRIVER_ROOTS: folder } });
  });
  afterAll(async () => {
    await site?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("says at its load what is missing, a deployment says so too, and with what was printed all is well", async () => {
    const { product, kube, environment } = site;
    const client = createClient({ url: product.serverUrl });
    const loaded = await product.cli("drivers", "load-local-version", writeGuardDriver(folder));
    expect([loaded.code, loaded.stdout]).toEqual([0, expect.stringContaining("guard")]);
    const [, text = ""] = /kubectl apply -f - <<'END'\n([\s\S]*)END\n$/.exec(loaded.stderr) ?? [];
    const role = parse(text) as KubeObject;
    expect(role).toMatchObject({ kind: "ClusterRole", metadata: { name: "styrmin-agent-driver-guard" } });
    expect(role.rules.flatMap(({ resources }: { resources: string[] }) => resources).sort()).toEqual([
      "limitranges",
      "pods/exec",
      "rolebindings",
      "roles",
    ]);
    expect((await client.drivers.version("guard"))!.clusterRole).toBe(text);

    const input = { name: "guard", driver: "guard", environment };
    const { task } = await client.deployments.create(input);
    const said = await eventually("the task says what it waits for", async () =>
      (await client.tasks.log(task!.id))?.find(({ message }) => message.startsWith("MissingRight")),
    );
    expect(said!.message).toContain('the agent may not list limitranges (API group "") in the whole cluster');

    await kube.apply(role, { manager: "somebody" });
    await eventually(
      "the task goes on by itself",
      async () => (await client.tasks.get(task!.id))?.state === "SUCCEEDED",
    );
    await eventually("it is shown as running", async () => {
      return (await client.deployments.get("guard", { environment }))!.status === "RUNNING";
    });
  });
});
