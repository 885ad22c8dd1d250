import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  archiveDigest,
  chartLockName,
  createRenderer,
  type DriverFiles,
  packChart,
  type Renderer,
  writeChartLock,
} from "../../../drivers/kit/index.ts";
import { labels } from "../../../kube/styrmin-deployment.ts";
import type { KubeObject } from "../../../kube/types.ts";
import { chartFiles, helmPath, helms, hookJob, storeChart, webChart } from "../../helpers/charts.ts";
import { eventually } from "../../helpers/eventually.ts";
import { describeReal } from "../../helpers/real-cluster.ts";
import { finish } from "./finish.ts";
import { type BasicRig, deploymentIdOf, startRealRig, startRig } from "./rig.ts";

const driverText = (location: string) => `apiVersion: styrmin.io/v1
kind: ApplicationDriver
metadata: { name: test }
spec:
  version: "1"
  supported_versions: ">=1.0"
  helm: { main: { location: ${location}, version: 0.4.2 } }
  components: { web: { identifier: { label: { component: web } } } }
`;

/** Values as the deployment's parameters say. */
const valuesText = "{{ parameters | tojson }}";

/** A hook's script that ends when the test says so. */
const untilToldToGo = "while [ ! -e /tmp/go ]; do sleep 0.1; done";

/** A driver with a chart of its own. */
const withChart = (texts: Record<string, string>): DriverFiles =>
  chartFiles({
    "driver.styrmin.yml": driverText("./chart"),
    "values.j2.yml": valuesText,
    ...Object.fromEntries(Object.entries(texts).map(([path, text]) => [`chart/${path}`, text])),
  });

for (const [name, start, on, helm] of [
  ...(helms.length === 0 ? [["a chart", startRig, describe.skip, ""] as const] : []),
  ...helms.map(({ path, added }) => [`a chart${added}`, startRig, describe, path] as const),
  [
    "a chart on the real node",
    startRealRig,
    helmPath ? describeReal : describe.skip,
    helmPath ?? "",
  ] as const,
]) {
  on(`${name} (skipped without helm)`, () => {
    const renderer = createRenderer({ helm });
    let rig: BasicRig;
    const group = `g${crypto.randomUUID().slice(0, 8)}.example.org`;
    beforeAll(async () => void (rig = await start()));
    afterAll(async () => {
      await rig.kube.delete({ ...definitionKind, name: `gadgets.${group}` });
      await rig.stop();
      await renderer.close();
    });
    const definitionKind = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" };
    const get = (kind: string, name: string, apiVersion = "v1") =>
      rig.get({ apiVersion, kind, namespace: rig.target, name });
    const job = (name: string) => get("Job", name, "batch/v1");
    const passwordOf = async (name: string) => (await get("Secret", name))?.data.password;
    const gone = (what: string, read: () => Promise<unknown>) =>
      eventually(`${what} is gone`, async () => ((await read()) === undefined ? true : undefined));

    test("lives as long as a deployment: hooks run once and in order, passwords stay, what is to be kept is kept", async () => {
      const operator = rig.startOperator({ renderer });
      const digest = rig.keep(withChart(webChart(group)));
      const publish = (generation: number, parameters: Record<string, unknown>, spec = {}) =>
        rig.publish({ name: "web", digest, generation, parameters, spec });

      await publish(1, { greeting: "one" });
      await rig.until("web", "Ready", "True", "Healthy");
      expect((await get("ConfigMap", "web-config"))?.data).toEqual({
        greeting: "one",
        kind: "install",
        jobs: "true",
      });
      expect((await get("Gadget", "web", `${group}/v1`))?.spec).toEqual({ made: "web" });
      const migrated = await job("web-migrate");
      expect(migrated?.status.succeeded).toBe(1);
      expect(migrated?.metadata.labels?.[labels.deployment]).toBe(deploymentIdOf("web"));
      // It has gone, as its policy says; the test and what goes before the end have not run.
      expect(await job("web-welcome")).toBeUndefined();
      expect(await job("web-goodbye")).toBeUndefined();
      expect(await job("web-back")).toBeUndefined();
      expect(await get("Pod", "web-check")).toBeUndefined();
      const password = await passwordOf("web-password");
      expect(Buffer.from(password!, "base64").toString()).toMatch(/^\w{24}$/);

      // Drift is repaired from the Release; nothing is rendered or run again.
      await rig.kube.mergePatch(
        { apiVersion: "v1", kind: "Secret", namespace: rig.target, name: "web-password" },
        { data: { password: "aGFja2Vk" } },
        { manager: "somebody" },
      );
      await eventually("the drift is repaired", async () => (await passwordOf("web-password")) === password);
      expect((await job("web-migrate"))?.metadata.uid).toBe(migrated!.metadata.uid);

      // An upgrade renders anew, runs its own hooks, and keeps what was made at random.
      await publish(2, { greeting: "two" });
      await rig.until("web", "Ready", "True", "Healthy");
      expect((await get("ConfigMap", "web-config"))?.data).toMatchObject({
        greeting: "two",
        kind: "upgrade",
      });
      expect(await passwordOf("web-password")).toBe(password!);
      expect((await get("Secret", "web-password"))?.data.greeting).toBe(btoa("two"));
      const again = await job("web-migrate");
      expect(again?.metadata.uid).not.toBe(migrated!.metadata.uid);

      // A hook that fails stops the upgrade before anything of it is there.
      await publish(3, { greeting: "three", migration: "exit 3" });
      const stalled = await rig.until("web", "Stalled", "True", "HookFailed");
      const told = stalled.status?.conditions?.find(({ type }) => type === "Stalled")?.message;
      expect(told).toContain(`hook pre-upgrade Job ${rig.target}/web-migrate failed`);
      expect((await get("ConfigMap", "web-config"))?.data.greeting).toBe("two");

      // Back to the second instance: from its Release, without its hooks of an upgrade.
      await rig.publish({ name: "web", digest, generation: 4, instance: 2, parameters: { greeting: "two" } });
      await rig.until("web", "Ready", "True", "Healthy");
      expect((await get("ConfigMap", "web-config"))?.data).toMatchObject({
        greeting: "two",
        kind: "upgrade",
      });
      expect((await job("web-back"))?.status.succeeded).toBe(1);
      // What the failed upgrade left of its hook is not run for a rollback.
      expect((await job("web-migrate"))?.status.failed).toBe(1);
      expect(await passwordOf("web-password")).toBe(password!);

      await publish(5, { greeting: "two" }, { phase: "Deleting", instanceId: "web-instance-2" });
      const ended = await rig.until("web", "Finalized", "True");
      expect(ended.status?.kept).toContain(`ConfigMap ${rig.target}/web-data`);
      expect((await get("ConfigMap", "web-data"))?.data).toEqual({ by: "web" });
      for (const one of ["web-migrate", "web-goodbye", "web-swept"]) await gone(`Job ${one}`, () => job(one));
      await gone("its Deployment", () => rig.deployment("web-web"));
      await operator.stop();
    });

    test("that was pulled is rendered from the archive; a password made with lookup stays over upgrades", async () => {
      const operator = rig.startOperator({ renderer });
      const archive = await packChart("store", chartFiles(storeChart));
      const digest = archiveDigest(archive);
      rig.keepChart(digest, archive);
      const pin = { name: "store", version: "2.0.0", digest, location: "oci://registry.example.org/store" };
      const driver = rig.keep({
        ...chartFiles({ "driver.styrmin.yml": driverText(pin.location), "values.j2.yml": valuesText }),
        [chartLockName]: writeChartLock([pin]),
      });
      const set = () => get("StatefulSet", "kept-store", "apps/v1");
      await rig.publish({ name: "kept", digest: driver, parameters: {} });
      await rig.until("kept", "Ready", "True", "Healthy");
      const password = await passwordOf("kept-store");
      const checksum = (await set())?.spec.template.metadata.annotations;
      // Something else changes, and the pods stay.
      await rig.publish({
        name: "kept",
        digest: driver,
        generation: 2,
        parameters: { size: "64Mi", extra: true },
      });
      await rig.until("kept", "Ready", "True", "Healthy");
      expect(await passwordOf("kept-store")).toBe(password!);
      expect((await set())?.spec.template.metadata.annotations).toEqual(checksum);
      // What the secret holds beside it changes, and so does the checksum.
      await rig.publish({ name: "kept", digest: driver, generation: 3, parameters: { flavour: "rich" } });
      await rig.until("kept", "Ready", "True", "Healthy");
      expect(await passwordOf("kept-store")).toBe(password!);
      expect((await get("Secret", "kept-store"))?.data.flavour).toBe(btoa("rich"));
      expect((await set())?.spec.template.metadata.annotations).not.toEqual(checksum);
      await rig.publish({
        name: "kept",
        digest: driver,
        generation: 4,
        spec: { phase: "Deleting", instanceId: "kept-instance-3", policies: { volumes: "Delete" } },
      });
      await rig.until("kept", "Finalized", "True");
      await operator.stop();
    });

    test("makes the objects that helm itself makes, field by field", async () => {
      const operator = rig.startOperator({ renderer });
      const namespace = `${rig.target}-helm`;
      await rig.kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
      const charts = { same: webChart(group), store: storeChart };
      for (const [release, chart] of Object.entries(charts)) {
        await rig.publish({
          name: release,
          digest: rig.keep(withChart(chart)),
          parameters: { replicas: 2, greeting: "yes" },
        });
        await rig.until(release, "Ready", "True", "Healthy");
        await installByHelm(rig, helm, { release, chart, namespace });
      }
      let compared = 0;
      for (const [release, kind] of allKinds(group)) {
        const { items } = await rig.kube.list(kind, {
          namespace: rig.target,
          labelSelector: `${labels.deployment}=${deploymentIdOf(release)}`,
        });
        for (const ours of items.filter(({ metadata }) => !metadata.annotations?.["helm.sh/hook"])) {
          const theirs = await rig.get({ ...kind, namespace, name: ours.metadata.name });
          expect(comparable(ours)).toEqual(comparable(theirs!));
          compared++;
        }
        const { items: all } = await rig.kube.list(kind, { namespace });
        const own = all.filter(
          ({ metadata }) => metadata.annotations?.["meta.helm.sh/release-name"] === release,
        );
        for (const { metadata } of own)
          expect(items.map((one) => one.metadata.name)).toContain(metadata.name);
      }
      // web: three ConfigMaps, a Secret, a Service, a Deployment, a Gadget; store: a Secret, a Service, a StatefulSet.
      expect(compared).toBe(10);
      await rig.kube.delete({ apiVersion: "v1", kind: "Namespace", name: namespace });
      await operator.stop();
    });

    test("that has an object or a hook no more loses it, unless it is to be kept", async () => {
      const operator = rig.startOperator({ renderer });
      const config = (name: string, annotations = "") =>
        `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: {{ .Release.Name }}-${name}, annotations: { ${annotations} } }\n`;
      const about = {
        "Chart.yaml": "apiVersion: v2\nname: less\nversion: 1.0.0\n",
        "templates/a.yaml": config("a"),
      };
      const more = {
        ...about,
        "templates/b.yaml": config("b"),
        "templates/kept.yaml": config("kept", "helm.sh/resource-policy: keep"),
        "templates/hook.yaml": config("hook", "helm.sh/hook: pre-install"),
      };
      await rig.publish({ name: "less", digest: rig.keep(withChart(more)) });
      await rig.until("less", "Ready", "True", "Healthy");
      expect(await get("ConfigMap", "less-hook")).toBeDefined();
      await rig.publish({ name: "less", digest: rig.keep(withChart(about)), generation: 2 });
      await rig.until("less", "Ready", "True", "Healthy");
      const left = ["a", "b", "kept", "hook"].map((one) => get("ConfigMap", `less-${one}`));
      expect((await Promise.all(left)).map((one) => one !== undefined)).toEqual([true, false, true, false]);
      await operator.stop();
    });

    test("whose agent is killed while a hook runs goes on with that very one", async () => {
      const chart = {
        "Chart.yaml": "apiVersion: v2\nname: slow\nversion: 1.0.0\n",
        "templates/hooks.yaml": [
          hookJob("first", { hook: "pre-install", "hook-weight": "1" }, "exit 0"),
          hookJob("second", { hook: "pre-install", "hook-weight": "2" }, untilToldToGo),
          hookJob(
            "last",
            { hook: "post-install", "hook-delete-policy": "before-hook-creation,hook-succeeded" },
            "exit 0",
          ),
        ].join("---"),
        "templates/config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: {{ .Release.Name }} }\n",
      };
      const digest = rig.keep(withChart(chart));
      const one = rig.startOperator({ renderer });
      await rig.publish({ name: "slow", digest });
      const running = await eventually("the second hook is there", () => job("slow-second"));
      const first = await job("slow-first");
      expect(first?.status.succeeded).toBe(1);
      await rig.until("slow", "Reconciling", "True", "HookRunning");
      await one.stop();

      const other = rig.startOperator({ renderer });
      await other.ready;
      expect(await get("ConfigMap", "slow")).toBeUndefined();
      await finish(rig, running!);
      await rig.until("slow", "Ready", "True", "Healthy");
      expect((await job("slow-second"))?.metadata.uid).toBe(running!.metadata.uid);
      expect((await job("slow-first"))?.metadata.uid).toBe(first!.metadata.uid);
      expect(await job("slow-last")).toBeUndefined();
      expect(await get("ConfigMap", "slow")).toBeDefined();
      await other.stop();
    });

    test("with a hook that holds its deletion up tells until when, and deleted again goes without it", async () => {
      const chart = {
        "Chart.yaml": "apiVersion: v2\nname: leave\nversion: 1.0.0\n",
        "templates/hooks.yaml": hookJob("save", { hook: "pre-delete" }, "sleep 1000"),
        "templates/config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: {{ .Release.Name }} }\n",
      };
      const digest = rig.keep(withChart(chart));
      const patient = rig.startOperator();
      await rig.publish({ name: "leave", digest });
      await rig.until("leave", "Ready", "True", "Healthy");
      const leave = (generation: number) =>
        rig.publish({
          ...{ name: "leave", digest, generation, instance: 1 },
          spec: { phase: "Deleting", instanceId: "leave-instance-1" },
        });
      await leave(2);
      const waiting = await eventually("the deletion waits for the hook", async () => {
        const { status } = await rig.until("leave", "Finalized", "False", "Deleting");
        const said = status?.conditions?.find(({ type }) => type === "Ready")?.message ?? "";
        return said.includes("has time until") ? said : undefined;
      });
      expect(waiting).toMatch(
        /^hook pre-delete Job \S+leave-save: it has not ended yet; it has time until \S+Z$/,
      );
      await patient.stop();

      const hasty = rig.startOperator({ settings: { hookMs: 1 } });
      const { status } = await rig.until("leave", "Stalled", "True", "HookFailed");
      expect(JSON.stringify(status)).toContain("it has not ended within");
      // It may be there to save something: all of it is still there.
      expect(await get("ConfigMap", "leave")).toBeDefined();
      await leave(3);
      await rig.until("leave", "Finalized", "True");
      await gone("the hook", () => job("leave-save"));
      await hasty.stop();
    });

    test("with a hook that does not end is told, and asked again it is tried again", async () => {
      const chart = {
        "Chart.yaml": "apiVersion: v2\nname: stuck\nversion: 1.0.0\n",
        "templates/hooks.yaml": hookJob(
          "wait",
          { hook: "post-install", "hook-delete-policy": "hook-failed" },
          untilToldToGo,
        ),
        "templates/config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: {{ .Release.Name }} }\n",
      };
      const digest = rig.keep(withChart(chart));
      const hasty = rig.startOperator({ renderer, settings: { hookMs: 1500 } });
      await rig.publish({ name: "stuck", digest });
      const stalled = await rig.until("stuck", "Stalled", "True", "HookFailed");
      expect(JSON.stringify(stalled.status)).toContain("it has not ended within 2 s");
      await gone("the hook that failed", () => job("stuck-wait"));
      expect(await get("ConfigMap", "stuck")).toBeDefined();
      await hasty.stop();

      const patient = rig.startOperator({ renderer });
      await rig.publish({ name: "stuck", digest, generation: 2, instance: 1 });
      const running = await eventually("it is tried again", () => job("stuck-wait"));
      await finish(rig, running!);
      await rig.until("stuck", "Ready", "True", "Healthy");
      await patient.stop();
    });
  });
}

test("without helm a chart says in status and log what to do", async () => {
  const rig = await startRig();
  const renderer = createRenderer({ helm: undefined });
  let renders = 0;
  const counted: Renderer = { ...renderer, render: (...asked) => (renders++, renderer.render(...asked)) };
  const lines: string[] = [];
  const told = () => lines.filter((line) => line.includes("there is no helm here")).length;
  const operator = rig.startOperator({
    renderer: counted,
    log: (line) => lines.push(line),
    settings: { slowRetryMs: 50 },
  });
  await rig.publish({ name: "web", digest: rig.keep(withChart(webChart())) });
  const { status } = await rig.until("web", "Stalled", "True", "RenderFailed");
  expect(JSON.stringify(status)).toContain("Install helm 3.14 or newer, or name it with STYRMIN_HELM");
  // Until the status says it, a look whose word came too late may tell it again; after that, none does.
  const before = { renders, told: told() };
  expect(before.told).toBeGreaterThan(0);
  await eventually("it was looked at twice more", () => renders > before.renders + 2);
  expect(told()).toBe(before.told);
  await operator.stop();
  await renderer.close();
  await rig.stop();
});

async function installByHelm(
  { adminKubeconfig }: BasicRig,
  helm: string,
  { release, chart, namespace }: { release: string; chart: Record<string, string>; namespace: string },
): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "styrmin-helm-"));
  const file = join(dir, "chart.tgz");
  await Bun.write(file, await packChart(release, chartFiles(chart)));
  const child = Bun.spawn(
    [
      helm,
      "install",
      release,
      file,
      "--namespace",
      namespace,
      "--no-hooks",
      "--set",
      "replicas=2,greeting=yes",
    ],
    { cwd: dir, env: { HOME: dir, KUBECONFIG: adminKubeconfig }, stdio: ["ignore", "ignore", "pipe"] },
  );
  const said = await new Response(child.stderr).text();
  const code = await child.exited;
  rmSync(dir, { recursive: true });
  if (code !== 0) throw new Error(said);
}

const allKinds = (group: string) =>
  ["same", "store"].flatMap((release) =>
    [
      ["v1", "ConfigMap"],
      ["v1", "Secret"],
      ["v1", "Service"],
      ["apps/v1", "Deployment"],
      ["apps/v1", "StatefulSet"],
      [`${group}/v1`, "Gadget"],
    ].map(([apiVersion, kind]) => [release, { apiVersion: apiVersion!, kind: kind! }] as const),
  );

/** What two installations of the same must have alike: all but what the API gives each, what each writes of itself, and what is random. */
function comparable(live: KubeObject): unknown {
  const { status: _, ...object } = structuredClone(live);
  const { name, labels: own, annotations } = object.metadata;
  const without = (map: Record<string, string> = {}, ...keys: (string | RegExp)[]) =>
    Object.fromEntries(
      Object.entries(map).filter(
        ([key]) => !keys.some((one) => (typeof one === "string" ? one === key : one.test(key))),
      ),
    );
  const rest = {
    ...object,
    metadata: {
      name,
      labels: without(own, labels.deployment, "app.kubernetes.io/managed-by"),
      annotations: without(annotations, /^meta\.helm\.sh\//),
    },
  };
  if (object.kind === "Service" && object.spec.clusterIP !== "None")
    (delete object.spec.clusterIP, delete object.spec.clusterIPs);
  if (object.kind === "Secret") delete object.data.password;
  for (const template of [object.spec?.template, ...(object.spec?.volumeClaimTemplates ?? [])]) {
    if (!template?.metadata) continue;
    template.metadata.labels = without(template.metadata.labels, labels.deployment);
    template.metadata.annotations = without(template.metadata.annotations, "checksum/password");
  }
  return rest;
}
