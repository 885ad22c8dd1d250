import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rescue } from "../../../server/background.ts";
import type { Caller } from "../../../server/graphql/context.ts";
import { eventually } from "../../helpers/eventually.ts";
import { hello, registerCluster, startWorld, type World } from "../world.ts";
import {
  claim,
  deploy,
  giveActions,
  leaseCalls,
  remove,
  rowsOf,
  someToken,
  taskOf,
  update,
  write,
} from "./helpers.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({ leaseMs: 150, poisonAfter: 3 });
  await world.load();
});
afterAll(() => world.end());

let count = 0;
async function freshCluster() {
  const name = `c${++count}`;
  const { agent, clusterId } = await registerCluster(world, name);
  return { agent, clusterId, epoch: await hello(world, agent), environment: `demo-${name}` };
}
/** Long leases, for tests that are not about their end. */
async function slowLease(work: () => Promise<void>) {
  world.deps.settings.leaseMs = 30_000;
  await work().finally(() => (world.deps.settings.leaseMs = 150));
}
const lost = (answer: unknown) => (typeof answer === "string" ? answer : (answer as { lease: string }).lease);

describe("a stale token", () => {
  test("changes zero rows, whatever it is sent with", async () => {
    const { agent, epoch, environment } = await freshCluster();
    const other = await freshCluster();
    const app = await deploy(world, undefined, environment);
    const task = (await claim(world, agent, epoch))!;
    await world.sql`update tasks set lease_until = now() + interval '1 hour' where id = ${task.id}`;
    const before = await rowsOf(world);
    const forged: [Caller, { id: string; token: string }][] = [
      [agent, { id: task.id, token: someToken() }],
      [agent, { id: task.id, token: "no uuid" }],
      [agent, { id: someToken(), token: task.token }],
      [other.agent, task],
    ];
    for (const call of leaseCalls) {
      for (const [caller, lease] of forged)
        expect(lost(await write(world, caller, call, lease))).toBe("LOST");
    }
    expect(await rowsOf(world)).toBe(before);
    expect((await taskOf(world, app.taskId)).state).toBe("RUNNING");
  });

  test("is one whose lease ran out, even before the rescue", async () => {
    const { agent, epoch, environment } = await freshCluster();
    await deploy(world, undefined, environment);
    const task = (await claim(world, agent, epoch))!;
    await world.sql`update tasks set lease_until = now() - interval '1 ms' where id = ${task.id}`;
    const before = await rowsOf(world);
    for (const call of leaseCalls) expect(lost(await write(world, agent, call, task))).toBe("LOST");
    expect(await rowsOf(world)).toBe(before);
  });

  test("is the former one after another claim", async () => {
    await slowLease(async () => {
      const { agent, epoch, environment } = await freshCluster();
      await deploy(world, undefined, environment);
      const former = (await claim(world, agent, epoch))!;
      const current = (await claim(world, agent, await hello(world, agent)))!;
      expect(current.id).toBe(former.id);
      const before = await rowsOf(world);
      for (const call of leaseCalls) expect(lost(await write(world, agent, call, former))).toBe("LOST");
      expect(await rowsOf(world)).toBe(before);
      expect(await write(world, agent, "renewTask", current)).toBe("OK");
    });
  });
});

describe("rescue", () => {
  test("takes a task back whose agent fell silent, and keeps its attempts", async () => {
    const { agent, epoch, environment } = await freshCluster();
    const { taskId } = await deploy(world, undefined, environment);
    await claim(world, agent, epoch);
    await rescued(taskId, "QUEUED");
    expect(await taskOf(world, taskId)).toMatchObject({ attempts: 1 });
    expect(await claim(world, agent, epoch)).toMatchObject({ id: taskId, attempts: 2 });
  });

  test("renewals keep a lease", async () => {
    const { agent, epoch, environment } = await freshCluster();
    const { taskId } = await deploy(world, undefined, environment);
    world.deps.settings.leaseMs = 1500;
    const task = (await claim(world, agent, epoch))!;
    for (const end = performance.now() + 2000; performance.now() < end;) {
      expect(await write(world, agent, "renewTask", task)).toBe("OK");
      await rescue(world.deps);
    }
    world.deps.settings.leaseMs = 150;
    expect((await taskOf(world, taskId)).state).toBe("RUNNING");
  });

  test("ends a task that was to be cancelled", async () => {
    const { agent, epoch, environment } = await freshCluster();
    const { taskId } = await deploy(world, undefined, environment);
    await claim(world, agent, epoch);
    await cancel(taskId);
    await rescued(taskId, "CANCELLED");
  });

  test("a task that crashed its agent three times is poisoned, and the innocent are not", async () => {
    await slowLease(async () => {
      const { agent, environment } = await freshCluster();
      const poison = await deploy(world, undefined, environment);
      const innocent = await deploy(world, undefined, environment);
      for (const crash of [1, 2]) {
        const epoch = await hello(world, agent);
        const both = [await claim(world, agent, epoch), await claim(world, agent, epoch)];
        expect(both.map((task) => task?.attempts)).toEqual([crash, crash]);
      }
      const epoch = await hello(world, agent);
      expect((await claim(world, agent, epoch))?.id).toBe(poison.taskId);
      expect(await claim(world, agent, epoch)).toBeNull(); // a suspect runs alone
      const last = await hello(world, agent);
      expect(await taskOf(world, poison.taskId)).toMatchObject({
        state: "FAILED",
        reason: expect.stringMatching(/^poisoned/),
      });
      const task = (await claim(world, agent, last))!;
      expect(task.id).toBe(innocent.taskId);
      expect(await write(world, agent, "finishTask", task)).toBe("OK");
    });
  });

  test("a suspect keeps the others waiting only while it is new", async () => {
    await slowLease(async () => {
      const { agent, environment } = await freshCluster();
      const suspect = await deploy(world, undefined, environment);
      for (const _ of [1, 2]) await claim(world, agent, await hello(world, agent));
      const epoch = await hello(world, agent);
      const other = await deploy(world, undefined, environment);
      expect((await claim(world, agent, epoch))?.id).toBe(suspect.taskId);
      expect(await claim(world, agent, epoch)).toBeNull();
      await world.sql`update tasks set claimed_at = now() - interval '61 s' where id = ${suspect.taskId}`;
      expect((await claim(world, agent, epoch))?.id).toBe(other.taskId);
    });
  });

  test("a delete whose deployment is closed is put off, and never given up", async () => {
    await slowLease(async () => {
      const { agent, environment } = await freshCluster();
      const app = await deploy(world, undefined, environment);
      const first = (await claim(world, agent, await hello(world, agent)))!;
      expect(first.id).toBe(app.taskId);
      expect(await write(world, agent, "finishTask", first)).toBe("OK");
      const { id: taskId } = await remove(world, app.id);
      for (const crash of [1, 2, 3, 4]) {
        const task = (await claim(world, agent, await hello(world, agent)))!;
        expect([crash, task?.id]).toEqual([crash, taskId]);
        if (crash === 1) expect(await write(world, agent, "closeDeployment", task)).toBe("OK");
        await hello(world, agent);
        expect(await taskOf(world, taskId)).toMatchObject({ state: "QUEUED" });
        await world.sql`update tasks set due_at = now() where id = ${taskId}`;
      }
    });
  });

  test("a crash counts also when the lease ran out before the agent came back", async () => {
    const { agent, environment, epoch } = await freshCluster();
    const { taskId } = await deploy(world, undefined, environment);
    let current = epoch;
    for (let crash = 1; crash <= 3; crash++) {
      await claim(world, agent, current);
      await rescued(taskId, "QUEUED");
      current = await hello(world, agent);
    }
    expect(await taskOf(world, taskId)).toMatchObject({
      state: "FAILED",
      reason: expect.stringMatching(/^poisoned/),
    });
  });

  test.each(["at the next hello", "when its lease has run out"])(
    "crashes of a task that each time has run for an hour are forgiven, %s",
    async (when) => {
      const { agent, environment } = await freshCluster();
      const app = await deploy(world, undefined, environment);
      const crash = async () => {
        world.deps.settings.leaseMs = 30_000;
        const task = (await claim(world, agent, await hello(world, agent)))!;
        world.deps.settings.leaseMs = 150;
        return task.id;
      };
      for (let crashes = 0; crashes < 4; crashes++) {
        const id = await crash();
        expect(id).toBe(app.taskId);
        const until = when === "at the next hello" ? world.sql`now() + interval '1 s'` : world.sql`now()`;
        await world.sql`
          update tasks set claimed_at = now() - interval '61 min', lease_until = ${until} where id = ${id}`;
        if (when !== "at the next hello") await rescued(id, "QUEUED");
      }
      await hello(world, agent);
      const [row] = await world.sql`select crashes, state from tasks where id = ${app.taskId}`;
      expect(row).toEqual({ crashes: 1, state: "QUEUED" });
    },
  );

  test("an agent that only falls silent poisons nothing", async () => {
    const { agent, environment, epoch } = await freshCluster();
    const { taskId } = await deploy(world, undefined, environment);
    for (let silence = 1; silence <= 4; silence++) {
      expect(await claim(world, agent, epoch)).toMatchObject({ attempts: silence });
      await rescued(taskId, "QUEUED");
    }
  });

  test("fails what is past its time as expired, and never a delete", async () => {
    const { environment } = await freshCluster();
    const app = await deploy(world, undefined, environment);
    await world.sql`update tasks set expires_at = now() - interval '1 s' where id = ${app.taskId}`;
    await rescue(world.deps);
    expect(await taskOf(world, app.taskId)).toMatchObject({
      state: "FAILED",
      reason: expect.stringMatching(/^expired/),
    });
    const gone = await remove(world, app.id);
    const [row] = await world.sql`select expires_at from tasks where id = ${gone.id}`;
    expect(row!.expiresAt).toBeNull();
  });
});

describe("epochs", () => {
  test("the same instance gets the next epoch and its leases are free at once", async () => {
    await slowLease(async () => {
      const { agent, epoch, environment } = await freshCluster();
      const { taskId } = await deploy(world, undefined, environment);
      await claim(world, agent, epoch);
      const next = await hello(world, agent);
      expect(next).toBe(epoch + 1);
      expect((await claim(world, agent, next))?.id).toBe(taskId);
    });
  });

  test("another instance is refused while the first is heard, and taken when it is silent", async () => {
    const { agent, epoch, clusterId } = await freshCluster();
    const refused = await hello(world, agent, "agent-2").catch((thrown) => thrown);
    expect(refused).toMatchObject({ code: "CONFLICT" });
    const seen = await world.ask(`query ($id: ID) { cluster(id: $id) { agent { state epoch refused } } }`, {
      id: clusterId,
    });
    expect(seen.cluster.agent).toMatchObject({
      state: "CONNECTED",
      epoch,
      refused: expect.stringContaining("agent-2"),
    });
    const { takeoverMs } = world.deps.settings;
    const silentFor = (ms: number) =>
      world.sql`update agents set last_seen_at = now() - ${ms} * interval '1 ms' where cluster_id = ${clusterId}`;
    await silentFor(takeoverMs / 2);
    await expect(hello(world, agent, "agent-2")).rejects.toMatchObject({ code: "CONFLICT" });
    await silentFor(takeoverMs + 1);
    expect(await hello(world, agent, "agent-2")).toBe(epoch + 1);
  });

  test("a goodbye lets another instance in at once and counts no crash", async () => {
    await slowLease(async () => {
      const { agent, epoch, environment } = await freshCluster();
      const { taskId } = await deploy(world, undefined, environment);
      await claim(world, agent, epoch);
      const said = await world.ask(`mutation ($e: Int!) { agentGoodbye(epoch: $e) }`, { e: epoch }, agent);
      expect(said.agentGoodbye).toBe(true);
      await expect(claim(world, agent, epoch)).rejects.toMatchObject({ code: "CONFLICT" });
      const next = await hello(world, agent, "agent-2");
      expect(await claim(world, agent, next)).toMatchObject({ id: taskId, attempts: 2 });
      const [row] = await world.sql`select crashes from tasks where id = ${taskId}`;
      expect(row!.crashes).toBe(0);
    });
  });
});

test("a hello after a life that did not crash frees what it had in hand, and counts no crash", async () => {
  await slowLease(async () => {
    const { agent, epoch, environment } = await freshCluster();
    const { taskId } = await deploy(world, undefined, environment);
    const crashes = async () => (await world.sql`select crashes from tasks where id = ${taskId}`)[0]!.crashes;
    let current = epoch;
    // More often than makes a task poisoned.
    for (let life = 0; life < 5; life++) {
      expect(await claim(world, agent, current)).toMatchObject({ id: taskId });
      current = await hello(world, agent, "agent-1", current);
    }
    expect(await crashes()).toBe(0);
    // Of an earlier epoch it says nothing.
    await claim(world, agent, current);
    current = await hello(world, agent, "agent-1", current - 1);
    expect(await crashes()).toBe(1);
  });
});

describe("cancel", () => {
  test("ends a waiting task at once and asks a running one to end", async () => {
    await slowLease(async () => {
      const { agent, epoch, environment } = await freshCluster();
      const app = await deploy(world, undefined, environment);
      const running = (await claim(world, agent, epoch))!;
      await giveActions(world, running.id);
      const waiting = await update(world, app.id, "x");
      expect(await cancel(waiting!.id)).toBe("CANCELLED");
      expect(await cancel(running.id)).toBe("RUNNING");
      expect(await write(world, agent, "renewTask", running)).toBe("CANCEL");
      expect(await write(world, agent, "giveUpTask", running)).toBe("OK");
      expect(await taskOf(world, running.id)).toMatchObject({
        state: "CANCELLED",
        reason: "cancelled by a user",
      });
      await expect(cancel(running.id)).rejects.toMatchObject({ code: "CONFLICT" });
    });
  });
});

async function cancel(task: string): Promise<string> {
  return (await world.ask(`mutation ($t: ID!) { cancelTask(task: $t) { state } }`, { t: task })).cancelTask
    .state;
}

async function rescued(taskId: string, state: string) {
  await eventually(`the task to be ${state}`, async () => {
    await rescue(world.deps);
    return (await taskOf(world, taskId)).state === state;
  });
}
