import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createKube } from "../../../../kube/client.ts";
import { loadKubeAccess } from "../../../../kube/config.ts";
import type { Kube } from "../../../../kube/types.ts";
import { startTestCluster, type TestCluster } from "../../../helpers/cluster.ts";
import { realKubeconfig } from "../../../helpers/real-cluster.ts";
import { pace } from "../../../helpers/pace.ts";

const helm = process.env.STYRMIN_HELM || Bun.which("helm") || undefined;
const clusters = [
  { cluster: "the embedded cluster", skipped: helm === undefined, kubeconfig: undefined },
  {
    cluster: "the real cluster",
    skipped: helm === undefined || realKubeconfig === undefined,
    kubeconfig: realKubeconfig,
  },
];

for (const { cluster, skipped, kubeconfig } of clusters) {
  describe.skipIf(skipped)(`helm on ${cluster} (skipped without STYRMIN_HELM)`, () => {
    const namespace = `helm-${crypto.randomUUID().slice(0, 8)}`;
    const dir = mkdtempSync(join(tmpdir(), "styrmin-helm-"));
    let embedded: TestCluster | undefined;
    let config = kubeconfig ?? "";
    let kube: Kube;
    beforeAll(async () => {
      embedded = kubeconfig ? undefined : await startTestCluster({ workloads: true, pods: true });
      config = embedded?.kubeconfig ?? kubeconfig!;
      kube = createKube({ config: await loadKubeAccess({ kubeconfig: config }) });
      for (const [path, text] of Object.entries(chart)) {
        mkdirSync(dirname(join(dir, path)), { recursive: true });
        writeFileSync(join(dir, path), text);
      }
    });
    afterAll(async () => {
      await kube?.delete({ apiVersion: "v1", kind: "Namespace", name: namespace });
      await embedded?.stop();
      rmSync(dir, { recursive: true, force: true });
    });

    async function run(line: string, ...rest: string[]) {
      const child = Bun.spawn([helm!, "--namespace", namespace, ...line.split(" "), ...rest], {
        cwd: dir,
        env: { PATH: process.env.PATH ?? "", HOME: dir, KUBECONFIG: config },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const [out, err] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
      ]);
      return { code: await child.exited, out, err };
    }
    const done = async (line: string, ...rest: string[]) => {
      const answer = await run(line, ...rest);
      if (answer.code !== 0) throw new Error(`helm ${line}: ${answer.err}`);
      return answer.out;
    };
    const get = (kind: string, name: string, apiVersion = "v1") =>
      kube.get({ apiVersion, kind, namespace, name });
    const greeting = async () => (await get("ConfigMap", "app"))?.data?.greeting;
    const wait = ["--wait", "--timeout", "300s"];

    test("installs, upgrades, rolls back and uninstalls a chart with hooks, and waits for its pods", async () => {
      const installed = await done("install app ./app --create-namespace --set greeting=hello", ...wait);
      expect(installed).toContain("STATUS: deployed");
      expect((await get("Deployment", "app", "apps/v1"))?.status.readyReplicas).toBe(1);
      // The hook came before the rest and is gone after its success.
      expect((await get("ConfigMap", "told"))?.data).toEqual({ by: "install" });
      expect(await get("Job", "before", "batch/v1")).toBeUndefined();

      await done("upgrade app ./app --set greeting=bye,replicas=2", ...wait);
      expect(await greeting()).toBe("bye");
      // The new ones are ready; of the old ones one may still be ending, and is ready until then.
      const { readyReplicas, updatedReplicas } = (await get("Deployment", "app", "apps/v1"))!.status;
      expect(updatedReplicas).toBe(2);
      expect(readyReplicas).toBeGreaterThanOrEqual(2);
      expect(JSON.parse(await done("history app -o json"))).toMatchObject([
        { revision: 1, status: "superseded" },
        { revision: 2, status: "deployed" },
      ]);

      // Its hook must have ended within that time, or nothing is applied.
      const timeout = `${Math.ceil(5 * pace())}s`;
      const failed = await run(`upgrade app ./app --set greeting=bad,fails=true --wait --timeout ${timeout}`);
      expect(failed.code).toBe(1);
      expect(await greeting()).toBe("bad");
      await done("rollback app 2", ...wait);
      expect(await greeting()).toBe("bye");
      expect(JSON.parse(await done("list -o json"))).toMatchObject([
        { name: "app", revision: "4", status: "deployed" },
      ]);
      expect(await done("test app")).toContain("Phase:          Succeeded");

      await done("uninstall app", ...wait);
      expect(await get("Deployment", "app", "apps/v1")).toBeUndefined();
      expect(await get("ConfigMap", "app")).toBeUndefined();
      const secrets = await kube.list({ apiVersion: "v1", kind: "Secret" }, { namespace });
      expect(secrets.items.filter(({ type }) => type === "helm.sh/release.v1")).toEqual([]);
    });

    test("a release that does not become ready is taken back", async () => {
      const failed = await run("install bad ./app --set fails=true --atomic --timeout 4s --create-namespace");
      expect(failed.code).toBe(1);
      expect(failed.err).toContain("has been uninstalled due to atomic being set");
      expect(await get("Deployment", "bad", "apps/v1")).toBeUndefined();
    });
  });
}

const container = (script: string) => `
        - name: main
          image: busybox:1.37
          imagePullPolicy: IfNotPresent
          command: [sh, -c, "${script}"]`;

/** The files of the chart, by their paths. */
const chart: Record<string, string> = {
  "app/Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n",
  "app/values.yaml": "greeting: hello\nreplicas: 1\nfails: false\n",
  "app/templates/config.yaml": `
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  greeting: {{ .Values.greeting }}
`,
  "app/templates/deployment.yaml": `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels:
      app: {{ .Release.Name }}
  template:
    metadata:
      labels:
        app: {{ .Release.Name }}
      annotations:
        greeting: {{ .Values.greeting }}
    spec:
      terminationGracePeriodSeconds: 1
      containers:${container("trap 'exit 0' TERM; while :; do sleep 0.1; done")}
          readinessProbe:
            periodSeconds: 1
            exec:
              command: [{{ ternary "false" "true" .Values.fails | quote }}]
`,
  "app/templates/service.yaml": `
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}
spec:
  selector:
    app: {{ .Release.Name }}
  ports:
    - port: 80
`,
  "app/templates/told.yaml": `
apiVersion: v1
kind: ConfigMap
metadata:
  name: told
  annotations:
    helm.sh/hook: pre-install
    helm.sh/hook-weight: "-1"
data:
  by: install
`,
  "app/templates/before.yaml": `
apiVersion: batch/v1
kind: Job
metadata:
  name: before
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers:${container("exit 0")}
`,
  "app/templates/tests/check.yaml": `
apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-check
  annotations:
    helm.sh/hook: test
spec:
  restartPolicy: Never
  containers:${container("exit 0").replaceAll("\n    ", "\n")}
`,
};
