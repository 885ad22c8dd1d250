import { afterAll, beforeAll, expect, test } from "bun:test";
import { eventually } from "../../helpers/eventually.ts";
import { hello, registerCluster, startWorld, type World } from "../world.ts";
import { carryOut, claim } from "../tasks/helpers.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await world.load();
});
afterAll(() => world.end());

test("connections killed in the middle leave every mutation whole or undone, and a repeated key finds out which", async () => {
  const { agent } = await registerCluster(world);
  const epoch = await hello(world, agent);
  let done = false;
  // For some seconds only: where the machine is slow, no request might get through between two kills.
  const until = performance.now() + 3000;
  const killer = (async () => {
    while (!done && performance.now() < until) {
      await world.sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and random() < 0.3`.catch(() => {});
      await Bun.sleep(10);
    }
  })();
  const answers = new Map<string, string>();
  let failures = 0;
  const insist = async (key: string, document: string, input: object): Promise<any> => {
    for (;;) {
      try {
        return await world.ask(document, { i: { ...input, idempotencyKey: key } });
      } catch (thrown) {
        failures++;
        expect(thrown).toMatchObject({ code: "UNAVAILABLE", message: expect.any(String) });
        await Bun.sleep(5);
      }
    }
  };
  const one = async (at: number) => {
    const created = await insist(
      `create-${at}`,
      `mutation ($i: CreateDeploymentInput!) { createDeployment(input: $i) { task { id } deployment { id } } }`,
      { name: `app-${at}`, driver: "hello", environment: "demo" },
    );
    const { id } = created.createDeployment.deployment;
    const updated = await insist(
      `update-${at}`,
      `mutation ($i: UpdateDeploymentInput!) { updateDeployment(input: $i) { task { id } } }`,
      { deployment: id, parameters: { greeting: `for ${at}` } },
    );
    answers.set(id, updated.updateDeployment.task.id);
  };
  for (let from = 0; from < 40; from += 8) {
    await Promise.all(Array.from({ length: 8 }, (_, at) => one(from + at)));
  }
  done = true;
  await killer;
  // The pool throws a dead connection away when it is used.
  await eventually("every connection answers", async () =>
    Promise.all(Array.from({ length: 10 }, () => world.sql`select 1`)),
  );
  expect(failures).toBeGreaterThan(0);

  // Nothing lost, nothing twice, nothing half: two instances, intents and tasks of each deployment.
  const rows = await world.sql`
    select d.id, (select count(*) from instances where deployment_id = d.id)::int as instances,
      (select count(*) from intents where deployment_id = d.id)::int as intents,
      (select count(*) from tasks where deployment_id = d.id)::int as tasks,
      (select count(*) from instance_secrets s join instances i on i.id = s.instance_id where i.deployment_id = d.id)::int as secrets,
      (select id from tasks where deployment_id = d.id and state = 'QUEUED') as waiting
    from deployments d`;
  expect(rows).toHaveLength(40);
  for (const row of rows) {
    expect(row).toMatchObject({
      instances: 2,
      intents: 2,
      tasks: 2,
      secrets: 2,
      waiting: answers.get(row.id)!,
    });
  }
  for (let at = 0; at < 40; at++) await carryOut(world, agent, (await claim(world, agent, epoch))!);
  const [left] = await world.sql`select count(*)::int as count from tasks where finished_at is null`;
  expect(left!.count).toBe(0);
});
