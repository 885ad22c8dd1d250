import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Caller } from "../../../server/graphql/context.ts";
import { hello, helloDriver, registerCluster, startWorld, type World } from "../world.ts";
import { carryOut, claim, deploy, giveActions, remove, taskOf, update, write } from "../tasks/helpers.ts";

let world: World;
let agent: Caller;
let epoch: number;
beforeAll(async () => {
  world = await startWorld();
  await world.load();
  ({ agent } = await registerCluster(world));
  epoch = await hello(world, agent);
});
afterAll(() => world.end());

async function deployed() {
  const app = await deploy(world);
  await carryOut(world, agent, (await claim(world, agent, epoch))!);
  return app;
}
async function intentsOf(deployment: string) {
  return world.sql`select generation, state, spec, instance_id from intents where deployment_id = ${deployment} order by generation`;
}
async function read(deployment: string, fields: string) {
  return (await world.ask(`query ($id: ID) { deployment(id: $id) { ${fields} } }`, { id: deployment }))
    .deployment;
}

describe("updateDeployment", () => {
  test("that changes nothing makes no task and no instance", async () => {
    const app = await deployed();
    expect(await update(world, app.id, "hi")).toBeNull(); // the default, spelled out
    expect(await read(app.id, "parameters instances { id }")).toMatchObject({
      parameters: { greeting: "hi" },
      instances: [expect.anything()],
    });
  });

  test("supersedes the one that waits, behind one with actions that runs", async () => {
    const app = await deploy(world);
    const first = (await claim(world, agent, epoch))!;
    await giveActions(world, first.id);
    const second = await update(world, app.id, "second");
    const third = await update(world, app.id, "third");
    expect(await taskOf(world, second!.id)).toMatchObject({
      state: "CANCELLED",
      reason: `superseded by task ${third!.id}`,
    });
    expect((await taskOf(world, first.id)).state).toBe("RUNNING");
    expect((await intentsOf(app.id)).map((row) => row.state)).toEqual(["HELD", "SUPERSEDED", "HELD"]);
    await carryOut(world, agent, first);
    await carryOut(world, agent, (await claim(world, agent, epoch))!);
    expect(
      await read(app.id, "status parameters activeInstance { id active } instances { id active }"),
    ).toMatchObject({
      parameters: { greeting: "third" },
      instances: [{ active: true }, { active: false }, { active: false }],
    });
  });

  test("of the same again is tried again after a failure, and not while one is under way", async () => {
    const app = await deployed();
    const failed = await update(world, app.id, "broken");
    expect(await update(world, app.id, "broken")).toBeNull();
    await write(world, agent, "failTask", (await claim(world, agent, epoch))!);
    const words = "status statusReason resourceStatus resourceStatusReason";
    expect(await read(app.id, words)).toMatchObject({
      status: "FAILED",
      statusReason: expect.stringContaining("it broke"),
      // What was brought about before is still declared, and nobody has looked here.
      resourceStatus: "DEPLOYING",
      resourceStatusReason: "Its resource was not observed yet.",
    });
    const again = await update(world, app.id, "broken");
    expect(again?.id).not.toBe(failed!.id);
    await carryOut(world, agent, (await claim(world, agent, epoch))!);
  });

  test("sends a race of updates through, one after the other", async () => {
    const app = await deployed();
    await Promise.all(Array.from({ length: 8 }, (_, i) => update(world, app.id, `racer ${i}`)));
    const { tasks, parameters } = await read(app.id, "parameters tasks { state }");
    expect(tasks.filter((task: { state: string }) => task.state === "QUEUED")).toHaveLength(1);
    const task = (await claim(world, agent, epoch))!;
    await carryOut(world, agent, task);
    const spec = (await intentsOf(app.id)).at(-1)!.spec;
    expect(spec.context.parameters.greeting).toBe(parameters.greeting);
  });

  test("takes values back to their defaults, and follows a changed config of the cluster", async () => {
    const app = await deployed();
    await update(world, app.id, "special");
    await world.ask(
      `mutation ($d: ID!) { updateDeployment(input: { deployment: $d, unsetParameters: ["greeting"] }) { task { id } } }`,
      { d: app.id },
    );
    expect((await read(app.id, "parameters")).parameters.greeting).toBe("hi");
    await carryOut(world, agent, (await claim(world, agent, epoch))!);
    await world.ask(
      `mutation { updateCluster(cluster: "local", config: { fqdn_suffix: "localhost", ingress_port: 8443 }) { id } }`,
    );
    const answer = await world.ask(
      `mutation ($d: ID!) { updateDeployment(input: { deployment: $d }) { task { id } deployment { services { url } } } }`,
      { d: app.id },
    );
    expect(answer.updateDeployment.task).not.toBeNull();
    expect(answer.updateDeployment.deployment.services[0].url).toEndWith(":8443");
    await carryOut(world, agent, (await claim(world, agent, epoch))!);
    await world.ask(
      `mutation { updateCluster(cluster: "local", config: { fqdn_suffix: "localhost" }) { id } }`,
    );
  });

  test("replaces the configuration, or changes single entries of it", async () => {
    const app = await deployed();
    const configured = async (input: object) => {
      const change = "mutation ($i: UpdateDeploymentInput!) { updateDeployment(input: $i) { task { id } } }";
      await world.ask(change, { i: { deployment: app.id, ...input } });
      return (await read(app.id, "config")).config;
    };
    const config = { storage: { class: "slow", size: 1 }, a: 1 };
    expect(await configured({ config })).toEqual(config);
    const changeConfig = { storage: { class: "fast" }, a: null, b: [2] };
    const changed = { storage: { class: "fast", size: 1 }, b: [2] };
    expect(await configured({ changeConfig })).toEqual(changed);
    expect(await configured({ parameters: { greeting: "x" } })).toEqual(changed);
    expect(await configured({ config: { c: 3 }, changeConfig: { d: 4 } })).toEqual({ c: 3, d: 4 });
    await expect(configured({ changeConfig: { cc: null } })).rejects.toMatchObject({
      code: "INVALID",
      field: "changeConfig.cc",
    });
    await expect(configured({ changeConfig: { e: "x".repeat(40_000) } })).resolves.toBeObject();
    await expect(configured({ changeConfig: { f: "x".repeat(40_000) } })).rejects.toMatchObject({
      code: "LIMIT",
      field: "changeConfig",
    });
    await carryOut(world, agent, (await claim(world, agent, epoch))!);
  });

  test("follows another driver version", async () => {
    await world.load(
      helloDriver({ version: "2", extra: "    - { name: colour, kind: string, default: blue }" }),
    );
    const app = await deploy(world);
    expect(await read(app.id, "driverVersion { version } parameters")).toMatchObject({
      driverVersion: { version: "2" },
      parameters: { colour: "blue" },
    });
    await carryOut(world, agent, (await claim(world, agent, epoch))!);
    await world.ask(
      `mutation ($d: ID!) { updateDeployment(input: { deployment: $d, driverVersion: "1" }) { task { id } } }`,
      { d: app.id },
    );
    const task = (await claim(world, agent, epoch))!;
    await carryOut(world, agent, task);
    expect(await read(app.id, "driverVersion { version } parameters")).toEqual({
      driverVersion: { version: "1" },
      parameters: { greeting: "hi", replicas: 2, password: { set: true } },
    });
  });
});

describe("secrets", () => {
  const secretOf = async (deployment: string) => {
    const { openSecrets } = await import("../../../server/deploy/prepare.ts");
    const [row] = await world.sql`select instance_id from deployments where id = ${deployment}`;
    return (await openSecrets(world.deps, [row!.instanceId])).get(row!.instanceId)!.password!;
  };

  test("are made, kept by updates, and replaced when given anew", async () => {
    const app = await deployed();
    const made = await secretOf(app.id);
    expect(made).toHaveLength(20);
    await update(world, app.id, "other");
    expect(await secretOf(app.id)).toBe(made);
    const set = (password: string) =>
      world.ask(
        `mutation ($d: ID!, $p: JSON!) { updateDeployment(input: { deployment: $d, parameters: $p }) { task { id } deployment { parameters } } }`,
        { d: app.id, p: { password } },
      );
    const given = await set("hunter22hunter22");
    expect(given.updateDeployment.task).not.toBeNull();
    expect(await secretOf(app.id)).toBe("hunter22hunter22");
    const rows = await world.sql`select d::text from deployments d where id = ${app.id}`;
    expect(JSON.stringify(rows)).not.toContain("hunter22");
    await carryOut(world, agent, (await claim(world, agent, epoch))!);
    expect((await set("hunter22hunter22")).updateDeployment.task).toBeNull();
  });

  test("lie sealed in the database and are in no answer, spec or context", async () => {
    const canary = "canary-4711-secret";
    const answer = await world.ask(
      `mutation ($p: JSON!) { createDeployment(input: { name: "sealed", driver: "hello", driverVersion: "1", environment: "demo", parameters: $p }) {
        deployment { parameters instances { parameters context } } task { id } } }`,
      { p: { password: canary } },
    );
    expect(JSON.stringify(answer)).not.toContain(canary);
    for (const table of [
      "deployments",
      "instances",
      "instance_secrets",
      "intents",
      "tasks",
      "idempotency_keys",
    ]) {
      const rows = await world.sql.unsafe(
        `select t::text, encode(convert_to(t::text, 'UTF8'), 'escape') as raw from ${table} t`,
      );
      expect(JSON.stringify(rows)).not.toContain(canary);
    }
    const [sealed] =
      await world.sql`select instance_id, name, sealed from instance_secrets order by instance_id desc limit 1`;
    expect(() => world.deps.sealing.open(sealed!.sealed, "another instance/password")).toThrow();
    await carryOut(world, agent, (await claim(world, agent, epoch))!);
  });
});

describe("start, stop and scale", () => {
  const stop = (d: string) =>
    world.ask(`mutation ($d: ID!) { stopDeployment(deployment: $d) { phase intentGeneration } }`, { d });
  const start = (d: string) =>
    world.ask(`mutation ($d: ID!) { startDeployment(deployment: $d) { phase intentGeneration } }`, { d });
  const scale = (d: string, component: string, replicas: number | null) =>
    world.ask(
      `mutation ($d: ID!, $c: String!, $r: Int) { scaleDeployment(deployment: $d, component: $c, replicas: $r) { replicas intentGeneration } }`,
      {
        d,
        c: component,
        r: replicas,
      },
    );

  test("change the resource only: a new intent, no task, no instance", async () => {
    const app = await deployed();
    expect(await stop(app.id)).toEqual({ stopDeployment: { phase: "STOPPED", intentGeneration: 2 } });
    expect(await stop(app.id)).toEqual({ stopDeployment: { phase: "STOPPED", intentGeneration: 2 } });
    expect(await start(app.id)).toEqual({ startDeployment: { phase: "RUNNING", intentGeneration: 3 } });
    expect(await scale(app.id, "server", 3)).toEqual({
      scaleDeployment: { replicas: { server: 3 }, intentGeneration: 4 },
    });
    expect(await scale(app.id, "server", null)).toMatchObject({ scaleDeployment: { replicas: {} } });
    const intents = await intentsOf(app.id);
    expect(intents.map((row) => [row.state, row.spec.phase, row.spec.replicas])).toEqual([
      ["SUPERSEDED", "Running", {}],
      ["SUPERSEDED", "Stopped", {}],
      ["SUPERSEDED", "Running", {}],
      ["SUPERSEDED", "Running", { server: 3 }],
      ["RELEASED", "Running", {}],
    ]);
    expect(await read(app.id, "tasks { id } instances { id }")).toMatchObject({
      tasks: [{}],
      instances: [{}],
    });
    await expect(scale(app.id, "sever", 1)).rejects.toMatchObject({ code: "NOT_FOUND", field: "component" });
    await expect(scale(app.id, "server", -1)).rejects.toMatchObject({ code: "INVALID", field: "replicas" });
  });

  test("policies too: what is not named stays, null is the default, and the next deploy keeps them", async () => {
    const set = async (d: string, policies: object) =>
      (
        await world.ask(
          `mutation ($d: ID!, $p: DeploymentPoliciesInput!) { setDeploymentPolicies(deployment: $d, policies: $p) { intentGeneration policies { drift conflicts prune ignore { kind name fields } } } }`,
          { d, p: policies },
        )
      ).setDeploymentPolicies;
    const app = await deployed();
    const ignore = [{ kind: "Deployment", name: "web", fields: [".spec.replicas"] }];
    expect(await set(app.id, { drift: "REPORT", ignore })).toEqual({
      intentGeneration: 2,
      policies: { drift: "REPORT", conflicts: "REFUSE", prune: true, ignore },
    });
    expect(await set(app.id, { drift: "REPORT" })).toMatchObject({ intentGeneration: 2 });
    expect(await set(app.id, { drift: null, conflicts: "TAKE_OVER", prune: false })).toEqual({
      intentGeneration: 3,
      policies: { drift: "REPAIR", conflicts: "TAKE_OVER", prune: false, ignore },
    });
    await stop(app.id);
    const intents = await intentsOf(app.id);
    expect(intents.map((row) => row.spec.policies)).toEqual([
      { volumes: "Keep" },
      { volumes: "Keep", drift: "Report", ignore },
      { volumes: "Keep", conflicts: "TakeOver", prune: false, ignore },
      { volumes: "Keep", conflicts: "TakeOver", prune: false, ignore },
    ]);
    for (const wrong of [
      [{ kind: "deployment", fields: [".spec"] }],
      [{ kind: "Deployment", fields: ["spec.replicas"] }],
      [{ kind: "Deployment", fields: [] }],
      [{ kind: "Deployment", name: "a b", fields: [".spec"] }],
    ]) {
      await expect(set(app.id, { ignore: wrong })).rejects.toMatchObject({
        code: "INVALID",
        field: "policies.ignore",
      });
    }
  });

  test("that come while an intent is held are taken up when it is released, above their generation", async () => {
    const app = await deployed();
    await update(world, app.id, "new");
    const task = (await claim(world, agent, epoch))!;
    expect(task.intentGeneration).toBe(2);
    await stop(app.id);
    const released = await write(world, agent, "releaseIntent", task);
    expect(released).toEqual({ lease: "OK", generation: 4 });
    expect(await write(world, agent, "releaseIntent", task)).toEqual(released);
    const last = (await intentsOf(app.id)).at(-1)!;
    expect([last.generation, last.state, last.spec.phase, last.spec.intentGeneration]).toEqual([
      4,
      "RELEASED",
      "Stopped",
      4,
    ]);
    expect(last.spec.context.parameters.greeting).toBe("new");
    await carryOut(world, agent, task);
  });

  test("before the first release wait for it", async () => {
    const app = await deploy(world);
    await stop(app.id);
    expect(await intentsOf(app.id)).toHaveLength(1);
    await carryOut(world, agent, (await claim(world, agent, epoch))!);
    expect((await intentsOf(app.id)).at(-1)).toMatchObject({ generation: 1, spec: { phase: "Stopped" } });
  });
});

describe("deleteDeployment", () => {
  test("cancels what waits, asks what runs to end, and then runs itself", async () => {
    const app = await deploy(world);
    const running = (await claim(world, agent, epoch))!;
    await giveActions(world, running.id);
    const waiting = await update(world, app.id, "x");
    const gone = await remove(world, app.id);
    expect((await remove(world, app.id)).id).toBe(gone.id);
    expect((await taskOf(world, waiting!.id)).state).toBe("CANCELLED");
    expect(await write(world, agent, "renewTask", running)).toBe("CANCEL");
    expect(await read(app.id, "status phase")).toEqual({ status: "DELETING", phase: "DELETING" });
    await expect(update(world, app.id, "y")).rejects.toMatchObject({ code: "CONFLICT" });
    expect(await claim(world, agent, epoch)).toBeNull();
    await write(world, agent, "giveUpTask", running);
    const task = (await claim(world, agent, epoch))!;
    expect(task).toMatchObject({ id: gone.id, kind: "DELETE" });
    await expect(
      world.ask(`mutation ($t: ID!) { cancelTask(task: $t) { id } }`, { t: gone.id }),
    ).rejects.toMatchObject({ code: "CONFLICT" });
    expect(await write(world, agent, "releaseIntent", task)).toMatchObject({ lease: "OK" });
    expect((await intentsOf(app.id)).at(-1)).toMatchObject({
      state: "RELEASED",
      spec: { phase: "Deleting", policies: { volumes: "Keep" } },
    });
    expect(await write(world, agent, "closeDeployment", task)).toBe("OK");
    expect(await read(app.id, "id")).toBeNull();
    expect(await write(world, agent, "closeDeployment", task)).toBe("OK"); // a resumed delete closes again
    expect(await write(world, agent, "finishTask", task)).toBe("OK");
    expect(await taskOf(world, gone.id)).toMatchObject({
      state: "SUCCEEDED",
      deployment: null,
      deploymentName: app.name,
      kept: ["env-demo/data"],
    });
    const left = await world.sql`select from instances where deployment_id = ${app.id}`;
    expect(left).toHaveLength(0);
    expect((await deploy(world, app.name)).id).not.toBe(app.id); // the name is free
    await carryOut(world, agent, (await claim(world, agent, epoch))!);
  });

  test("that is sent again under its key is answered alike, also when the deployment is gone", async () => {
    const app = await deployed();
    const ask = () =>
      world.ask(
        `mutation ($d: ID!) { deleteDeployment(deployment: $d, idempotencyKey: "k-gone") {
          deployment { id name status environment { name } driverVersion { version } services { url } observed { at } createdAt }
          task { id } } }`,
        { d: app.id },
      );
    const first = (await ask()).deleteDeployment;
    const task = (await claim(world, agent, epoch))!;
    expect(await write(world, agent, "closeDeployment", task)).toBe("OK");
    expect(await write(world, agent, "finishTask", task)).toBe("OK");
    const again = (await ask()).deleteDeployment;
    expect(again.task).toEqual(first.task);
    const { id, name, status, environment, createdAt } = first.deployment;
    expect(again.deployment).toMatchObject({ id, name, status, environment, createdAt });
    expect(status).toBe("DELETING");
  });

  test("that waits can be cancelled, and the deployment is wanted as before", async () => {
    const app = await deployed();
    await world.ask(`mutation ($d: ID!) { stopDeployment(deployment: $d) { id } }`, { d: app.id });
    const gone = await remove(world, app.id);
    await world.ask(`mutation ($t: ID!) { cancelTask(task: $t) { id } }`, { t: gone.id });
    expect((await read(app.id, "phase")).phase).toBe("STOPPED");
    expect((await intentsOf(app.id)).at(-1)).toMatchObject({ state: "SUPERSEDED" });
  });

  test("that failed can be asked for again", async () => {
    const app = await deployed();
    await remove(world, app.id);
    await write(world, agent, "failTask", (await claim(world, agent, epoch))!);
    const again = await remove(world, app.id);
    const task = (await claim(world, agent, epoch))!;
    expect(task.id).toBe(again.id);
    await carryOut(world, agent, task);
    expect(await read(app.id, "id")).toBeNull();
  });

  test("races with updates and ends in a delete", async () => {
    for (let round = 0; round < 5; round++) {
      const app = await deployed();
      const asked = [1, 2, 3].map((i) => update(world, app.id, `race ${i}`).catch((thrown) => thrown.code));
      const gone = await remove(world, app.id);
      for (const answer of await Promise.all(asked))
        if (typeof answer === "string") expect(answer).toBe("CONFLICT");
      const states = (await read(app.id, "tasks { id state }")).tasks as { id: string; state: string }[];
      expect(states.filter((task) => task.state === "QUEUED").map((task) => task.id)).toEqual([gone.id]);
      await carryOut(world, agent, (await claim(world, agent, epoch))!);
    }
  });
});

describe("deleteCluster", () => {
  test("needs force while environments are on it, and then closes everything", async () => {
    const other = await registerCluster(world, "gone");
    const app = await deploy(world, "on-gone", "demo-gone");
    const forget = (force: boolean) =>
      world.ask(
        `mutation ($f: Boolean) { deleteCluster(cluster: "gone", force: $f) { name agent { state } environments { id } } }`,
        { f: force },
      );
    await expect(forget(false)).rejects.toMatchObject({ code: "CONFLICT", field: "cluster" });
    expect((await forget(true)).deleteCluster.name).toBe("gone");
    expect(await read(app.id, "id")).toBeNull();
    expect(await taskOf(world, app.taskId)).toMatchObject({
      state: "CANCELLED",
      reason: "cluster gone was forgotten",
    });
    await expect(hello(world, other.agent)).rejects.toThrow();
  });
});
