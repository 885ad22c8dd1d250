import { afterAll, beforeAll, expect, test } from "bun:test";
import { loadBundledDrivers } from "../../../server/drivers/bundled.ts";
import { dirname, join } from "node:path";
import { helloDriver, registerCluster, startWorld, type World } from "../world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.end());

const loading = `mutation ($path: String!, $key: String) {
  loadLocalApplicationDriverVersion(path: $path, idempotencyKey: $key) {
    id digest outcome replaced { id digest } pinned { name driverVersion { digest } } } }`;

test("a load says what its version stood for before, and who stays with that", async () => {
  const other = helloDriver();
  other["manifests/web.yaml"] += "# other files\n";
  const [a, b] = [await world.write(helloDriver()), await world.write(other)];
  const load = async (path: string, key: string | null = null) =>
    (await world.ask(loading, { path, key })).loadLocalApplicationDriverVersion;
  await registerCluster(world);

  const first = await load(a, "once");
  expect(first).toMatchObject({ outcome: "NEW", replaced: null, pinned: [] });
  expect(await load(a)).toEqual({ ...first, outcome: "UNCHANGED" });
  expect(await load(a, "once")).toEqual(first);

  await world.ask(
    `mutation { createDeployment(input: { driver: "hello", applicationVersion: "1.0.0", environment: "demo" }) { task { id } } }`,
  );
  const second = await load(b);
  expect(second).toMatchObject({
    outcome: "REPLACED",
    replaced: { id: first.id, digest: first.digest },
    pinned: [{ name: "hello", driverVersion: { digest: first.digest } }],
  });
  expect(await load(b)).toEqual({ ...second, outcome: "UNCHANGED" });

  // What the answer says is to be done.
  await world.ask(
    `mutation { updateDeployment(input: { deployment: "hello", driverVersion: "1" }) { task { id } } }`,
  );
  expect((await load(b)).pinned).toEqual([]);

  // Files that were there before are taken again when they are loaded again, but not by a server that starts again.
  await loadBundledDrivers(world.deps, [dirname(a)]);
  expect(await latest()).toBe(second.id);
  expect(await load(a)).toEqual({
    ...first,
    outcome: "REPLACED",
    replaced: { id: second.id, digest: second.digest },
    pinned: [{ name: "hello", driverVersion: { digest: second.digest } }],
  });
  expect(await latest()).toBe(first.id);
});

test("a bundled driver that cannot be looked at holds up no other, and is tried again", async () => {
  const away = helloDriver();
  away["driver.styrmin.yml"] = `apiVersion: styrmin.io/v1
kind: ApplicationDriver
metadata: { name: away }
spec:
  version: "1"
  supported_versions: "*"
  helm: { main: { location: "oci://127.0.0.1:1/charts/away", version: 1.0.0 } }
`;
  const other = helloDriver();
  other["driver.styrmin.yml"] = other["driver.styrmin.yml"]!.replace("name: hello", "name: other");
  const folder = dirname(await world.write(helloDriver()));
  for (const [name, files] of Object.entries({ "1-away": away, "2-other": other }))
    for (const [path, text] of Object.entries(files))
      await Bun.write(join(folder, "bundled", name, path), text);
  const deps = { ...world.deps, settings: { ...world.deps.settings, allowLoopbackGit: true } };
  const failed = await loadBundledDrivers(deps, [join(folder, "bundled")]).catch((thrown) => thrown);
  expect(failed).toMatchObject({ code: "UNAVAILABLE" });
  const { applicationDriver } = await world.ask(`{ applicationDriver(name: "other") { name } }`);
  expect(applicationDriver).toEqual({ name: "other" });
});

const latest = async () =>
  (await world.ask(`{ applicationDriver(name: "hello") { latest { id } } }`)).applicationDriver.latest.id;
