import { expect, test } from "bun:test";
import { eventually } from "../helpers/eventually.ts";
import { kinds } from "./cluster.ts";
import { startStage } from "./stage.ts";
import { startWorld, type World } from "./world.ts";

// A search for faults nobody thought of, not a part of every run:
//   STYRMIN_CHAOS_SECONDS=60 bun test tests/faults/chaos.test.ts
// STYRMIN_CHAOS_SEED repeats the faults of a run, though not their timing; STYRMIN_CHAOS_INTENT is PULL or DIRECT.
const seconds = Number(process.env.STYRMIN_CHAOS_SECONDS ?? 0);
const seed = Number(process.env.STYRMIN_CHAOS_SEED ?? Date.now() % 1_000_000);
const intent = process.env.STYRMIN_CHAOS_INTENT === "DIRECT" ? "DIRECT" : "PULL";
const users = 4;

test.if(seconds > 0)(
  `under random faults every task ends well or poisoned, and nothing is orphaned (seed ${seed})`,
  async () => {
    const stage = await startStage();
    const world = await startWorld(stage, {
      name: "chaos",
      intent,
      serverEnv: { STYRMIN_LEASE_MS: "3000", STYRMIN_RENEW_MS: "600", STYRMIN_TAKEOVER_MS: "1500" },
      agentEnv: { STYRMIN_LEASE_DURATION_MS: "1500", STYRMIN_STATUS_MS: "300" },
    });
    try {
      await world.agent.start();
      const over = new AbortController();
      const living = new Set<string>();
      const lives = Array.from({ length: users }, (_, user) => useIt(world, user, living, over.signal));
      await breakThings(world, createRandom(seed));
      over.abort();
      await Promise.all(lives);
      for (const name of living) {
        await endOf(world, (await world.update(name, { greeting: "the last word" })).taskId);
        await eventually(`${name} runs`, async () => (await world.status(name)) === "RUNNING");
      }
      await eventually("nothing is left of what was deleted", async () => {
        const left = await orphans(world);
        if (left.length === 0) return true;
        throw new Error(left.join(", "));
      });
    } finally {
      await world.stop();
      await stage.stop();
    }
  },
  (seconds + 240) * 1000,
);

/** A user who makes, changes and deletes deployments. What lives at the end is in `living`. */
async function useIt(world: World, user: number, living: Set<string>, over: AbortSignal): Promise<void> {
  for (let number = 0; !over.aborted; number++) {
    const name = `user${user}-${number}`;
    await endOf(world, (await world.deploy(name)).taskId);
    living.add(name);
    for (let version = 2; version <= 3 && !over.aborted; version++) {
      await endOf(world, (await world.update(name, { replicas: version, greeting: `v${version}` })).taskId);
    }
    if (over.aborted) return;
    while ((await endOf(world, (await world.delete(name)).taskId)) !== "SUCCEEDED");
    living.delete(name);
  }
}

/** Waits for a task's end: well, or poisoned because agents were killed in the middle of it too often. */
async function endOf({ sql }: World, taskId: string): Promise<string> {
  const { state, reason } = await eventually(
    `task ${taskId} ends`,
    async () =>
      (await sql`select state, reason from tasks where id = ${taskId} and finished_at is not null`)[0],
    { everyMs: 50 },
  );
  if (state !== "SUCCEEDED") expect(reason).toContain("poisoned");
  return state;
}

async function breakThings(world: World, random: () => number): Promise<void> {
  const { agent, server, toServer, toCluster, fromServer } = world;
  const pick = <T>(list: T[]): T => list[Math.floor(random() * list.length)]!;
  const restart = async (program: typeof agent) => {
    await program.kill();
    await Bun.sleep(300 * random());
    await program.start();
  };
  const faults = [
    () => restart(agent),
    () => restart(server),
    async function pauseAgent() {
      agent.process.pause();
      await Bun.sleep(4_000 * random());
      agent.process.resume();
    },
    async function breakConnections() {
      for (const proxy of [toServer, toCluster, fromServer]) proxy.dropAll();
    },
    async function troubleTheApi() {
      const mend = pick([toCluster, fromServer]).add({
        path: /./,
        fault: { kind: "status", code: pick([500, 503, 429]) },
      });
      await Bun.sleep(600 * random());
      mend();
    },
    async function bringAnotherAgent() {
      const other = world.startOtherAgent(`other${Math.floor(1e9 * random())}`);
      await Bun.sleep(4_000 * random());
      await other.kill();
    },
  ];
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    await Bun.sleep(50 + 500 * random());
    await pick(faults)();
  }
}

/** What is in the cluster of deployments that are not there any more, but for volumes. */
async function orphans({ sql, stage, namespace, systemNamespace }: World): Promise<string[]> {
  const known = new Set((await sql`select id from deployments`).map((row) => row.id));
  const found: string[] = [];
  for (const kind of [kinds.configMap, kinds.secret, kinds.pod, kinds.deployment, kinds.styrminDeployment]) {
    for (const where of [namespace, systemNamespace]) {
      for (const { metadata } of await stage.cluster.list(kind, where)) {
        const owner = metadata.labels?.["styrmin.io/deployment"];
        if (owner !== undefined && !known.has(owner)) found.push(`${kind.kind} ${where}/${metadata.name}`);
      }
    }
  }
  return found;
}

/** Numbers from 0 to 1, the same for the same seed. */
function createRandom(from: number): () => number {
  let state = from;
  return () => (state = (state * 1_103_515_245 + 12_345) & 0x7fffffff) / 0x7fffffff;
}
