import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { KubeObjectLike } from "../../../drivers/kit/index.ts";
import { heldByScale } from "../../../server/deploy/planned-scale.ts";
import { plannedHooks } from "../../../server/deploy/planned-work.ts";
import type { Caller } from "../../../server/graphql/context.ts";
import { helmPath } from "../../helpers/charts.ts";
import { carryOut, claim, deploy } from "../tasks/helpers.ts";
import { hello, helloDriver, registerCluster, startWorld, type World } from "../world.ts";

const actions = `  actions:
    - { name: prepare, hook: setup, mode: pre, location: "actions.ts::prepare", prompts: [{ name: owner, kind: string }] }
    - name: migrate
      hook: upgrade
      mode: post
      location: actions.ts::migrate
      description: Moves the tables.
      prompts:
        - { name: window, label: Window, kind: integer, min: 1, max: 24 }
        - { name: mode, kind: enum, values: [fast, safe], default: safe }
    - { name: stop, hook: upgrade, mode: pre, location: "actions.ts::stop" }
    - { name: keep, hook: backup, mode: pre, location: "actions.ts::keep" }
`;
const functions = ["prepare", "migrate", "stop", "keep"].map((name) => `export async function ${name}() {}`);
const secret = `
apiVersion: v1
kind: Secret
metadata: { name: "{{ instance.release_name }}" }
stringData: { password: {{ parameters.password | tojson }} }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: tier }
data: { tier: "{{ instance.config.tier }}", host: "{{ cluster.config.fqdn_suffix }}" }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: "{{ instance.release_name }}" }
spec:
  replicas: {{ parameters.replicas }}
  selector: { matchLabels: { app: hello } }
  template:
    metadata: { labels: { app: hello } }
    spec:
      containers:
        - name: main
          env: [{ name: PASSWORD, valueFrom: { secretKeyRef: { name: "{{ instance.release_name }}", key: password } } }]
`;
const plain = (version: string) => ({ ...helloDriver({ version }), "manifests/secret.yaml": secret });
const acting = (version: string): Record<string, string> => ({
  ...plain(version),
  "driver.styrmin.yml": helloDriver({ version })["driver.styrmin.yml"]! + actions,
  "actions.ts": functions.join("\n"),
});

let world: World;
let agent: Caller;
let app: { id: string };
let epoch: number;
beforeAll(async () => {
  world = await startWorld();
  await world.load(plain("1"));
  ({ agent } = await registerCluster(world));
  epoch = await hello(world, agent);
  app = await deploy(world, "app");
  await carryOut(world, agent, (await claim(world, agent, epoch))!);
  await world.load(acting("2"));
});
afterAll(() => world.end());

const fields = `flow fromApplicationVersion toApplicationVersion from { version } to { version }
  added { kind } removed { kind } changed { kind name fields { path before after } }
  actions { name hook mode description unanswered takes } hooks { event weight kind name }
  changedSecrets staleSecrets { kind name secret keys taking message } problems { field message }`;
const plan = async (input: object, deployment = app.id) =>
  (
    await world.ask(`query ($i: UpdateDeploymentInput!) { updatePlan(input: $i) { ${fields} } }`, {
      i: { deployment, ...input },
    })
  ).updatePlan;
const held = () =>
  world.ask(
    `query ($i: UpdateDeploymentInput!) { updatePlan(input: $i) {
      changed { fields { path } } heldReplicas } }`,
    { i: { deployment: app.id, parameters: { replicas: 4 } } },
  );
const stop = { name: "stop", hook: "upgrade", mode: "pre", description: "", unanswered: [], takes: [] };
const migrate = { name: "migrate", hook: "upgrade", mode: "post", description: "Moves the tables." };
const answer = (value: unknown) => ({ prompts: [{ action: "migrate", name: "window", value }] });

describe("the plan of an update", () => {
  test("tells of versions, objects, and the actions that run in their order, with what they still ask for", async () => {
    const input = { driverVersion: "2", applicationVersion: "1.5.0", parameters: { greeting: "ho" } };
    expect(await plan(input)).toMatchObject({
      flow: "UPGRADE",
      ...{ fromApplicationVersion: "1.0.0", toApplicationVersion: "1.5.0" },
      ...{ from: { version: "1" }, to: { version: "2" } },
      ...{ added: [], removed: [], hooks: [], problems: [] },
      changed: [{ kind: "ConfigMap", fields: [{ path: ".data.greeting", before: "hi", after: "ho" }] }],
      actions: [stop, { ...migrate, unanswered: ["window"], takes: ["integer from 1 to 24"] }],
    });
    const answered = await plan({ ...input, ...answer(3) });
    expect(answered.actions).toEqual([stop, { ...migrate, unanswered: [], takes: [] }]);
    // Nothing was kept.
    const [row] = await world.sql`select count(*)::int as tasks from tasks`;
    expect(row!.tasks).toBe(1);
  });

  test("is no action's where no version changes, and nothing where nothing does", async () => {
    const greeting = await plan({ parameters: { greeting: "ho" } });
    expect(greeting).toMatchObject({ flow: "DEPLOY", actions: [], changed: [{ kind: "ConfigMap" }] });
    expect(await plan({ parameters: { greeting: "hi" } })).toMatchObject({
      ...{ flow: null, actions: [], hooks: [], changed: [] },
    });
  });

  test("tells that a secret changes, which one and where, and nothing of its value", async () => {
    const given = "not-to-be-told";
    const changing = await plan({ parameters: { password: given } });
    expect(changing).toMatchObject({
      ...{ flow: "DEPLOY", changedSecrets: ["password"], problems: [] },
      changed: [{ kind: "Secret", fields: [{ path: ".stringData.password", before: "…", after: "…" }] }],
    });
    const { name } = changing.changed[0];
    const means = `it goes on with the old value of "password" of the Secret ${name} until its pods are made anew`;
    expect(changing.staleSecrets).toEqual([
      {
        ...{ kind: "Deployment", name, secret: name, keys: ["password"], taking: "AT_START" },
        message: `Deployment ${name} does not restart: ${means}.`,
      },
    ]);
    expect(JSON.stringify(changing)).not.toContain(given);
    const other = await plan({ parameters: { greeting: "ho" } });
    expect(other).toMatchObject({ changedSecrets: [], staleSecrets: [], changed: [{ kind: "ConfigMap" }] });
  });

  test("tells what an environment's and a cluster's config have become since: the update takes that up", async () => {
    const configure = (what: "Environment" | "Cluster", name: string, config: object) =>
      world.ask(
        `mutation ($n: ID!, $c: JSON!) { update${what}(${what.toLowerCase()}: $n, config: $c) { id } }`,
        { n: name, c: config },
      );
    await configure("Environment", "demo", { tier: "gold" });
    const tier = { path: ".data.tier", before: "", after: "gold" };
    const since = { kind: "ConfigMap", name: "tier", fields: [tier] };
    const again = await plan({});
    expect(again).toMatchObject({ flow: "DEPLOY", changed: [since], from: { version: "1" } });
    const { changed } = await plan({ parameters: { greeting: "ho" } });
    expect(changed).toMatchObject([since, { fields: [{ path: ".data.greeting" }] }]);
    await configure("Cluster", "local", { fqdn_suffix: "example.net" });
    const host = { path: ".data.host", before: "localhost", after: "example.net" };
    expect((await plan({})).changed).toMatchObject([{ name: "tier", fields: [tier, host] }]);
    // A new version of the driver would bring it along.
    const { driverImpact } = await world.ask(
      `{ driverImpact(driver: "hello", version: "2") { deployment { name } changed { name fields { path } } } }`,
    );
    expect(driverImpact.find(({ deployment }: any) => deployment.name === "app").changed).toEqual([
      { name: "tier", fields: [{ path: ".data.tier" }, { path: ".data.host" }] },
    ]);
    // What is declared and waits does not run yet.
    const { updateDeployment } = await world.ask(
      `mutation { updateDeployment(input: { deployment: "${app.id}" }) { task { kind } } }`,
    );
    expect(updateDeployment.task).toEqual({ kind: "DEPLOY" });
    expect(await plan({})).toMatchObject({ flow: null, changed: [] });
    const waiting = await plan({ parameters: { greeting: "ho" } });
    expect(waiting.changed).toMatchObject([{ name: "tier" }, { fields: [{ path: ".data.greeting" }] }]);
    await carryOut(world, agent, (await claim(world, agent, epoch))!);
    expect((await plan({ parameters: { greeting: "ho" } })).changed).toHaveLength(1);
  });

  test("tells that a secret is made anew, and is not when it is given", async () => {
    const secrets = async (input: object) =>
      (
        await world.ask(
          "query ($i: UpdateDeploymentInput!) { updatePlan(input: $i) { changedSecrets madeSecrets } }",
          { i: { deployment: app.id, ...input } },
        )
      ).updatePlan;
    expect(await secrets({ unsetParameters: ["password"] })).toEqual({
      ...{ changedSecrets: ["password"], madeSecrets: ["password"] },
    });
    expect(await secrets({ parameters: { password: "given" } })).toEqual({
      ...{ changedSecrets: ["password"], madeSecrets: [] },
    });
  });

  test("tells all prompts of an action, with what it would be told", async () => {
    const { updatePlan } = await world.ask(
      "query ($i: UpdateDeploymentInput!) { updatePlan(input: $i) { actions { name prompts { name takes value answered } } } }",
      { i: { deployment: app.id, driverVersion: "2", ...answer(3) } },
    );
    expect(updatePlan.actions[1].prompts).toEqual([
      { name: "window", takes: "integer from 1 to 24", value: 3, answered: true },
      { name: "mode", takes: "fast, safe", value: "safe", answered: false },
    ]);
  });

  test("tells that a component stays as it was scaled, and not that its replicas change", async () => {
    const scale = (replicas: number | null) =>
      world.ask(
        `mutation ($r: Int) { scaleDeployment(deployment: "${app.id}", component: "server", replicas: $r) { id } }`,
        { r: replicas },
      );
    const { updatePlan: free } = await held();
    expect(free).toMatchObject({ heldReplicas: [], changed: [{ fields: [{ path: ".spec.replicas" }] }] });
    await scale(3);
    const { updatePlan } = await held();
    expect(updatePlan).toMatchObject({ changed: [] });
    expect(updatePlan.heldReplicas[0]).toMatch(
      /^The component server stays at 3, which scale has set: .* wants 2, and then 4\. "deployments scale DEPLOYMENT server default" /,
    );
    await scale(null);
  });

  test("of what never ran is the setup's", async () => {
    const created = await world.ask(
      `mutation { createDeployment(input: { name: "never", driver: "hello", environment: "demo",
        prompts: [{ action: "prepare", name: "owner", value: "ann" }] }) { deployment { id } } }`,
    );
    const { id } = created.createDeployment.deployment;
    // What was answered for the task that waits need not be answered again.
    expect((await plan({ applicationVersion: "1.5.0" }, id)).actions).toMatchObject([
      { name: "prepare", hook: "setup", unanswered: [] },
    ]);
  });

  test.each<[string, object, string, RegExp]>([
    ["a wrong answer", { driverVersion: "2", ...answer(99) }, "prompts.migrate.window", /window/],
    [
      "an answer that nobody asks for",
      { parameters: { greeting: "ho" }, ...answer(3) },
      "prompts.migrate.window",
      /window/,
    ],
    [
      "a wrong parameter",
      { parameters: { replicas: 99 } },
      "parameters.replicas",
      /^app cannot be updated: /,
    ],
    ["a wrong version", { applicationVersion: "9.0.0" }, "applicationVersion", /^app cannot be updated: /],
  ])("refuses what the update would be refused for: %s", async (_, input, field, message) => {
    const refused = { code: "INVALID", field, message: expect.stringMatching(message) };
    await expect(plan(input)).rejects.toMatchObject(refused);
    const update = world.ask(
      "mutation ($i: UpdateDeploymentInput!) { updateDeployment(input: $i) { task { id } } }",
      { i: { deployment: app.id, ...input } },
    );
    await expect(update).rejects.toMatchObject(refused);
  });

  test("of a driver's version tells of its actions, too", async () => {
    const { driverImpact } = await world.ask(
      `{ driverImpact(driver: "hello", version: "2") { deployment { name } actions { name unanswered } hooks { name } staleSecrets { name } } }`,
    );
    expect(driverImpact.find(({ deployment }: any) => deployment.name === "app")).toMatchObject({
      actions: [
        { name: "stop", unanswered: [] },
        { name: "migrate", unanswered: ["window"] },
      ],
      ...{ hooks: [], staleSecrets: [] },
    });
  });
});

test("what scale has set keeps no replicas of custom kinds from changing, as the operator leaves them", () => {
  const kinds = ["argoproj.io/v1alpha1 Rollout", "example.net/v1 Deployment", "apps/v1 Deployment"];
  const after = kinds.map((text): KubeObjectLike => {
    const [apiVersion, kind] = text.split(" ") as [string, string];
    const template = { metadata: { labels: { app: "web" } } };
    return { apiVersion, kind, metadata: { name: "web" }, spec: { replicas: 4, template } };
  });
  const changed = after.map(({ apiVersion, kind }) => ({
    ...{ apiVersion, kind, namespace: null, name: "web", recreate: false, refused: null },
    fields: [{ path: ".spec.replicas", before: 2, after: 4 }],
  }));
  const { objects, heldReplicas } = heldByScale({
    objects: { added: [], removed: [], changed },
    after,
    spec: { components: { web: { description: "", labels: { app: "web" }, backup: null } } },
    replicas: { web: 3 },
  });
  expect(objects.changed).toEqual(changed.slice(0, 2));
  expect(heldReplicas).toEqual([
    expect.stringContaining(
      "stays at 3, which scale has set: of Deployment web the driver wants 2, and then 4",
    ),
  ]);
});

test("what scale has set is of the object in its own namespace", () => {
  const objectOf = (namespace: string, app: string): KubeObjectLike => ({
    ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web", namespace } },
    spec: { replicas: 4, template: { metadata: { labels: { app } } } },
  });
  const changed = ["one", "two"].map((namespace) => ({
    ...{ apiVersion: "apps/v1", kind: "Deployment", namespace, name: "web", recreate: false, refused: null },
    fields: [{ path: ".spec.replicas", before: 2, after: 4 }],
  }));
  const { objects } = heldByScale({
    objects: { added: [], removed: [], changed },
    after: [objectOf("one", "other"), objectOf("two", "web")],
    spec: { components: { web: { description: "", labels: { app: "web" }, backup: null } } },
    replicas: { web: 3 },
  });
  expect(objects.changed.map(({ namespace }) => namespace)).toEqual(["one"]);
});

describe("the hooks of a chart that run", () => {
  const hook = (name: string, events: string, weight = "0"): KubeObjectLike => ({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, annotations: { "helm.sh/hook": events, "helm.sh/hook-weight": weight } },
  });
  const hooks = [
    hook("both", "post-install,post-upgrade"),
    hook("late", "pre-upgrade", "5"),
    hook("early", "pre-upgrade", "-5"),
    hook("leave", "pre-delete"),
    hook("test", "test"),
  ];
  const named = (isUpgrade: boolean) =>
    plannedHooks(hooks, isUpgrade).map(({ event, weight, name }) => [event, weight, name]);

  test("are those of the first instance, or of a later one, in their order", () => {
    expect(named(true)).toEqual([
      ["pre-upgrade", -5, "early"],
      ["pre-upgrade", 5, "late"],
      ["post-upgrade", 0, "both"],
    ]);
    expect(named(false)).toEqual([["post-install", 0, "both"]]);
  });

  const hooked = (version: string): Record<string, string> => ({
    "driver.styrmin.yml": `apiVersion: styrmin.io/v1
kind: ApplicationDriver
metadata: { name: hooked }
spec:
  version: "${version}"
  supported_versions: ">=1.0"
  default_version: "1.0.0"
  helm: { main: { location: ./chart } }
`,
    "values.j2.yml": "version: {{ app.version }}\n",
    "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "chart/templates/all.yaml": `apiVersion: v1
kind: ConfigMap
metadata: { name: web }
data: { version: {{ .Values.version | quote }} }
---
apiVersion: batch/v1
kind: Job
metadata:
  name: web-fill
  annotations: { helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-weight: "3" }
spec: { template: { spec: { restartPolicy: Never, containers: [{ name: main, image: busybox }] } } }
`,
  });
  const deployHooked = async (name: string): Promise<string> => {
    const created = await world.ask(
      `mutation { createDeployment(input: { name: "${name}", driver: "hooked", environment: "demo" }) { deployment { id } } }`,
    );
    return created.createDeployment.deployment.id;
  };

  test.skipIf(!helmPath)("are in the plan (needs helm)", async () => {
    await world.load(hooked("1"));
    const id = await deployHooked("hooked");
    expect(await plan({ applicationVersion: "1.1.0" }, id)).toMatchObject({
      flow: "DEPLOY",
      changed: [{ kind: "ConfigMap" }],
      hooks: [{ event: "pre-install", weight: 3, kind: "Job", name: "web-fill" }],
      problems: [],
    });
  });

  test.skipIf(!helmPath)(
    "are an upgrade's once the first instance was applied, ready or not; its actions are the setup's still (needs helm)",
    async () => {
      await world.load(hooked("1"));
      const id = await deployHooked("unready");
      const { "driver.styrmin.yml": spec, ...rest } = hooked("2");
      await world.load({
        ...rest,
        "driver.styrmin.yml": spec! + actions,
        "actions.ts": functions.join("\n"),
      });
      const impact = async () => {
        const { driverImpact } = await world.ask(
          `{ driverImpact(driver: "hooked", version: "2") { deployment { name } hooks { event } actions { name hook } } }`,
        );
        return driverImpact.find(({ deployment }: any) => deployment.name === "unready");
      };
      const observe = (release: object | null) => world.sql`
        insert into deployment_statuses (deployment_id, cluster_id, uid, name, conditions, components, release, simulated)
        select id, ${agent.kind === "agent" ? agent.clusterId : ""}, 'u', resource_name, '[]', '[]',
          ${release && world.sql.json(release as never)}, false from deployments where id = ${id}
        on conflict (deployment_id) do update set release = excluded.release`;
      const prepare = { name: "prepare", hook: "setup" };
      await observe(null);
      expect((await plan({ applicationVersion: "1.1.0" }, id)).hooks).toMatchObject([
        { event: "pre-install" },
      ]);
      expect(await impact()).toMatchObject({ hooks: [{ event: "pre-install" }], actions: [prepare] });
      await observe({ name: "unready-r1", revision: 1 });
      expect(await plan({ applicationVersion: "1.1.0", driverVersion: "2" }, id)).toMatchObject({
        ...{ flow: "DEPLOY", problems: [], actions: [prepare] },
        hooks: [{ event: "pre-upgrade", weight: 3, kind: "Job", name: "web-fill" }],
      });
      expect(await impact()).toMatchObject({ hooks: [{ event: "pre-upgrade" }], actions: [prepare] });
    },
  );
});

test.skipIf(!helmPath)("what changes beside something random is in the plan (needs helm)", async () => {
  await world.load({
    "driver.styrmin.yml": `apiVersion: styrmin.io/v1
kind: ApplicationDriver
metadata: { name: mixing }
spec:
  version: "1"
  supported_versions: ">=1.0"
  default_version: "1.0.0"
  helm: { main: { location: ./chart } }
`,
    "values.j2.yml": "version: {{ app.version }}\n",
    "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "chart/templates/all.yaml": `apiVersion: v1
kind: ConfigMap
metadata: { name: web }
data: { app: "key={{ randAlphaNum 12 }}\\nversion={{ .Values.version }}", own: {{ randAlphaNum 12 | quote }} }
`,
  });
  const created = await world.ask(
    `mutation { createDeployment(input: { driver: "mixing", environment: "demo" }) { deployment { id } } }`,
  );
  const { id } = created.createDeployment.deployment;
  const { changed } = await plan({ applicationVersion: "1.1.0" }, id);
  expect(changed).toMatchObject([{ kind: "ConfigMap", fields: [{ path: ".data.app" }] }]);
  const [{ before, after }] = changed[0].fields;
  expect(before).toMatch(/^key=\w{12}\nversion=1\.0\.0$/);
  expect(after).toBe(before.replace("1.0.0", "1.1.0"));
});
