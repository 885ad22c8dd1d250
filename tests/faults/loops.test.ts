import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { type Agent, startAgent } from "../../agent/agent.ts";
import { createClient } from "../../clients/sdk/index.ts";
import { createKube } from "../../kube/client.ts";
import { loadKubeAccess } from "../../kube/config.ts";
import type { Kube } from "../../kube/types.ts";
import { silentLog } from "../../lib/log.ts";
import { eventually } from "../helpers/eventually.ts";
import { pace } from "../helpers/pace.ts";
import { kinds } from "./cluster.ts";
import { type Stage, startStage } from "./stage.ts";
import { startWorld, type World } from "./world.ts";

type Loop = "flows" | "operator" | "reporter";
type Way = "throw" | "hang";

let stage: Stage;
let world: World;
let agent: Agent;
const stop = new AbortController();

/** What is broken now, and how. */
let broken: { loop: Loop; way: Way } | undefined;
let healed = Promise.withResolvers<void>();
/** How often a broken loop ran into it. */
let hits = 0;

beforeAll(async () => {
  stage = await startStage();
  world = await startWorld(stage, { name: "loops" });
  agent = await startBreakableAgent();
  await world.succeeded((await world.deploy("app1")).taskId);
  await eventually("it runs", async () => (await world.status("app1")) === "RUNNING");
});

afterEach(() => heal());

afterAll(async () => {
  stop.abort();
  await agent.done;
  await world.stop();
  await stage.stop();
});

/** An agent in this process, each of whose loops can be made to throw what no code foresees, or to hang for good. */
async function startBreakableAgent(): Promise<Agent> {
  const client = createClient({ url: world.toServer.url, token: world.token });
  const kube = createKube({ config: await loadKubeAccess({ kubeconfig: world.agentKubeconfig }) });
  const execute: typeof client.execute = async (document, variables, options) => {
    const text = document.toString();
    if (text.includes("mutation ClaimTask")) await meet("flows");
    if (text.includes("mutation Report")) await meet("reporter");
    return client.execute(document, variables, options);
  };
  const apply: Kube["apply"] = async (object, ...rest) => {
    if (object.metadata.namespace === world.namespace) await meet("operator");
    return kube.apply(object, ...rest);
  };
  return startAgent({
    client: { ...client, execute },
    kube: { ...kube, apply },
    namespace: world.systemNamespace,
    instanceId: "breakable",
    version: "0",
    bundleFolder: join(stage.dir, "bundles"),
    crdYaml: await Bun.file("k8s/crd.yaml").text(),
    statusMs: 200,
    operatorSettings: { limitMs: 3_000 * pace() },
    signal: stop.signal,
    log: silentLog,
  });
}

async function meet(loop: Loop): Promise<void> {
  if (broken?.loop !== loop) return;
  hits++;
  if (broken.way === "throw") throw new TypeError("undefined is not a function");
  await healed.promise;
  throw new Error("it hung, and is over");
}

function heal(): void {
  broken = undefined;
  hits = 0;
  healed.resolve();
  healed = Promise.withResolvers();
}

/** The ConfigMap of a deployment in the cluster. */
const configMapOf = async (name: string) =>
  (await stage.cluster.list(kinds.configMap, world.namespace)).find(({ metadata }) =>
    metadata.name.startsWith(`${name}-`),
  );

/** Deletes it, and answers a promise of its return. */
async function deleted(name: string): Promise<unknown> {
  const { metadata, ...before } = (await configMapOf(name))!;
  await stage.cluster.kube.delete({ ...before, ...kinds.configMap, ...metadata });
  return eventually("the ConfigMap is back", async () => {
    const uid = (await configMapOf(name))?.metadata.uid;
    return uid !== undefined && uid !== metadata.uid;
  });
}

/** A promise of a report that was made from now on. */
async function reported(): Promise<unknown> {
  const [{ now } = { now: 0 }] = await world.sql`select now() as now`;
  return eventually("both reports arrive", async () => {
    const rows = await world.sql`select 1 from reports where received_at > ${now}`;
    return rows.length === 2;
  });
}

const stepOf = async (taskId: string, name: string) =>
  (await world.client.tasks.get(taskId))?.steps.find((step) => step.name === name)?.state;

describe.each(["throw", "hang"] as Way[])("a loop that is made to %s", (way) => {
  test("flows: drift is repaired and reports arrive; then the task that waited is done", async () => {
    broken = { loop: "flows", way };
    // The claim that waits already is answered once more.
    await world.succeeded((await world.deploy(`flows0-${way}`)).taskId);
    const { taskId } = await world.deploy(`flows1-${way}`);
    await eventually("the loop met it", () => hits > 0);
    await Promise.all([deleted("app1"), reported()]);
    expect((await world.client.tasks.get(taskId))?.state).toBe("QUEUED");
    heal();
    await world.succeeded(taskId);
  });

  test("operator: tasks are claimed and reports arrive; then it puts right what it missed", async () => {
    broken = { loop: "operator", way };
    const back = deleted("app1");
    const { taskId } = await world.deploy(`operator-${way}`);
    await Promise.all([
      eventually("the flow waits for it", async () => (await stepOf(taskId, "wait ready")) === "RUNNING"),
      reported(),
      eventually("the loop met it", () => hits > 1),
    ]);
    expect(await configMapOf("app1")).toBeUndefined();
    heal();
    await Promise.all([back, world.succeeded(taskId)]);
  });

  test("reporter: deploys are done and drift is repaired; then reports arrive again", async () => {
    broken = { loop: "reporter", way };
    await eventually("the loop met it", () => hits > 0);
    const [before] = await world.sql`select max(received_at) as at from reports`;
    const { taskId } = await world.deploy(`reporter-${way}`);
    await Promise.all([world.succeeded(taskId), deleted("app1")]);
    const [after] = await world.sql`select max(received_at) as at from reports`;
    expect(after!.at).toEqual(before!.at);
    heal();
    await reported();
    await eventually(
      "the new one is seen",
      async () => (await world.status(`reporter-${way}`)) === "RUNNING",
    );
  });
});

test("a loop that ends by an exception is started again, and the others do not notice", async () => {
  // Whole loops are replaced here: two lives that end badly, and one that goes on.
  const own = new AbortController();
  let lives = 0;
  const idle = () => ({ name: "idle", lastSuccessAt: new Date(), lastError: null, failures: 0 });
  const endless = (signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  const other = startAgent({
    client: createClient({ url: world.toServer.url, token: world.token }),
    kube: createKube({ config: await loadKubeAccess({ kubeconfig: world.agentKubeconfig }) }),
    namespace: world.systemNamespace,
    instanceId: "breakable",
    version: "0",
    bundleFolder: join(stage.dir, "bundles"),
    crdYaml: "",
    parts: {
      flows: (signal) => ({ health: idle, done: endless(signal) }),
      operator: (signal) => ({ health: idle, done: endless(signal) }),
      reporter: (signal) => {
        if (++lives === 1) throw new Error("it does not even start");
        return { health: idle, done: lives === 2 ? Promise.reject(new Error("it broke")) : endless(signal) };
      },
    },
    signal: own.signal,
    log: silentLog,
  });
  await eventually("its third life", () => lives === 3);
  expect(other.health.map(({ health }) => health().name)).toEqual(["idle", "idle", "idle"]);
  own.abort();
  await other.done;
});
