import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ClusterProcess,
  readAudit,
  startClusterProcess,
  startTestCluster,
} from "../../../helpers/cluster.ts";
import { eventually } from "../../../helpers/eventually.ts";
import { createClient } from "../../../helpers/kube-http.ts";

const maps = "/api/v1/namespaces/default/configmaps";
const map = (name: string) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  data: { a: name },
});

describe("the cluster as a process", () => {
  let dir: string;
  let running: ClusterProcess;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "styrmin-cluster-"));
    running = await startClusterProcess(dir);
  });
  afterAll(async () => {
    await running.kill();
    rmSync(dir, { recursive: true, force: true });
  });

  test("a kill -9 between writes loses nothing that was answered", async () => {
    const answered = new Map<string, { uid: string; resourceVersion: string }>();
    for (let round = 0; round < 3; round++) {
      const http = createClient(running.kubeconfig);
      let killed = false;
      const write = async (lane: number) => {
        for (let i = 0; !killed; i++) {
          const name = `r${round}-${lane}-${i}`;
          const answer = await http.apply(`${maps}/${name}`, map(name)).catch(() => undefined);
          if (answer?.code === 201) answered.set(name, answer.body.metadata);
        }
      };
      const lanes = [0, 1, 2].map(write);
      const before = answered.size;
      await eventually("writes are answered", () => answered.size >= before + 6);
      await running.kill();
      killed = true;
      await Promise.all(lanes);
      running = await startClusterProcess(dir);
    }
    const http = createClient(running.kubeconfig);
    const { body } = await http.get(maps);
    const found = new Map<string, any>(body.items.map((one: any) => [one.metadata.name, one.metadata]));
    expect(answered.size).toBeGreaterThan(10);
    for (const [name, { uid, resourceVersion }] of answered) {
      expect(found.get(name)).toMatchObject({ uid, resourceVersion });
    }
    const highest = Math.max(...body.items.map((one: any) => Number(one.metadata.resourceVersion)));
    expect(Number(body.metadata.resourceVersion)).toBeGreaterThanOrEqual(highest);

    const created = readAudit(dir).filter(({ verb, code }) => verb === "patch" && code === 201);
    expect(new Set(created.map(({ name }) => name)).size).toBe(created.length);
    for (const name of answered.keys()) expect(created.some((line) => line.name === name)).toBe(true);
  });

  test("a watch from before the restart is told to list again", async () => {
    const http = createClient(running.kubeconfig);
    const before = await http.get(maps);
    await http.apply(`${maps}/later`, map("later"));
    await running.kill();
    running = await startClusterProcess(dir);
    const stale = createClient(running.kubeconfig).watch(
      `${maps}?watch=true&resourceVersion=${before.body.metadata.resourceVersion}`,
    );
    await eventually("the watch to end", () => stale.state.ended);
    expect(stale.events[0]).toMatchObject({ type: "ERROR", object: { code: 410 } });
  });

  test("port and certificate stay, so that a kubeconfig stays right", async () => {
    const before = readFileSync(running.kubeconfig, "utf8");
    expect(await running.stop()).toBe(0);
    running = await startClusterProcess(dir);
    expect(readFileSync(running.kubeconfig, "utf8")).toBe(before);
  });
});

test("when its port is taken the cluster takes another, and the kubeconfig says which", async () => {
  const first = await startTestCluster();
  const port = Number(new URL(first.url).port);
  const second = await startTestCluster({ port });
  try {
    expect(new URL(second.url).port).not.toBe(String(port));
    expect(readFileSync(second.kubeconfig, "utf8")).toContain(second.url);
  } finally {
    await first.stop();
    await second.stop();
  }
});
