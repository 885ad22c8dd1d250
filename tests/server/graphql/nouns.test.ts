import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { callerOfToken } from "../../../server/db/callers.ts";
import { hello, helloDriver, registerCluster, startWorld, type World } from "../world.ts";
import { deploy } from "../tasks/helpers.ts";

let world: World;
let agentToken: string;
beforeAll(async () => {
  world = await startWorld();
  agentToken = (await registerCluster(world)).token;
  await world.load();
});
afterAll(() => world.end());

describe("what is made can be read", () => {
  test("a deployment with all around it", async () => {
    const { createDeployment } = await world.ask(`mutation {
      createDeployment(input: { driver: "hello", environment: "demo", parameters: { greeting: "ahoy" } }) {
        task { id kind state deployment { name } instance { active } steps { name } log { message } kept } deployment {
          id name status statusReason lastKnown parameters config envVars containerOverrides services { name kind scope port component url humanReadableUrl }
          instances { id active parameters context applicationVersion driverVersion { version } createdAt } observed { at }
          environment { name namespace cluster { name intent agent { state epoch version lastSeenAt refused } environments { name } } deployments { name } }
          driverVersion { version supportedVersions defaultVersion commit digest source spec loadedAt parameters { name kind required default label group advanced items min max generated }
            envVars { name description components } containerOverrides { component container command args }
            driver { name latest { version } versions { version } createdAt } }
          tasks { id } pods { name } activeInstance { id } phase replicas intentGeneration createdAt updatedAt applicationVersion } } }`);
    const { deployment, task } = createDeployment;
    expect(task).toMatchObject({
      kind: "DEPLOY",
      state: "QUEUED",
      deployment: { name: "hello" },
      steps: [],
      kept: [],
    });
    expect(deployment).toMatchObject({
      name: "hello",
      status: "DEPLOYING",
      statusReason: expect.stringContaining("never seen"),
      parameters: { greeting: "ahoy", replicas: 2, password: { set: true } },
      environment: {
        namespace: "env-demo",
        cluster: { agent: { state: "NEVER_SEEN" }, environments: [{ name: "demo" }] },
      },
      driverVersion: {
        version: "1",
        commit: null,
        source: { kind: "directory" },
        driver: { latest: { version: "1" } },
      },
      services: [{ name: "web", kind: "http", humanReadableUrl: "http://web-demo.localhost" }],
      instances: [{ active: false }],
      activeInstance: null,
    });
    expect(deployment.services[0].url).toMatch(/^http:\/\/web-[0-9a-f]{8}\.localhost$/);
    const { parameters, envVars, containerOverrides } = deployment.driverVersion;
    const shown = { group: null, advanced: false };
    expect(parameters).toContainEqual(
      expect.objectContaining({
        ...shown,
        name: "password",
        required: false,
        default: null,
        generated: true,
      }),
    );
    expect(parameters).toContainEqual(
      expect.objectContaining({ ...shown, name: "replicas", min: 1, max: 20, generated: false }),
    );
    expect(envVars).toEqual([
      { name: "LOG_LEVEL", description: "How much is logged", components: ["server"] },
    ]);
    expect(containerOverrides).toEqual([
      { component: "server", container: "main", command: true, args: true },
    ]);
    for (const which of [`id: "${deployment.id}"`, `name: "hello"`, `name: "hello", environment: "demo"`]) {
      expect((await world.ask(`{ deployment(${which}) { id } }`)).deployment.id).toBe(deployment.id);
    }
    const listed =
      await world.ask(`{ deployments(filter: { driver: "hello", environment: "demo", name: "hello" }) { id } tasks(filter: { deployment: "hello", states: [QUEUED] }) { id }
      environments(filter: { cluster: "local" }) { name } applicationDrivers(filter: { name: "hello" }) { name } serverInfo { version installationId } }`);
    expect(listed).toMatchObject({
      deployments: [{ id: deployment.id }],
      tasks: [{ id: task.id }],
      environments: [{ name: "demo" }],
    });
  });

  test("lists in pages", async () => {
    for (const name of ["page-a", "page-b", "page-c"]) await registerCluster(world, name);
    const names: string[] = [];
    let after: string | null = null;
    for (;;) {
      const answer: any = await world.ask(
        `query ($after: ID) { clusters(first: 2, after: $after) { id name } }`,
        { after },
      );
      if (answer.clusters.length === 0) break;
      names.push(...answer.clusters.map((one: { name: string }) => one.name));
      after = answer.clusters.at(-1).id;
    }
    expect(names).toEqual(["local", "page-a", "page-b", "page-c"]);
    const apps = [];
    for (let i = 0; i < 3; i++) apps.push((await deploy(world, `paged-${i}`)).id);
    const rest = await world.ask(
      `query ($after: ID) { deployments(after: $after) { id } tasks(first: 1) { deployment { id } } }`,
      { after: apps[0] },
    );
    expect(rest.deployments.map((one: { id: string }) => one.id)).toEqual(apps.slice(1));
    expect(rest.tasks[0].deployment.id).toBe(apps[2]);
  });

  test("the latest driver version by its number, not by its time", async () => {
    await world.load(helloDriver({ version: "10" }));
    await world.load(helloDriver({ version: "9" }));
    const same = await world.load(helloDriver({ version: "9" }));
    const answer =
      await world.ask(`{ applicationDriver(name: "hello") { latest { version } versions { version id } }
      applicationDriverVersions(filter: { driver: "hello" }, first: 2) { version } applicationDriverVersion(driver: "hello", version: "9") { id } }`);
    expect(answer.applicationDriver.latest.version).toBe("10");
    expect(answer.applicationDriver.versions.map((one: { version: string }) => one.version)).toEqual([
      "10",
      "9",
      "1",
    ]);
    expect(answer.applicationDriverVersions).toEqual([{ version: "10" }, { version: "9" }]);
    expect(answer.applicationDriverVersion.id).toBe(same);
    expect(await world.sql`select from driver_bundles`).toHaveLength(3);
    const gone = await world.ask(
      `mutation ($id: ID!) { deleteApplicationDriverVersion(id: $id) { version driver { name } } }`,
      { id: same },
    );
    expect(gone.deleteApplicationDriverVersion).toEqual({ version: "9", driver: { name: "hello" } });
    expect(await world.sql`select from driver_bundles`).toHaveLength(2);
  });

  test("a driver that nothing uses goes with its versions", async () => {
    const files = helloDriver();
    await world.load({
      ...files,
      "driver.styrmin.yml": files["driver.styrmin.yml"]!.replace("name: hello", "name: unused"),
    });
    const answer = await world.ask(
      `mutation { deleteApplicationDriver(driver: "unused") { name versions { version } latest { version } } }`,
    );
    expect(answer.deleteApplicationDriver).toEqual({
      name: "unused",
      versions: [{ version: "1" }],
      latest: { version: "1" },
    });
    expect((await world.ask(`{ applicationDriver(name: "unused") { id } }`)).applicationDriver).toBeNull();
  });
});

describe("agents' tokens", () => {
  test("are answered once and kept as hashes", async () => {
    expect(agentToken).toMatch(/^styrmin_agent_/);
    expect(await callerOfToken(world.sql, agentToken)).toMatchObject({ kind: "agent" });
    expect(await callerOfToken(world.sql, "another")).toBeUndefined();
    const tokenHash = createHash("sha256").update("my own token").digest("hex");
    const answer = await world.ask(
      `mutation ($h: String) { createCluster(input: { name: "own-token", intent: DIRECT, tokenHash: $h }) { token cluster { id intent } } }`,
      { h: tokenHash },
    );
    expect(answer.createCluster).toMatchObject({ token: null, cluster: { intent: "DIRECT" } });
    expect(await callerOfToken(world.sql, "my own token")).toEqual({
      kind: "agent",
      clusterId: answer.createCluster.cluster.id,
    });
  });

  test("open only what is made for agents", async () => {
    const { agent } = await registerCluster(world, "narrow");
    await hello(world, agent);
    await expect(world.ask("{ clusters { id } }", {}, agent)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(
      world.ask(`mutation { deleteCluster(cluster: "narrow") { id } }`, {}, agent),
    ).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(world.ask(`mutation { renewTask(task: "a", token: "b") }`)).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
    });
    expect(await world.ask("{ serverInfo { version } }", {}, agent)).toEqual({
      serverInfo: { version: "0.0.1" },
    });
  });
});

describe("an idempotency key", () => {
  const create = (key: string, name: string) =>
    world.ask(
      `mutation ($i: CreateDeploymentInput!) { createDeployment(input: $i) { deployment { id } task { id } } }`,
      { i: { name, driver: "hello", environment: "demo", idempotencyKey: key } },
    );

  test("makes a repeated request answer the same", async () => {
    const first = await create("key-1", "keyed");
    expect(await create("key-1", "keyed")).toEqual(first);
    const [row] = await world.sql`select count(*)::int as count from deployments where name = 'keyed'`;
    expect(row!.count).toBe(1);
  });

  test("lets a storm of one request through once", async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => create("key-2", "stormed")));
    expect(new Set(answers.map((answer) => answer.createDeployment.task.id)).size).toBe(1);
  });

  test("under another body is a CONFLICT", async () => {
    await create("key-3", "body-one");
    await expect(create("key-3", "body-two")).rejects.toMatchObject({
      code: "CONFLICT",
      field: "idempotencyKey",
    });
    const other = world.ask(
      `mutation { createEnvironment(input: { name: "x", cluster: "local", idempotencyKey: "key-3" }) { id } }`,
    );
    await expect(other).rejects.toMatchObject({ code: "CONFLICT" });
  });

  test("is free again after a day, and after a request that failed", async () => {
    await expect(create("key-4", "NOT A NAME")).rejects.toMatchObject({ code: "INVALID" });
    await create("key-4", "second-try");
    await world.sql`update idempotency_keys set created_at = now() - interval '25 hours' where key = 'key-4'`;
    await create("key-4", "third-try");
  });

  test("answers a delete again although the thing is gone", async () => {
    await registerCluster(world, "twice-gone");
    const remove = () =>
      world.ask(
        `mutation { deleteCluster(cluster: "twice-gone", force: true, idempotencyKey: "key-5") { id name createdAt } }`,
      );
    const first = await remove();
    expect(await remove()).toEqual(first);
  });

  test("answers a token only once", async () => {
    const make = () =>
      world.ask(
        `mutation { createCluster(input: { name: "token-once", idempotencyKey: "key-6" }) { token cluster { id } } }`,
      );
    const first = await make();
    expect(first.createCluster.token).toBeString();
    expect(await make()).toEqual({ createCluster: { token: null, cluster: first.createCluster.cluster } });
  });
});

test("deployments whose readable addresses are the same", async () => {
  const shared = async (name: string) => {
    const { deployment } = await world.ask(
      `query ($n: String) { deployment(name: $n) { services { humanReadableUrlSharedWith } } }`,
      { n: name },
    );
    return deployment.services[0].humanReadableUrlSharedWith;
  };
  await world.ask(`mutation { createEnvironment(input: { name: "busy", cluster: "local" }) { id } }`);
  const create = (input: object) =>
    world.ask("mutation ($i: CreateDeploymentInput!) { createDeployment(input: $i) { task { id } } }", {
      i: { driver: "hello", environment: "busy", ...input },
    });
  await create({ name: "first" });
  expect(await shared("first")).toEqual([]);
  await create({ name: "second" });
  await create({ name: "elsewhere", config: { fqdn_suffix: "example.org" } });
  await create({ name: "nowhere", config: { fqdn_suffix: "" } });
  expect(await shared("first")).toEqual(["second"]);
  expect(await shared("second")).toEqual(["first"]);
  expect(await shared("elsewhere")).toEqual([]);
  expect(await shared("nowhere")).toEqual([]);
  for (const name of ["first", "second", "elsewhere", "nowhere"])
    await world.ask(`mutation ($d: ID!) { deleteDeployment(deployment: $d) { task { id } } }`, { d: name });
  expect(await shared("first")).toEqual([]);
});
