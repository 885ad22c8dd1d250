import { afterAll, beforeAll, expect, test } from "bun:test";
import { createProgram } from "../../clients/cli/program.ts";
import { run } from "../../clients/cli/run.ts";
import { eventually } from "../helpers/eventually.ts";
import { pace } from "../helpers/pace.ts";
import type { Fault, Rule } from "../helpers/proxy.ts";
import { kinds, type StartCluster } from "./cluster.ts";
import { type Stage, startStage } from "./stage.ts";
import { rowVersions } from "./versions.ts";
import { startWorld, type World } from "./world.ts";

/** One way in which a cluster's API does not do what it should. */
interface Misbehaviour {
  /** Names its world. */
  name: string;
  /** What goes wrong on the way from agent and server to the cluster. */
  rules: Omit<Rule, "nth">[];
  /** Breaks what is open now and then, as long as it lasts. */
  cuts?: boolean;
  /** Of what the agent says that it cannot see it, and why; nothing when it sees all the same. */
  blind?: [kind: string, reason: RegExp];
}

const every = (fault: Fault) => [{ path: /./, fault }];
const forbids = (message: string): Fault => ({ kind: "status", code: 403, reason: "Forbidden", message });
type List = { metadata: { resourceVersion: string }; items: unknown[] };
/** Lists that are changed on their way; without a watch they are made again and again. */
const lists = (resource: string, change: (list: List) => object): Misbehaviour["rules"] => [
  { path: new RegExp(`/${resource}\\?.*watch=true`), fault: { kind: "drop-before" } },
  {
    method: "GET",
    path: new RegExp(`/${resource}\\?(?!.*watch=true)`),
    fault: { kind: "rewrite", rewrite: (body) => JSON.stringify(change(JSON.parse(body))) },
  },
];

const misbehaviours: Record<string, Misbehaviour[]> = {
  "does not answer as it should": [
    {
      name: "unreachable",
      rules: every({ kind: "drop-before" }),
      blind: ["styrmin.io/v1alpha1 StyrminDeployment", /no answer/],
    },
    {
      name: "failing",
      rules: every({ kind: "status", code: 500 }),
      blind: ["v1 Pod", /a fault of the test/],
    },
    {
      name: "throttled",
      rules: [
        {
          path: /\/deployments/,
          fault: { kind: "status", code: 429, reason: "TooManyRequests", headers: { "retry-after": "1" } },
        },
      ],
      blind: ["apps/v1 Deployment", /a fault of the test/],
    },
    {
      name: "one-kind",
      rules: [{ path: /\/configmaps/, fault: { kind: "status", code: 500 } }],
      blind: ["v1 ConfigMap", /a fault of the test/],
    },
    {
      name: "forbidden",
      rules: [
        {
          method: "GET",
          path: /\/configmaps\?/,
          fault: forbids("may not list configmaps"),
        },
      ],
      blind: ["v1 ConfigMap", /may not list configmaps/],
    },
    {
      // It has just started, and has not read its roles yet.
      name: "roleless",
      rules: every(forbids('User "agent" cannot do resource "things" in API group "" at the cluster scope')),
      blind: ["v1 Pod", /cannot do resource/],
    },
    {
      name: "starting",
      rules: ["DELETE", "PATCH", "POST", "PUT"].map((method) => ({
        method,
        path: /./,
        fault: forbids('configmaps "a" is forbidden: not yet ready to handle request'),
      })),
    },
    { name: "cut", rules: [], cuts: true },
  ],
  "tells less than there is": [
    {
      name: "empty",
      rules: lists("[a-z]+", (list) => ({ ...list, items: [] })),
      blind: ["v1 Pod", /is not whole/],
    },
    {
      name: "partial",
      rules: lists("pods", (list) => ({ ...list, items: list.items.slice(1) })),
      blind: ["v1 Pod", /is not whole/],
    },
    {
      name: "stale",
      rules: lists("[a-z]+", (list) => ({ ...list, metadata: { resourceVersion: "2" }, items: [] })),
      blind: ["v1 Pod", /answers from the past/],
    },
  ],
};

/**
 * By then every wait between two tries has grown to its longest, and what was known has grown old: a minute would show
 * nothing more.
 */
const lastsMs = 10_000;
/** From the end of the trouble until all is as it should be, on a machine that has time. */
const convergedWithinMs = 10_000;

/** The tests of an API that does not answer, or not what is true. */
export function describeMisbehaviour(start: StartCluster): void {
  let stage: Stage;

  beforeAll(async () => {
    stage = await startStage(start);
  });

  afterAll(() => stage.stop());

  test.each(Object.keys(misbehaviours))(
    "while the API %s: what is not seen is said and not pruned, and put right soon after",
    async (what) => {
      const played = misbehaviours[what]!.map((one) => play(stage, one));
      expect((await Promise.all(played)).flat()).toEqual([]);
    },
  );

  test("an agent that starts while lists are empty forgets nothing that it is to remove", async () => {
    const world = await startTroubledWorld(stage, "restarted");
    try {
      // It hears of the resource by the watch, as the intent to delete it is written.
      const [, empty] = lists("[a-z]+", (list) => ({ ...list, items: [] }));
      const mend = trouble(world, { name: "empty", rules: [empty!] });
      await world.agent.kill();
      await world.agent.start();
      const { taskId } = await world.delete("app1");
      await eventually("it says what it knows to be missing", async () => {
        const [resource] = await stage.cluster.list(kinds.styrminDeployment, world.systemNamespace);
        return JSON.stringify(resource?.status).includes("list of Releases is not whole");
      });
      mend();
      await world.succeeded(taskId);
      expect(await objectsOf(world, [kinds.configMap, kinds.deployment, kinds.pod])).toEqual([]);
    } finally {
      await world.stop();
    }
  });
}

/** A world with a deployment `app1` of two pods that runs. */
async function startTroubledWorld(stage: Stage, name: string): Promise<World> {
  const world = await startWorld(stage, {
    name,
    serverEnv: { STYRMIN_SILENCE_MS: "3000" },
    agentEnv: { STYRMIN_STATUS_MS: "250", STYRMIN_LEASE_DURATION_MS: "6000" },
  });
  await world.agent.start();
  await world.succeeded((await world.deploy("app1", { replicas: 2 })).taskId);
  await isWell(world);
  return world;
}

/** Begins a misbehaviour; the answer ends it. */
function trouble(world: World, { rules, cuts }: Misbehaviour): () => void {
  const ways = [world.toCluster, world.fromServer];
  const cut = () => ways.forEach((way) => way.dropAll());
  const mends = ways.flatMap((way) => rules.map((rule) => way.add(rule)));
  cut();
  const again = cuts ? setInterval(cut, 150) : undefined;
  return () => {
    clearInterval(again);
    for (const mend of mends) mend();
  };
}

/**
 * Lets a cluster misbehave while an object is deleted by hand and a change is asked for, and answers what was not as it
 * should be.
 */
async function play(stage: Stage, one: Misbehaviour): Promise<string[]> {
  const world = await startTroubledWorld(stage, one.name);
  const problems: string[] = [];
  try {
    const [pods, before] = [
      await world.client.pods.list(),
      await objectsOf(world, [kinds.deployment, kinds.claim]),
    ];
    const { pid } = world.agent.process;
    const troubledAt = Date.now();
    const mend = trouble(world, one);
    const until = performance.now() + lastsMs;
    const [configMap] = await stage.cluster.list(kinds.configMap, world.namespace).then(ofApp);
    await stage.cluster.kube.delete({ ...kinds.configMap, ...configMap!.metadata });
    const asked = await world.update("app1", { greeting: "after all" });
    if (one.blind) problems.push(...(await saysSo(world, one.blind, troubledAt)));
    await Bun.sleep(until - performance.now());
    const rows = await rowVersions(world.sql, { except: ["agents", "reports", "inquiries"] });
    for (const pod of pods) {
      if (!Object.values(rows).some((row) => row.includes(pod.id)))
        problems.push(`the row of ${pod.name} is pruned`);
    }
    const after = await objectsOf(world, [kinds.deployment, kinds.claim]);
    if (after.join() !== before.join()) problems.push(`of ${before.join()} there is ${after.join()}`);

    mend();
    const from = performance.now();
    await world.succeeded(asked.taskId);
    await eventually("the ConfigMap has the new greeting", async () => {
      const [now] = await stage.cluster.list(kinds.configMap, world.namespace).then(ofApp);
      return now?.data.greeting === "after all";
    });
    await isWell(world);
    const tookMs = performance.now() - from;
    if (tookMs > convergedWithinMs * pace()) problems.push(`it took ${Math.round(tookMs)} ms to converge`);
    if (world.agent.process.pid !== pid) problems.push("the agent was started again");
  } catch (thrown) {
    problems.push(String(thrown));
  } finally {
    await world.stop();
  }
  return problems.map((problem) => `${one.name}: ${problem}`);
}

const ofApp = <T extends { metadata: { name: string } }>(objects: T[]): T[] =>
  objects.filter(({ metadata }) => metadata.name.startsWith("app1-"));

/** The uids of the deployment's objects. */
async function objectsOf(
  { stage, namespace }: World,
  which: (typeof kinds)[keyof typeof kinds][],
): Promise<string[]> {
  const found = await Promise.all(which.map((kind) => stage.cluster.list(kind, namespace)));
  return found
    .flat()
    .filter(({ metadata }) => metadata.name.startsWith("app1-"))
    .map(({ metadata }) => metadata.uid!);
}

/** Waits until server and agent say what is not seen; answers what is wrong with how. */
async function saysSo(
  { client, clusterId, agent }: World,
  [kind, reason]: [string, RegExp],
  troubledAt: number,
): Promise<string[]> {
  const spot = await eventually(`it is said that ${kind} is not seen`, async () => {
    const { blind } = (await client.clusters.get(clusterId))!.agent;
    const found = blind.find((one) => one.kind === kind && reason.test(one.reason));
    if (!found) throw new Error(JSON.stringify(blind));
    return found;
  });
  const { healthUrl } = await agent.process.ready;
  const health = (await (await fetch(healthUrl as string)).json()) as { blind: { kind: string }[] };
  const problems: string[] = [];
  const since = Date.parse(spot.since) - troubledAt;
  // Some seconds before, at the earliest: the agent asks for its lease every two, on a machine that has time.
  if (since < -4_000 * pace() || since > Date.now() - troubledAt)
    problems.push(`${kind} is said not to be seen since ${spot.since}, ${since} ms after it was troubled`);
  if (!health.blind.some((one) => one.kind === kind)) problems.push("its health does not say so");
  const told = await styrminctl(client.connection.url, "clusters", "list");
  if (!told.includes(`has not seen ${kind} for`)) problems.push(`styrminctl does not say so: ${told}`);
  if (kind.startsWith("styrmin.io/")) {
    await eventually("the deployment is UNKNOWN, and says why", async () => {
      const found = await client.deployments.get("app1");
      const { status, statusReason, lastKnown } = found!;
      if (status === "UNKNOWN" && lastKnown !== null && /has not seen its resource/.test(statusReason))
        return true;
      throw new Error(`${status}, ${statusReason}, ${lastKnown}`);
    });
  }
  return problems;
}

/** What the command prints. */
async function styrminctl(server: string, ...argv: string[]): Promise<string> {
  let printed = "";
  await run(createProgram, argv, {
    env: { STYRMIN_SERVER_ADDRESS: server },
    stdout: (text) => void (printed += text),
    stderr: (text) => void (printed += text),
    interactive: false,
    signal: new AbortController().signal,
  });
  return printed;
}

const isWell = ({ client, clusterId }: World) =>
  eventually("it runs, and all is seen", async () => {
    const [found, pods] = [await client.deployments.get("app1"), await client.pods.list()];
    const { blind } = (await client.clusters.get(clusterId))!.agent;
    if (found?.status === "RUNNING" && pods.length === 2 && blind.length === 0) return true;
    throw new Error(
      `${found?.status} (${found?.statusReason}), ${pods.length} pods, ${JSON.stringify(blind)}`,
    );
  });
