import { afterAll, beforeAll, expect, test } from "bun:test";
import { Hono } from "hono";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderValue } from "../../../clients/cli/output.ts";
import { GetDriverVersionDocument } from "../../../clients/sdk/generated.ts";
import { archiveDigest } from "../../../drivers/kit/index.ts";
import { loadCertificates } from "../../../local/cluster/certificates.ts";
import type { AppEnv } from "../../../server/app.ts";
import { agentRoutes } from "../../../server/agents/routes.ts";
import { readChartPins } from "../../../server/deploy/driver-files.ts";
import { specText } from "../../drivers/sample.ts";
import { packed, webChart } from "../../helpers/charts.ts";
import { type OciRegistry, startOciRegistry } from "../../helpers/oci-registry.ts";
import { startWorld, type World } from "../world.ts";

const dir = mkdtempSync(join(tmpdir(), "styrmin-chart-"));
const auth = { user: "ann", password: "s3cret-word" };
let world: World;
let registry: OciRegistry;
let ca: string;
beforeAll(async () => {
  const { ca: own, ...tls } = await loadCertificates(dir);
  ca = own;
  world = await startWorld();
  registry = await startOciRegistry({ auth, tls });
});
afterAll(async () => {
  await world.end();
  await registry.stop();
  rmSync(dir, { recursive: true });
});

test("a chart driver is loaded with recorded credentials, kept without the registry, and goes with its version", async () => {
  const archive = await packed("web", webChart());
  await registry.push("charts/web", "0.4.2", archive);
  const location = registry.url("charts/web");
  const files = {
    "driver.styrmin.yml": specText(
      `  default_version: "1.6.0"\n  helm: { main: { location: ${location}, version: 0.4.2 } }\n  components: { web: { identifier: { label: { component: web } } } }\n`,
      { name: "charted" },
    ),
    "values.j2.yml": "greeting: {{ app.version }}\n",
  };
  const refused = (await world.load(files).catch((thrown) => thrown)) as Error & { code: string };
  expect(refused.code).toBe("UNAVAILABLE"); // Nobody knows the certificate.
  const input = {
    name: "charts",
    kind: "HELM",
    url: `oci://${registry.host}`,
    username: auth.user,
    token: auth.password,
    ca,
  };
  await world.ask("mutation ($i: CreateRepositoryInput!) { createRepository(input: $i) { id } }", {
    i: input,
  });
  const id = await world.load(files);
  // The same again is no new version, as long as the registry gives the same chart.
  expect(await world.load(files)).toBe(id);

  const digest = archiveDigest(archive);
  const [row] =
    await world.sql`select charts, rights::text, source::text from application_driver_versions where id = ${id}`;
  expect(row!.charts).toEqual([digest]);
  expect(row!.rights).toContain("gadgets");
  // The test's pod is made by nobody.
  expect(row!.rights).not.toContain("pods");
  expect(JSON.stringify(row)).not.toContain(auth.password);
  await registry.stop();

  const routes = new Hono<AppEnv>().route("/agent", agentRoutes(world.deps));
  const answer = await routes.request(`/agent/charts/${digest}`);
  expect(archiveDigest(await answer.bytes())).toBe(digest);

  // What the API and `drivers get` show of it.
  const shown = await world.ask(String(GetDriverVersionDocument), { driver: "charted" });
  const pin = { name: "web", version: "0.4.2", location, digest };
  expect(shown.applicationDriverVersion.charts).toEqual([pin]);
  expect(renderValue(shown.applicationDriverVersion, "table")).toContain(digest);
  const plain = await world.load();
  const listed = await world.ask("{ applicationDriverVersions { id charts { digest } } }");
  expect(listed.applicationDriverVersions).toEqual([
    { id, charts: [{ digest }] },
    { id: plain, charts: [] },
  ]);

  const remove = "mutation ($id: ID!) { deleteApplicationDriverVersion(id: $id) { charts { version } } }";
  expect((await world.ask(remove, { id })).deleteApplicationDriverVersion.charts).toEqual([
    { version: "0.4.2" },
  ]);
  expect(await world.sql`select digest from charts`).toHaveLength(0);
  const gone = { digest: `sha256:${"0".repeat(64)}`, charts: [digest] };
  expect(await readChartPins(world.deps, gone)).toBeNull();
});
