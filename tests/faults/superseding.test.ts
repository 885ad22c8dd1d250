import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ClientError } from "../../clients/sdk/index.ts";
import { styrminDeploymentKind } from "../../kube/styrmin-deployment.ts";
import { eventually } from "../helpers/eventually.ts";
import { armAt, boundariesIn, marksOf } from "./boundaries.ts";
import type { Crash } from "./crash.ts";
import { crashesOf } from "./enumerate.ts";
import { type Stage, startStage } from "./stage.ts";
import { startWorld, type World } from "./world.ts";

// An upgrade that cannot become ready, and one that takes its place: agent or server are killed in between.
let stage: Stage;
let worlds: { pull: World; direct: World };

beforeAll(async () => {
  stage = await startStage();
  for (const [path, text] of Object.entries(files)) {
    const file = join(stage.dir, "picky", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const start = async (name: string, intent: "PULL" | "DIRECT") => {
    const world = await startWorld(stage, { name, intent, agentEnv: { STYRMIN_STATUS_MS: "200" } });
    await world.agent.start();
    await world.client.drivers.loadLocal(join(stage.dir, "picky"));
    const input = { name: "app", driver: "picky", environment: world.environment };
    await world.succeeded((await world.client.deployments.create(input)).task!.id);
    return world;
  };
  const [pull, direct] = await Promise.all([start("pulls", "PULL"), start("directs", "DIRECT")]);
  worlds = { pull, direct };
});

afterAll(async () => {
  await Promise.all([worlds.pull.stop(), worlds.direct.stop()]);
  await stage.stop();
});

let version = 0;
/** Asks for the next version, as a client that asks again while the server does not answer. */
async function upgrade({ client, environment }: World, image: string): Promise<Upgrade> {
  const asked = `1.${++version}.0`;
  const input = {
    ...{ deployment: "app", environment, applicationVersion: asked, parameters: { image } },
    idempotencyKey: crypto.randomUUID(),
  };
  const taskId = await eventually("the server takes the update", async () => {
    try {
      return (await client.deployments.update(input)).task!.id;
    } catch (thrown) {
      if (thrown instanceof ClientError && thrown.code === "UNAVAILABLE") return undefined;
      throw thrown;
    }
  });
  return { taskId, version: asked };
}
interface Upgrade {
  taskId: string;
  version: string;
}

const resource = async ({ systemNamespace }: World) => {
  const { items } = await stage.cluster.kube.list(styrminDeploymentKind, { namespace: systemNamespace });
  return items[0]!;
};

/** An upgrade whose pods cannot become ready, and which waits for that. */
async function stuck(world: World): Promise<Upgrade> {
  const asked = await upgrade(world, "busybox:missing");
  await eventually("it waits for its pods", async () => {
    const { steps } = (await world.client.tasks.get(asked.taskId))!;
    const { status } = await resource(world);
    const waits = steps.some(({ name, state }) => name === "wait ready" && state === "RUNNING");
    return waits && status.instanceId === (await resource(world)).spec.instanceId;
  });
  return asked;
}

/** That all is as the later one wants it, and that nothing went back in between. */
async function expectMended(world: World, first: Upgrade, next: Upgrade): Promise<void> {
  await world.succeeded(next.taskId);
  const { client, environment, sql } = world;
  expect(await client.tasks.get(first.taskId)).toMatchObject({
    state: "CANCELLED",
    reason: `superseded by task ${next.taskId}`,
    supersededBy: { id: next.taskId },
  });
  await eventually("it runs", async () => (await world.status("app")) === "RUNNING");
  expect((await client.deployments.get("app", { environment }))!.applicationVersion).toBe(next.version);
  expect((await resource(world)).spec.applicationVersion).toBe(next.version);
  const intents = await sql`
    select spec ->> 'applicationVersion' as version from intents
    where task_id = any(${[first.taskId, next.taskId]}) order by generation`;
  expect(intents.map((one) => one.version)).toEqual([first.version, next.version]);
}

/** What is the same in every task: tests/faults/enumerate.ts kills there. And a Release has its generation for a name. */
const isAsInAny = /^(RenewTask|StartTaskStep|FinishTaskStep)|\/secrets\/APP-r\d+/;

/** Kills at each write by which the later upgrade brings something about. Answers at how many. */
async function killAtEach(world: World, victim: "agent" | "server"): Promise<number> {
  const before = await stuck(world);
  const marks = marksOf(world);
  await expectMended(world, before, await upgrade(world, "busybox:1.37"));
  const crashes: Crash[] = boundariesIn(world, "app", marks)
    .filter(({ way, required }) => required && (victim === "agent" || way !== "toCluster"))
    .filter(({ label }) => !isAsInAny.test(label))
    .flatMap((boundary) => crashesOf(victim, boundary, true));
  for (const { boundary, when } of crashes) {
    const first = await stuck(world);
    const armed = armAt(world, "app", boundary, when, () => world[victim].kill());
    const asking = upgrade(world, "busybox:1.37");
    await armed.hit;
    armed.disarm();
    await world[victim].start();
    await expectMended(world, first, await asking);
  }
  return crashes.length;
}

test("an agent or a server killed at any write of the next upgrade ends as the clean run", async () => {
  const [agents, servers] = await Promise.all([
    killAtEach(worlds.pull, "agent"),
    killAtEach(worlds.direct, "server"),
  ]);
  expect(agents).toBeGreaterThan(6);
  expect(servers).toBeGreaterThan(4);
  console.log(`superseding: an agent killed at ${agents} writes, a server at ${servers}`);
});

test("a server killed while it records the next upgrade", async () => {
  const { direct: world } = worlds;
  for (const afterMs of [0, 8, 32]) {
    const first = await stuck(world);
    const asking = upgrade(world, "busybox:1.37");
    await Bun.sleep(afterMs);
    await world.server.kill();
    await world.server.start();
    await expectMended(world, first, await asking);
  }
});

test("when the next upgrade is cancelled before anybody took it up, what ran before both is back", async () => {
  const { pull: world } = worlds;
  const { client, environment } = world;
  const before = (await client.deployments.get("app", { environment }))!.applicationVersion;
  const first = await stuck(world);
  await world.agent.kill();
  const next = await upgrade(world, "busybox:1.37");
  expect((await client.tasks.get(first.taskId))!.state).toBe("CANCELLED");
  await world.server.kill();
  await world.server.start();
  await client.tasks.cancel(next.taskId);
  await world.server.kill();
  await world.server.start();
  await world.agent.start();
  await eventually("it is back", async () => {
    const { spec, status } = await resource(world);
    return spec.applicationVersion === before && status.components[0].ready === 1;
  });
  await eventually("it runs", async () => (await world.status("app")) === "RUNNING");
  expect((await client.deployments.get("app", { environment }))!.applicationVersion).toBe(before);
  expect((await client.tasks.get(next.taskId))!.reason).toBe(
    `cancelled by a user. It goes back to version ${before} (driver 1).`,
  );
});

const files = {
  "driver.styrmin.yml": `apiVersion: styrmin.io/v1
kind: ApplicationDriver
metadata: { name: picky }
spec:
  version: "1"
  supported_versions: "^1.0.0"
  default_version: "1.0.0"
  components:
    web: { identifier: { label: { part: web } } }
  parameters:
    - { name: image, kind: string, default: "busybox:1.37" }
`,
  "manifests/all.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: { name: "{{ instance.release_name }}" }
spec:
  selector: { matchLabels: { app: "{{ instance.release_name }}", part: web } }
  template:
    metadata: { labels: { app: "{{ instance.release_name }}", part: web } }
    spec:
      containers:
        - name: main
          image: {{ parameters.image | tojson }}
          env: [{ name: VERSION, value: {{ app.version | tojson }} }]
`,
};
