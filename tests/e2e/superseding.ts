import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "../../clients/sdk/index.ts";
import { helmPath } from "../helpers/charts.ts";
import { eventually } from "../helpers/eventually.ts";
import { pace } from "../helpers/pace.ts";
import { describeReal } from "../helpers/real-cluster.ts";
import type { E2eCluster, Site } from "./cluster.ts";
import { writePodsDriver } from "./drivers.ts";
import { testStatefulSet } from "./stateful-set.ts";

const chart = {
  "driver.styrmin.yml": `apiVersion: styrmin.io/v1
kind: ApplicationDriver
metadata: { name: hooked }
spec:
  version: "1"
  supported_versions: ">=1.0"
  default_version: "1.0.0"
  helm: { main: { location: ./chart } }
  components: { web: { identifier: { label: { component: web } } } }
  parameters:
    - { name: image, kind: string }
    - { name: turn, kind: string }
`,
  "values.j2.yml": "{{ parameters | tojson }}\n",
  "chart/Chart.yaml": "apiVersion: v2\nname: hooked\nversion: 1.0.0\n",
  "chart/templates/hook.yaml": `apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-{{ .Values.turn }}
  annotations: { helm.sh/hook: "pre-install,pre-upgrade" }
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: main
          image: busybox:1.37
          imagePullPolicy: IfNotPresent
          command: [sh, -c, "until [ -e /tmp/over ]; do sleep 0.1; done"]
          resources: { limits: { cpu: 1000m, memory: 1024Mi }, requests: { cpu: 1m, memory: 4Mi } }
`,
  "chart/templates/web.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: { name: {{ .Release.Name }} }
spec:
  selector: { matchLabels: { component: web, release: {{ .Release.Name }} } }
  template:
    metadata: { labels: { component: web, release: {{ .Release.Name }} } }
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: main
          image: {{ .Values.image }}
          imagePullPolicy: IfNotPresent
          command: [sleep, "1000"]
          resources: { limits: { cpu: 1000m, memory: 1024Mi }, requests: { cpu: 1m, memory: 4Mi } }
`,
};

/** Writes a driver whose chart has a hook that ends when it is told to; answers its folder. */
function writeHookedDriver(root: string): string {
  const folder = join(root, "hooked");
  mkdirSync(join(folder, "chart/templates"), { recursive: true });
  for (const [path, text] of Object.entries(chart)) writeFileSync(join(folder, path), text);
  return folder;
}

/** An image that is not there, and the correction: nobody waits for the time of what cannot become ready to be over. */
export function describeSuperseding(cluster: E2eCluster): void {
  const run = cluster.isReal ? describeReal : describe;
  run(`an update of what cannot become ready, ${cluster.title}`, () => {
    const folder = mkdtempSync(join(tmpdir(), "superseding-"));
    let site: Site;
    let name: string;
    beforeAll(async () => {
      site = await cluster.start({
        isDatabaseShared: true,
        env: { STYRMIN_DRIVER_ROOTS: folder, ...(helmPath ? { STYRMIN_HELM: helmPath } : {}) },
      });
      name = `${site.environment}/pods`;
      await client().drivers.loadLocal(writePodsDriver(folder));
    });
    afterAll(async () => {
      await site?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    const client = () => createClient({ url: site.product.serverUrl });
    const cli = (...args: string[]) => site.product.cli(...args);
    const lastTask = async () => (await client().tasks.list({ first: 1 }))[0]!;
    const [right, wrong] = [
      ["-p", "image=busybox:1.37"],
      ["-p", "image=busybox:missing"],
    ] as const;
    const update = (...args: string[]) => cli("deployments", "update", name, ...args);
    const deployment = async () =>
      (await client().deployments.get("pods", { environment: site.environment }))!;
    /** How often the pods were changed. */
    const revision = async () => {
      const { items } = await site.kube.list(
        { apiVersion: "apps/v1", kind: "Deployment" },
        { namespace: site.namespace },
      );
      return items[0]!.metadata.annotations!["deployment.kubernetes.io/revision"];
    };
    /** Waits until the last task says that its image cannot be had. */
    const stuck = async () => {
      const { id } = await lastTask();
      await eventually("the task says why it waits", async () =>
        ((await client().tasks.log(id)) ?? []).some(({ message }) =>
          message.includes("busybox:missing cannot be"),
        ),
      );
      return id;
    };
    /** The seconds from an update to when an agent took it up. */
    const delayOf = ({ createdAt, startedAt }: { createdAt: string; startedAt?: string | null }) =>
      (Date.parse(startedAt!) - Date.parse(createdAt)) / 1000;

    test("the first deploy is mended within seconds, and whoever waits for it is told", async () => {
      const created = await cli(
        "deployments",
        "create",
        "pods",
        "1.0.0",
        site.environment,
        "--name",
        "pods",
        ...wrong,
      );
      expect(created.code).toBe(0);
      const first = await stuck();
      const watching = cli("tasks", "watch", first);
      expect(await update(...right, "--wait")).toMatchObject({ code: 0 });
      const next = await lastTask();
      expect(delayOf(next)).toBeLessThan(2 * pace());
      console.log(
        `superseding: the next task began ${Math.round(1000 * delayOf(next))} ms after it was asked for`,
      );
      const watched = await watching;
      expect([watched.code, watched.stderr]).toEqual([
        3,
        expect.stringContaining(
          `The task deploy of pods was superseded: a later update took its place. See \`styrminctl tasks watch ${next.id}\`.`,
        ),
      ]);
      expect(await client().tasks.get(first)).toMatchObject({
        state: "CANCELLED",
        reason: `superseded by task ${next.id}`,
      });
      await eventually("RUNNING", async () => (await deployment()).status === "RUNNING");
      expect(await revision()).toBe("2");
    });

    test("an upgrade goes straight on to the next version", async () => {
      await update("--version", "1.1.0", ...wrong);
      const first = await stuck();
      expect(
        await update("--version", "1.2.0", ...right, "-p", 'command=["sleep","1001"]', "--wait"),
      ).toMatchObject({ code: 0 });
      const next = await lastTask();
      expect(next.kind).toBe("UPGRADE");
      expect(delayOf(next)).toBeLessThan(2 * pace());
      expect((await client().tasks.get(first))!.supersededBy).toEqual({ id: next.id });
      // The version in between was not followed by the one before.
      expect(await revision()).toBe("4");
      expect(await deployment()).toMatchObject({ applicationVersion: "1.2.0" });
    });

    test("two upgrades that cannot become ready end where the last good one was", async () => {
      await update("--version", "1.3.0", ...wrong);
      await stuck();
      await update("--version", "1.4.0", ...wrong, "-p", 'command=["sleep","1002"]');
      const next = await stuck();
      expect(await cli("tasks", "cancel", next)).toMatchObject({ code: 0 });
      await eventually("it is back", async () => {
        const { status, applicationVersion } = await deployment();
        return status === "RUNNING" && applicationVersion === "1.2.0";
      });
      expect((await client().tasks.get(next))!.reason).toBe(
        "cancelled by a user. It goes back to version 1.2.0 (driver 1).",
      );
      const kind = { apiVersion: "v1", kind: "Pod" };
      await eventually("the right pod runs alone", async () => {
        const { items } = await site.kube.list(kind, { namespace: site.namespace });
        const [pod] = items;
        return items.length === 1 && pod!.spec.containers[0].command[1] === "1001";
      });
    });

    testStatefulSet(() => site, folder);

    test.skipIf(helmPath === undefined)(
      "a hook of a chart is not cut off, what comes after it is",
      async () => {
        await client().drivers.loadLocal(writeHookedDriver(folder));
        const hooked = `${site.environment}/hooked`;
        const parameters = (turn: string, image: string) => [
          "-p",
          `turn=${turn}`,
          "-p",
          `image=busybox:${image}`,
        ];
        const create = ["create", "hooked", "1.0.0", site.environment, "--name", "hooked"];
        expect(await cli("deployments", ...create, ...parameters("first", "missing"))).toMatchObject({
          code: 0,
        });
        const first = (await lastTask()).id;
        const hook = async (turn: string) => {
          const jobs = await site.kube.list(
            { apiVersion: "batch/v1", kind: "Job" },
            { namespace: site.namespace },
          );
          return jobs.items.find(({ metadata }) => metadata.name.endsWith(`-${turn}`));
        };
        const end = (turn: string) =>
          eventually(`the hook runs, and is told to end: ${turn}`, async () => {
            const labelSelector = `job-name=${(await hook(turn))!.metadata.name}`;
            const { namespace } = site;
            const { items } = await site.kube.list(
              { apiVersion: "v1", kind: "Pod" },
              { namespace, labelSelector },
            );
            const { name } = items[0]!.metadata;
            return site.kube.exec({ namespace, name }, "main", ["touch", "/tmp/over"], {});
          });
        await eventually("the hook runs", async () => (await hook("first"))?.status?.active === 1);

        const updating = cli("deployments", "update", hooked, ...parameters("second", "1.37"), "--wait");
        const next = await eventually("the update is recorded", async () => {
          const task = await lastTask();
          return task.id === first ? undefined : task;
        });
        // Nobody cuts the hook off meanwhile, nor begins with what comes after it.
        await Bun.sleep(3_000);
        expect((await client().tasks.get(next.id))!.state).toBe("QUEUED");
        await end("first");
        const ended = await eventually("the first task has ended", async () => {
          const task = (await client().tasks.get(first))!;
          return task.state === "CANCELLED" ? task : undefined;
        });
        const done = (await hook("first"))!;
        expect(done.status.succeeded).toBe(1);
        expect(Date.parse(ended.finishedAt!)).toBeGreaterThanOrEqual(Date.parse(done.status.completionTime));
        await end("second");
        expect(await updating).toMatchObject({ code: 0 });
        expect((await hook("second"))!.status.succeeded).toBe(1);
      },
    );
  });
}
