import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { styrminDeploymentKind } from "../../kube/styrmin-deployment.ts";
import { eventually } from "../helpers/eventually.ts";
import { armAt, type Boundary, boundariesIn, isReached, marksOf } from "./boundaries.ts";
import { type Stage, startStage } from "./stage.ts";
import { startWorld, type World } from "./world.ts";

// The programs themselves, with the runner of actions as the agent's child; tests/agent/flows/actions.test.ts kills at
// each point, in one process.
let stage: Stage;
let world: World;
let deploymentId: string;

beforeAll(async () => {
  stage = await startStage();
  world = await startWorld(stage, { name: "acting", agentEnv: { STYRMIN_STATUS_MS: "200" } });
  await world.agent.start();
  for (const [path, text] of Object.entries(files)) {
    const file = join(stage.dir, "acting-driver", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  await world.client.drivers.loadLocal(join(stage.dir, "acting-driver"));
  const input = { name: "app", driver: "acting", environment: world.environment };
  const { deployment, task } = await world.client.deployments.create(input);
  deploymentId = deployment.id;
  await world.succeeded(task!.id);
});

afterAll(async () => {
  await world.stop();
  await stage.stop();
});

let version = 0;
async function upgrade(way: string, after = "none"): Promise<string> {
  const { task } = await world.client.deployments.update({
    deployment: deploymentId,
    applicationVersion: `1.${++version}.0`,
    prompts: [
      { action: "pause", name: "way", value: way },
      { action: "go-on", name: "way", value: after },
    ],
  });
  return task!.id;
}

const resource = async () => {
  const { items } = await stage.cluster.kube.list(styrminDeploymentKind, {
    namespace: world.systemNamespace,
  });
  return items[0]!;
};

/** What two runs of the same upgrade have in common. */
async function endOf(taskId: string) {
  const [task] = await world.sql`
    select state, (select jsonb_agg(jsonb_build_array(name, state) order by position) from task_steps s
      where s.task_id = t.id) as steps from tasks t where id = ${taskId}`;
  const { spec, status } = await resource();
  const components = status.components.map(({ name, ready }: { name: string; ready: number }) => [
    name,
    ready,
  ]);
  return { ...task, hold: spec.hold, components, isNew: spec.applicationVersion === `1.${version}.0` };
}

/** What an action holds, and the ends of some of its calls. */
const isOfActions = ({ way, label }: Boundary) =>
  way === "toCluster"
    ? label.endsWith("by styrmin-flow")
    : /^FinishTaskStep (upgrade\/.*: (count|start)|end hold)/.test(label);

test("an agent killed at any call of an action ends as the clean run", async () => {
  const marks = marksOf(world);
  const first = await upgrade("none");
  await world.succeeded(first);
  const settled = ["web", "worker"].map((name) => [name, 1]);
  const clean = await eventually("the clean end", async () => {
    const end = await endOf(first);
    return Bun.deepEquals(end.components, settled) ? end : undefined;
  });
  expect(clean).toMatchObject({ state: "SUCCEEDED", hold: undefined, isNew: true });
  const boundaries = boundariesIn(world, "app", marks).filter(isOfActions);
  expect(boundaries.length).toBeGreaterThanOrEqual(6);
  for (const boundary of boundaries) {
    const armed = armAt(world, "app", boundary, "after", () => world.agent.kill());
    const taskId = await upgrade("none");
    const isHit = await isReached(armed, boundary, world.succeeded(taskId));
    armed.disarm();
    if (boundary.required) expect([boundary.label, isHit]).toEqual([boundary.label, true]);
    await world.agent.kill();
    await world.agent.start();
    await world.succeeded(taskId);
    // A pod that is one too many may be counted for a moment longer.
    await eventually(`${boundary.label}: the end of the clean run`, async () => {
      expect(await endOf(taskId)).toEqual(clean);
      return true;
    });
  }
  console.log(`actions: an agent killed at ${boundaries.length} writes of an upgrade`);
});

test("what a task holds that ends without an agent is let go", async () => {
  const taskId = await upgrade("wait");
  await eventually("it is held", async () => (await resource()).spec.hold?.task === taskId);
  await world.agent.kill();
  await world.client.tasks.cancel(taskId);
  await world.agent.start();
  await eventually("it is let go", async () => (await resource()).spec.hold === undefined);
  expect((await world.client.tasks.get(taskId))!.state).toBe("CANCELLED");
  await eventually("both run again", async () => {
    const { status } = await resource();
    return status.components.every(({ ready }: { ready: number }) => ready === 1);
  });
});

test.each(["cancelled", "poisoned"])(
  "an upgrade that is %s in its middle goes back, agent and server killed",
  async (way) => {
    const before = (await resource()).spec.applicationVersion;
    const taskId = await upgrade("none", "wait");
    const inTheMiddle = () =>
      eventually("the new version runs, and its action waits", async () => {
        const { steps } = (await world.client.tasks.get(taskId))!;
        const waits = steps.some(({ name, state }) => name.endsWith("go-on: wait") && state === "RUNNING");
        const { spec } = await resource();
        return waits && spec.hold?.task === taskId && spec.applicationVersion !== before;
      });
    await inTheMiddle();
    await world.agent.kill();
    if (way === "cancelled") await world.client.tasks.cancel(taskId);
    for (let lives = 1; way === "poisoned" && lives < 3; lives++) {
      const { attempts } = (await world.client.tasks.get(taskId))!;
      await world.agent.start();
      await eventually("it is taken up again", async () => {
        const task = (await world.client.tasks.get(taskId))!;
        return task.attempts > attempts && task.steps.some(({ name }) => name.endsWith("go-on: wait"));
      });
      await world.agent.kill();
    }
    await world.server.kill();
    await world.server.start();
    await world.agent.start();
    const task = await eventually("it has ended", async () => {
      const found = (await world.client.tasks.get(taskId))!;
      return found.finishedAt && found.reason?.includes("It goes back") ? found : undefined;
    });
    expect(task.state).toBe(way === "cancelled" ? "CANCELLED" : "FAILED");
    expect(task.reason).toContain(way);
    expect(task.reason).toEndWith(`It goes back to version ${before} (driver 1).`);
    await eventually("it is back, and holds nothing", async () => {
      const { spec, status } = await resource();
      const isReady = status.components.every(({ ready }: { ready: number }) => ready === 1);
      return spec.applicationVersion === before && spec.hold === undefined && isReady;
    });
    expect((await world.client.deployments.get(deploymentId))!.applicationVersion).toBe(before);
  },
);

const workload = (part: string) => `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: "{{ instance.release_name }}-${part}" }
spec:
  selector: { matchLabels: { app: "{{ instance.release_name }}", part: ${part} } }
  template:
    metadata: { labels: { app: "{{ instance.release_name }}", part: ${part} } }
    spec: { containers: [{ name: main, image: "busybox:1.37", env: [{ name: VERSION, value: {{ app.version | tojson }} }] }] }
`;

const files = {
  "driver.styrmin.yml": `apiVersion: styrmin.io/v1
kind: ApplicationDriver
metadata: { name: acting }
spec:
  version: "1"
  supported_versions: "^1.0.0"
  default_version: "1.0.0"
  components:
    web: { identifier: { label: { part: web } } }
    worker: { identifier: { label: { part: worker } } }
  actions:
    - name: pause
      hook: upgrade
      mode: pre
      location: actions.ts::pause
      prompts: [{ name: way, kind: enum, values: [none, wait], default: none }]
    - name: go-on
      hook: upgrade
      mode: post
      location: actions.ts::goOn
      prompts: [{ name: way, kind: enum, values: [none, wait], default: none }]
`,
  "manifests/all.yaml": workload("web") + workload("worker"),
  "actions.ts": `import type { ActionContext } from "@styrmin/driver-kit";
export async function pause(ctx: ActionContext) {
  await ctx.stopComponents("worker");
  if (ctx.prompts.way === "wait") await ctx.step("wait", () => new Promise(() => {}));
  await ctx.step("count", () => 1);
}
export async function goOn(ctx: ActionContext) {
  if (ctx.prompts.way === "wait") await ctx.step("wait", () => new Promise(() => {}));
  await ctx.scale("web", 2);
  await ctx.startComponents("worker");
}
`,
};
