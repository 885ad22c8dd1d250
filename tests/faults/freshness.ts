import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { eventually } from "../helpers/eventually.ts";
import type { SeenRequest } from "../helpers/proxy.ts";
import type { StartCluster } from "./cluster.ts";
import { type Stage, startStage } from "./stage.ts";
import { changes, rowVersions } from "./versions.ts";
import { startWorld, type World } from "./world.ts";

/** The tests of what is shown when nothing new is heard or seen. */
export function describeFreshness(start: StartCluster): void {
  let stage: Stage;
  let world: World;

  beforeAll(async () => {
    stage = await startStage(start);
    world = await startWorld(stage, {
      name: "fresh",
      serverEnv: { STYRMIN_SILENCE_MS: "2500", STYRMIN_TAKEOVER_MS: "700" },
      agentEnv: { STYRMIN_STATUS_MS: "150", STYRMIN_LEASE_DURATION_MS: "3000" },
    });
    await world.agent.start();
    await world.succeeded((await world.deploy("app1", { replicas: 2 })).taskId);
  });

  beforeEach(() => isRunning());

  // A test that fails must not take those after it along.
  afterEach(() => {
    world.toServer.clear();
    world.toCluster.clear();
    world.toCluster.dropAll();
  });

  afterAll(async () => {
    await world.stop();
    await stage.stop();
  });

  const isRunning = () =>
    eventually("it is seen to run, with both pods", async () => {
      const found = await world.client.deployments.get("app1");
      const pods = await world.client.pods.list();
      if (found?.status === "RUNNING" && found.lastKnown === null && pods.length === 2) return true;
      throw new Error(`${found?.status} (${found?.statusReason}), ${pods.length} pods`);
    });

  const becomesUnknown = () =>
    eventually("it becomes UNKNOWN by itself", async () => {
      const found = await world.client.deployments.get("app1");
      const { status, lastKnown, observed } = found!;
      if (status === "UNKNOWN" && lastKnown === "RUNNING" && observed?.stale) return found;
      throw new Error(`${found?.status}, last known ${found?.lastKnown} (${found?.statusReason})`);
    });

  const observed = () => rowVersions(world.sql, { except: ["agents", "reports", "inquiries"] });

  /** Waits until the agent has sent so many more reports of pods; answers their inputs. */
  async function podReports(count: number): Promise<Record<string, any>[]> {
    const from = world.toServer.requests.length;
    const isReport = ({ body, code }: SeenRequest) =>
      body.includes("mutation ReportPodStatuses") && code === 200;
    return eventually(`${count} more reports`, () => {
      const found = world.toServer.requests.slice(from).filter(isReport);
      return found.length >= count ? found.map(({ body }) => JSON.parse(body).variables.input) : undefined;
    });
  }

  test("an agent that is killed makes its deployments UNKNOWN, and brings the word back", async () => {
    await world.agent.kill();
    const found = await becomesUnknown();
    expect(found.statusReason).toMatch(/has (been silent|not reported)/);
    await eventually("the agent is SILENT", async () => {
      const cluster = await world.client.clusters.get(world.clusterId);
      return cluster?.agent.state === "SILENT";
    });
    expect((await world.client.pods.list()).length).toBe(2);
    await world.agent.start();
    await isRunning();
  });

  test("an agent that stands still, or cannot reach the server, does so too", async () => {
    world.agent.process.pause();
    await becomesUnknown();
    world.agent.process.resume();
    await isRunning();

    world.toServer.add({ path: /./, fault: { kind: "drop-before" } });
    world.toServer.dropAll();
    await becomesUnknown();
    world.toServer.clear();
    await isRunning();
  });

  test.each([
    ["refused", { kind: "status", code: 403, reason: "Forbidden" }],
    ["failing", { kind: "status", code: 500 }],
    ["cut off in the middle", { kind: "truncate" }],
    ["not answered", { kind: "hang" }],
  ] as const)("no pod is pruned while the list of pods is %s", async (_how, fault) => {
    const before = await observed();
    const path = /^\/api\/v1\/pods/;
    world.toCluster.add({ method: "GET", path, fault });
    world.toCluster.dropAll();
    const incomplete = await eventually("a report says that it is incomplete", async () =>
      (await podReports(1)).find(({ scopes }) => !scopes[0].complete),
    );
    expect(incomplete.scopes[0].reason).toBeTruthy();
    await podReports(3);
    expect(changes(before, await observed())).toEqual([]);

    // An agent that starts like this has nothing to say of pods, or says that it has not seen them.
    await world.agent.kill();
    const from = world.toServer.requests.length;
    await world.agent.start();
    await eventually("its resources are reported", () =>
      world.toServer.requests
        .slice(from)
        .some(({ body }) => body.includes("mutation ReportDeploymentStatuses")),
    );
    await eventually("the list was asked for", () => world.toCluster.count("GET", path) > 1);
    const isWhole = ({ body }: SeenRequest) =>
      body.includes("mutation ReportPodStatuses") && JSON.parse(body).variables.input.scopes[0].complete;
    expect(world.toServer.requests.slice(from).some(isWhole)).toBe(false);
    expect((await world.client.pods.list()).length).toBe(2);

    world.toCluster.clear();
    world.toCluster.dropAll();
    await podReports(1);
  });

  test("reports that are older, of an earlier life, or sent twice change nothing", async () => {
    const isReport = ({ body, code }: SeenRequest) =>
      /mutation Report(Pod|Deployment)Statuses/.test(body) && code === 200;
    const first = world.toServer.requests.filter(isReport);
    // One that tells of nothing would take everything away, were it taken.
    const empty = JSON.parse(first.findLast(({ body }) => body.includes("ReportPodStatuses"))!.body);
    const scopes = [{ namespace: null, complete: true, reason: null }];
    const nothing = { kind: "FULL", base: null, digest: "0-0", pods: [], removed: [], scopes, sequence: 1 };
    Object.assign(empty.variables.input, nothing);

    const before = await observed();
    const send = async (body: string) => {
      const headers = { "content-type": "application/json", authorization: `Bearer ${world.token}` };
      return (
        await fetch(`${world.client.connection.url}/graphql`, { method: "POST", headers, body })
      ).text();
    };
    const answers = await Promise.all(
      [...first.slice(0, 20), ...first.slice(-20)].map(({ body }) => body).map(send),
    );
    answers.push(await send(JSON.stringify(empty)));
    for (const answer of answers) expect(answer).toMatch(/"outcome":"(STALE|NEED_FULL)"/);
    expect(changes(before, await observed())).toEqual([]);
  });
}
