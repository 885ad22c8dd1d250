import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Hono } from "hono";
import { agentRoutes } from "../../../server/agents/routes.ts";
import type { AppEnv } from "../../../server/app.ts";
import type { Caller } from "../../../server/graphql/context.ts";
import { eventually } from "../../helpers/eventually.ts";
import { hello, registerCluster, startWorld, type World } from "../world.ts";
import { carryOut, claim, deploy, remove, update, write } from "../tasks/helpers.ts";

let world: World;
let agent: Caller;
let epoch: number;
beforeAll(async () => {
  world = await startWorld({ inquiryMs: 10_000 });
  await world.load();
  ({ agent } = await registerCluster(world));
  epoch = await hello(world, agent);
});
afterAll(() => world.end());

/** Reads events in the background into a list. */
function gather(document: string, variables: object, signal?: AbortSignal) {
  const events: any[] = [];
  const ended = (async () => {
    for await (const event of world.follow(document, variables as Record<string, unknown>, signal))
      events.push(event);
  })();
  ended.catch(() => {});
  return { events, ended };
}
const nextTask = async () => (await claim(world, agent, epoch))!;

describe("subscriptions", () => {
  test("deploymentChanged tells at once, with every change, and null at the end", async () => {
    const app = await deploy(world);
    const { events, ended } = gather(
      `subscription ($d: ID!) { deploymentChanged(deployment: $d) { name status parameters tasks { state } } }`,
      { d: app.id },
    );
    await eventually("the first event", () => events.length >= 1);
    expect(events[0].deploymentChanged).toMatchObject({
      name: app.name,
      status: "DEPLOYING",
      tasks: [{ state: "QUEUED" }],
    });
    await update(world, app.id, "changed");
    await eventually("the change", () => events.at(-1).deploymentChanged.parameters.greeting === "changed");
    await carryOut(world, agent, await nextTask());
    await remove(world, app.id);
    await carryOut(world, agent, await nextTask());
    await ended;
    expect(events.at(-1)).toEqual({ deploymentChanged: null });
  });

  test("taskChanged and taskLog end with their task", async () => {
    const app = await deploy(world);
    const changes = gather(
      `subscription ($t: ID!) { taskChanged(task: $t) { state steps { name state } } }`,
      { t: app.taskId },
    );
    const log = gather(`subscription ($t: ID!) { taskLog(task: $t) { number level message } }`, {
      t: app.taskId,
    });
    const task = await nextTask();
    await write(world, agent, "startTaskStep", task);
    await eventually("the step", () => changes.events.at(-1)?.taskChanged.steps[0]?.state === "RUNNING");
    await write(world, agent, "appendTaskLog", task);
    await eventually("the line", () => log.events.length >= 1);
    await write(world, agent, "appendTaskLog", task);
    await carryOut(world, agent, task);
    await Promise.all([changes.ended, log.ended]);
    expect(changes.events.at(-1).taskChanged.state).toBe("SUCCEEDED");
    expect(log.events.map((event) => event.taskLog.number)).toEqual([1, 2]);
  });

  test("deploymentsChanged tells of those of its environment", async () => {
    await registerCluster(world, "beside");
    const stop = new AbortController();
    const { events, ended } = gather(
      `subscription { deploymentsChanged(environment: "demo-beside") { name } }`,
      {},
      stop.signal,
    );
    await deploy(world, "not-there");
    await deploy(world, "there", "demo-beside");
    await eventually("the event", async () => {
      await update(world, "there", `changed after ${events.length}: ${performance.now()}`);
      return events.length > 0;
    });
    stop.abort(new Error("left"));
    await ended;
    expect(new Set(events.map((event) => event.deploymentsChanged.name))).toEqual(new Set(["there"]));
    await carryOut(world, agent, await nextTask());
  });

  test("end when their client leaves, and leave no listener behind", async () => {
    const app = await deploy(world);
    const stop = new AbortController();
    const all = [
      gather(
        `subscription ($d: ID!) { deploymentChanged(deployment: $d) { name } }`,
        { d: app.id },
        stop.signal,
      ),
      gather(`subscription ($t: ID!) { taskChanged(task: $t) { id } }`, { t: app.taskId }, stop.signal),
      gather(`subscription { deploymentsChanged { name } }`, {}, stop.signal),
    ];
    await eventually("the first events", () => all[0]!.events.length >= 1 && all[1]!.events.length >= 1);
    stop.abort(new Error("left"));
    await Promise.all(all.map((one) => one.ended));
    await carryOut(world, agent, await nextTask());
  });

  test("refuse what is not there", async () => {
    const refused = gather(`subscription { taskChanged(task: "nothing") { id } }`, {}).ended;
    await expect(refused).rejects.toThrow(/no task "nothing"/);
  });

  test("go on after the listening connection was lost", async () => {
    const app = await deploy(world);
    const { events, ended } = gather(`subscription ($t: ID!) { taskChanged(task: $t) { state } }`, {
      t: app.taskId,
    });
    await eventually("the first event", () => events.length >= 1);
    await world.sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ilike 'listen%'`;
    await carryOut(world, agent, await nextTask());
    await ended;
    expect(events.at(-1).taskChanged.state).toBe("SUCCEEDED");
  });
});

describe("deploymentLogs", () => {
  let routes: Hono<AppEnv>;
  let app: { id: string };
  beforeAll(async () => {
    const caller = agent;
    routes = new Hono<AppEnv>();
    routes.use(async (c, next) => {
      c.set("caller", caller);
      await next();
    });
    routes.route("/agent", agentRoutes(world.deps));
    routes.onError((thrown, c) => c.text(String(thrown), 404));
    app = await deploy(world);
    await carryOut(world, agent, await nextTask());
  });

  const ask = (more = "", signal?: AbortSignal) =>
    gather(
      `subscription ($d: ID!) { deploymentLogs(deployment: $d${more}) { pod container line } }`,
      { d: app.id },
      signal,
    );
  const claimed = async () =>
    (
      await world.ask(
        `mutation ($e: Int!) { claimInquiry(epoch: $e, waitMs: 5000) { id kind question expiresAt } }`,
        { e: epoch },
        agent,
      )
    ).claimInquiry;
  const line = (text: string) => `${JSON.stringify({ pod: "p", container: "c", line: text })}\n`;
  const post = async (id: string, body: string | ReadableStream) =>
    routes.request(`/agent/inquiries/${id}`, { method: "POST", body, duplex: "half" } as RequestInit);

  test("asks the agent and relays its lines", async () => {
    const { events, ended } = ask(`, component: "server", tailLines: 5`);
    const inquiry = await claimed();
    expect(inquiry).toMatchObject({
      kind: "logs",
      question: { namespace: "env-demo", component: "server", tailLines: 5, follow: false },
    });
    const body = `${line("one")}not json\n${line("two\0")}{"pod":"p","container":"c","line":"no end"}`;
    expect((await post(inquiry.id, body)).status).toBe(200);
    await ended;
    expect(events.map((event) => event.deploymentLogs.line)).toEqual(["one", "two\uFFFD", "no end"]);
    expect(await world.sql`select from inquiries`).toHaveLength(0);
  });

  test("ends the agent's POST when the client leaves", async () => {
    const stop = new AbortController();
    world.deps.settings.inquiryMs = 2000;
    const { events, ended } = ask(", follow: true", stop.signal);
    const inquiry = await claimed();
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const posting = post(inquiry.id, readable);
    const writer = writable.getWriter();
    await writer.write(new TextEncoder().encode(line("first")));
    await eventually("the first line", () => events.length >= 1);
    await Bun.sleep(2050); // following outlives the time for the first answer
    stop.abort(new Error("left"));
    await ended;
    expect((await posting).status).toBe(410);
    expect((await post(inquiry.id, "")).status).toBe(404);
  });

  test("says so when the agent does not answer, or cannot", async () => {
    world.deps.settings.inquiryMs = 300;
    await expect(ask().ended).rejects.toThrow(/did not answer within 0.3 s/);
    world.deps.settings.inquiryMs = 10_000;
    await expect(ask(`, component: "nope"`).ended).rejects.toThrow(/no component "nope".*server/);
    const { ended } = ask();
    const inquiry = await claimed();
    await post(inquiry.id, `${line("x")}{"error": "the pod is gone"}\n`);
    await expect(ended).rejects.toThrow("the pod is gone");
  });

  test("is for the agent of the cluster alone", async () => {
    const { ended } = ask();
    const inquiry = await claimed();
    const foreign = new Hono<AppEnv>();
    foreign.use(async (c, next) => {
      c.set("caller", { kind: "agent", clusterId: crypto.randomUUID() });
      await next();
    });
    foreign.route("/agent", agentRoutes(world.deps));
    foreign.onError((thrown, c) => c.text(String(thrown), 404));
    expect(
      (await foreign.request(`/agent/inquiries/${inquiry.id}`, { method: "POST", body: "" })).status,
    ).toBe(404);
    await post(inquiry.id, "");
    await ended;
  });

  test("makes the agent wait for a slow client instead of keeping everything", async () => {
    const expected = world.deps.relay.expect("slow");
    let offered = 0;
    const offering = (async () => {
      while (
        offered < 3000 &&
        (await world.deps.relay.offer("slow", { pod: "p", container: "c", line: "x" }))
      )
        offered++;
    })();
    await Bun.sleep(20);
    expect(offered).toBe(1000);
    for (let read = 0; read < 500; read++) await expected.next();
    await eventually("room to be used", () => offered === 1500);
    expected.close();
    await offering;
    expect(offered).toBeLessThan(3000);
  });

  test("bundles are handed out by digest", async () => {
    const [row] = await world.sql`select digest from driver_bundles`;
    const { unpackBundle } = await import("../../../drivers/kit/index.ts");
    const answer = await routes.request(`/agent/bundles/${row!.digest}`);
    expect(Object.keys(unpackBundle(await answer.bytes(), row!.digest))).toContain("driver.styrmin.yml");
    expect((await routes.request("/agent/bundles/sha256:00")).status).toBe(404);
  });
});
