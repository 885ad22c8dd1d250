import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { helmPath } from "../../helpers/charts.ts";
import { helloDriver, registerCluster, startWorld, type World } from "../world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await registerCluster(world);
  await world.load(helloDriver({ version: "1.0.0" }));
  for (const name of ["one", "two"])
    await world.ask(
      `mutation { createDeployment(input: { name: "${name}", driver: "hello", environment: "demo" }) { task { id } } }`,
    );
  const next = helloDriver({
    version: "1.1.0",
    extra: "    - { name: color, kind: string, default: red }\n",
  });
  next["manifests/web.yaml"] = `apiVersion: v1
kind: ConfigMap
metadata: { name: "{{ instance.release_name }}" }
data: { greeting: {{ parameters.greeting | tojson }}, color: {{ parameters.color | tojson }}, password: {{ parameters.password | tojson }} }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { ports: [{ port: 80 }] }
`;
  await world.load(next);
  await world.load(helloDriver({ version: "2.0.0", extra: "    - { name: needed, kind: string }\n" }));
});
afterAll(() => world.end());

const planFields = `deployment { name } from { version } to { version } level parameters { path after } added { kind name } removed { kind name }
  changed { kind name recreate fields { path before after } } problems { field message }`;

describe("the difference of two versions", () => {
  test("is told of specification, parameters, files, and the objects of a deployment", async () => {
    const { driverDiff } =
      await world.ask(`{ driverDiff(driver: "hello", from: "1.0.0", to: "1.1.0", deployment: "one") {
      level specification { path before after } parameters { path after } files { path change } impact { ${planFields} } } }`);
    expect(driverDiff).toMatchObject({
      level: "MINOR",
      specification: [{ path: ".version", before: "1.0.0", after: "1.1.0" }],
      parameters: [{ path: "[color]", after: { name: "color", default: "red" } }],
      files: [
        { path: "driver.styrmin.yml", change: "CHANGED" },
        { path: "manifests/web.yaml", change: "CHANGED" },
      ],
      impact: {
        deployment: { name: "one" },
        added: [{ kind: "Service", name: "web" }],
        removed: [],
        problems: [],
      },
    });
    const [changed] = driverDiff.impact.changed;
    expect(changed.fields).toEqual([
      { path: ".data.color", before: null, after: "red" },
      // Secrets are stood for by their names.
      { path: ".data.password", before: null, after: "secret-password" },
    ]);
  });

  test("goes the other way too, and by id", async () => {
    const { applicationDriverVersions } = await world.ask(
      `{ applicationDriverVersions(filter: { driver: "hello", version: "1.1.0" }) { id } }`,
    );
    const { driverDiff } = await world.ask(
      `{ driverDiff(driver: "hello", from: "${applicationDriverVersions[0].id}", to: "1.0.0", deployment: "one") { impact { removed { kind } } } }`,
    );
    expect(driverDiff.impact.removed).toEqual([{ kind: "Service" }]);
  });

  test("does not tell that a secret changes which neither made and both would make", async () => {
    const made = (version: string, greeting: string): Record<string, string> => ({
      ...helloDriver({ version, extra: "    - { name: token, kind: secret, generate: { length: 9 } }\n" }),
      "manifests/web.yaml": `apiVersion: v1
kind: Secret
metadata: { name: web }
stringData: { token: {{ parameters.token | tojson }}, greeting: ${greeting} }
`,
    });
    await world.load(made("0.8.0", "hi"));
    await world.load(made("0.9.0", "ho"));
    const { driverDiff } = await world.ask(
      `{ driverDiff(driver: "hello", from: "0.8.0", to: "0.9.0", deployment: "one") {
        impact { changed { name fields { path } } problems { message } } } }`,
    );
    expect(driverDiff.impact).toEqual({
      changed: [{ name: "web", fields: [{ path: ".stringData.greeting" }] }],
      problems: [],
    });
  });

  test("wants versions that are there", async () => {
    const asked = world.ask(`{ driverDiff(driver: "hello", from: "1.0.0", to: "9") { level } }`);
    await expect(asked).rejects.toMatchObject({ code: "NOT_FOUND", field: "to" });
  });
});

test("the impact of a version is told of each deployment that has another, with what stands in its way", async () => {
  const of = async (version: string) =>
    (await world.ask(`{ driverImpact(driver: "hello", version: "${version}") { ${planFields} } }`))
      .driverImpact;
  const minor = await of("1.1.0");
  expect(minor.map((plan: any) => [plan.deployment.name, plan.level, plan.added.length])).toEqual([
    ["one", "MINOR", 1],
    ["two", "MINOR", 1],
  ]);
  const [major] = await of("2.0.0");
  expect(major).toMatchObject({
    level: "MAJOR",
    problems: [{ field: expect.stringContaining("needed") }],
    added: [],
    changed: [],
  });
  expect(await of("1.0.0")).toEqual([]);
  // Nothing was kept.
  const [row] = await world.sql`select count(*)::int as instances from instances`;
  expect(row!.instances).toBe(2);
});

test("the impact of a version leaves out a deployment that is deleted while others are planned", async () => {
  await world.ask(
    `mutation { createDeployment(input: { name: "three", driver: "hello", environment: "demo", driverVersion: "1.0.0" }) { task { id } } }`,
  );
  const { render } = world.deps;
  let planned = 0;
  world.deps.render = async (...asked) => {
    if (planned++ === 0) await world.sql`delete from deployments where name = 'three'`;
    return render(...asked);
  };
  const asked = world.ask(
    `{ driverImpact(driver: "hello", version: "1.1.0") { deployment { name } problems { field } } }`,
  );
  const { driverImpact } = await asked.finally(() => (world.deps.render = render));
  expect(driverImpact).toEqual([
    { deployment: { name: "one" }, problems: [] },
    { deployment: { name: "two" }, problems: [] },
  ]);
});

describe.skipIf(!helmPath)("a driver with a chart", () => {
  const chartDriver = (version: string, image: string): Record<string, string> => ({
    "driver.styrmin.yml": `apiVersion: styrmin.io/v1
kind: ApplicationDriver
metadata: { name: charted }
spec:
  version: "${version}"
  supported_versions: ">=1.0"
  default_version: "1.0.0"
  helm: { main: { location: ./chart } }
  components: { web: { identifier: { label: { app: web } } } }
`,
    "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "chart/templates/all.yaml": `apiVersion: v1
kind: Secret
metadata: { name: "{{ .Release.Name }}-made" }
stringData: { password: {{ randAlphaNum 20 | quote }} }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: "{{ .Release.Name }}" }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web }, annotations: { sum: {{ randAlphaNum 8 | quote }} } }
    spec: { containers: [{ name: main, image: ${image} }] }
`,
  });

  test("is planned by what the chart makes, without what it makes up", async () => {
    await world.load(chartDriver("1.0.0", "example.net/web:1"));
    await world.ask(
      `mutation { createDeployment(input: { driver: "charted", environment: "demo" }) { task { id } } }`,
    );
    await world.load(chartDriver("1.0.1", "example.net/web:2"));
    const { driverImpact } = await world.ask(`{ driverImpact(driver: "charted") { ${planFields} } }`);
    expect(driverImpact[0]).toMatchObject({ level: "PATCH", added: [], removed: [], problems: [] });
    expect(driverImpact[0].changed).toMatchObject([
      {
        kind: "Deployment",
        fields: [
          {
            path: ".spec.template.spec.containers[main].image",
            before: "example.net/web:1",
            after: "example.net/web:2",
          },
        ],
      },
    ]);
  });
});
