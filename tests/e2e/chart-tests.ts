import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { exitCodes } from "../../clients/cli/io.ts";
import { createClient } from "../../clients/sdk/index.ts";
import type { StyrminDeployment } from "../../kube/styrmin-deployment.ts";
import { styrminDeploymentKind } from "../../kube/styrmin-deployment.ts";
import { helmPath, webChart } from "../helpers/charts.ts";
import { eventually } from "../helpers/eventually.ts";
import { describeReal } from "../helpers/real-cluster.ts";
import type { E2eCluster, Site } from "./cluster.ts";

const secret = "canary-of-a-chart-test";

/**
 * A test of the web application that asks for as long as it is told, says what it was given, and ends as it is told. With
 * weight 1, it comes after the chart's own.
 */
const probe = `apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-probe
  annotations: { helm.sh/hook: test-success, helm.sh/hook-weight: "1", helm.sh/hook-delete-policy: hook-succeeded }
spec:
  restartPolicy: Never
  terminationGracePeriodSeconds: 0
  containers:
    - name: main
      image: busybox:1.37
      imagePullPolicy: IfNotPresent
      command: [sh, -c, 'echo "greeting {{ .Values.greeting }}, password $PASSWORD"; for i in $(seq {{ .Values.seconds }}); do [ -e /tmp/over ] || sleep 1; done; exit {{ .Values.code }}']
      env: [{ name: PASSWORD, value: {{ .Values.password | quote }} }]
      resources: { limits: { cpu: 1000m, memory: 1024Mi }, requests: { cpu: 1m, memory: 4Mi } }
`;

/** Writes a driver of the web application's chart with that test; answers its folder. */
function writeDriver(root: string, group: string): string {
  const folder = join(root, "webtests");
  const files: Record<string, string> = {
    "driver.styrmin.yml": `apiVersion: styrmin.io/v1
kind: ApplicationDriver
metadata: { name: webtests }
spec:
  version: "1"
  supported_versions: ">=1.0"
  default_version: "1.6.0"
  helm: { main: { location: ./chart } }
  components: { web: { identifier: { label: { component: web } } } }
  parameters:
    - { name: greeting, kind: string, default: hello }
    - { name: code, kind: integer, default: 0 }
    - { name: seconds, kind: integer, default: 0 }
    - { name: password, kind: secret }
`,
    "values.j2.yml": "{{ parameters | tojson }}\n",
    "chart/templates/tests/probe.yaml": probe,
  };
  // A definition of a kind takes rights that the agent has not got, and has nothing to do with tests.
  const chart = Object.entries(webChart(group)).filter(([path]) => !/gadget|schema/.test(path));
  for (const [path, text] of [
    ...Object.entries(files),
    ...chart.map(([path, text]) => [`chart/${path}`, text] as const),
  ]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** The tests of a chart, asked for by \`styrminctl deployments test\`, with processes that really run. */
export function describeChartTests(cluster: E2eCluster, intent: "direct" | "pull"): void {
  const run = helmPath === undefined ? describe.skip : cluster.isReal ? describeReal : describe;
  run(`the tests of a chart, ${cluster.title}, intent ${intent}`, () => {
    const root = mkdtempSync(join(tmpdir(), "chart-tests-"));
    let site: Site;
    let ref: string;
    beforeAll(async () => {
      const env = { STYRMIN_HELM: helmPath!, STYRMIN_DRIVER_ROOTS: root };
      site = await cluster.start({ env, intent, isDatabaseShared: true });
      ref = `${site.environment}/web`;
      await ok("drivers", "load-local-version", writeDriver(root, "unused.example.org"));
      const { environment } = site;
      await ok(
        ...["deployments", "create", "webtests", "1.6.0", environment, "--name", "web"],
        ...["-p", `password=${secret}`, "--wait"],
      );
    });
    afterAll(async () => {
      await site?.stop();
      rmSync(root, { recursive: true, force: true });
    });

    const ok = async (...args: string[]) => {
      const result = await site.product.cli(...args);
      if (result.code !== 0)
        throw new Error(`styrminctl ${args.join(" ")}: ${result.code}\n${result.stdout}${result.stderr}`);
      return result;
    };
    const client = () => createClient({ url: site.product.serverUrl });
    const deployment = async () =>
      (await client().deployments.get("web", { environment: site.environment }))!;
    const resource = async () => {
      const { items } = await site.kube.list(styrminDeploymentKind, { namespace: site.systemNamespace });
      return items.find(({ spec }) => spec.name === "web") as StyrminDeployment;
    };
    const pods = async (end: string) => {
      const { items } = await site.kube.list(
        { apiVersion: "v1", kind: "Pod" },
        { namespace: site.namespace },
      );
      return items.filter(({ metadata }) => metadata.name.endsWith(end));
    };

    test("pass, and say so: in the exit code, a table, the steps of the task, and the deployment", async () => {
      const { stdout, stderr } = await ok("deployments", "test", ref, "--wait");
      expect(stdout).toMatch(/-check +Pod +PASSED/);
      expect(stdout).toMatch(/-probe +Pod +PASSED/);
      expect(stderr).toMatch(/✓ test: Pod .*-check/);
      expect(await pods("-probe")).toEqual([]);
      expect(await pods("-check")).toHaveLength(1);
      const { status, lastTest } = await deployment();
      expect(status).toBe("RUNNING");
      expect(lastTest).toMatchObject({ state: "SUCCEEDED" });
      const [check, own] = lastTest!.testResults;
      expect(check).toMatchObject({ kind: "Pod", outcome: "PASSED", message: null });
      expect(own!.log).toEqual(["greeting hello, password •••"]);
    });

    test("fail, with what they said and no secret, and the deployment runs on", async () => {
      await ok("deployments", "update", ref, "-p", "code=3", "--wait");
      const { code, stdout, stderr } = await site.product.cli(
        ...["deployments", "test", ref, "--filter", "probe", "--wait"],
      );
      expect({ code, said: stdout + stderr }).toMatchObject({ code: exitCodes.taskFailed });
      expect(stdout).toMatch(/-probe +Pod +FAILED .*container main ended with code 3/);
      expect(stdout).not.toContain("-check");
      expect(stderr).toContain("-probe | greeting hello, password •••");
      expect(stderr).toMatch(/1 of 1 failed: Pod .*-probe/);
      const found = await deployment();
      expect(found).toMatchObject({ status: "RUNNING", lastTest: { state: "FAILED" } });
      const ready = found.observed!.conditions.find(({ type }) => type === "Ready");
      expect(ready).toMatchObject({ status: "True", reason: "Healthy" });
      expect(JSON.stringify(await resource())).not.toContain(secret);
      expect(JSON.stringify(found)).not.toContain(secret);
    });

    test("go on under a new agent when theirs is killed, and none runs twice", async () => {
      await ok("deployments", "update", ref, "-p", "code=0", "-p", "seconds=600", "--wait");
      const { task } = await client().deployments.test({ deployment: "web", environment: site.environment });
      const { name, uid } = await eventually("the second test runs", async () => {
        const [own] = (await pods("-probe")).filter(({ status }) => status?.phase === "Running");
        return own?.metadata;
      });
      const check = (await pods("-check"))[0]!.metadata.uid;
      site.product.kill("agent");
      await site.kube.exec({ namespace: site.namespace, name }, "main", ["touch", "/tmp/over"], {});
      await eventually("the end of the test", async () => {
        const { state, reason } = (await client().tasks.get(task!.id))!;
        if (state === "SUCCEEDED") return true;
        throw new Error(`${state} ${reason} ${JSON.stringify((await resource()).status?.test)}`);
      });
      const test = (await resource()).status!.test!;
      expect(test).toMatchObject({ id: task!.id, outcome: "Passed" });
      expect(test.hooks.map((one) => one.uid)).toEqual([check, uid]);
    });

    test("are ended by a change, and refused where there are none", async () => {
      await ok("deployments", "update", ref, "-p", "seconds=600", "--wait");
      const { task } = await client().deployments.test({ deployment: "web", environment: site.environment });
      await eventually("the second test runs", async () => (await pods("-probe")).length > 0);
      await ok("deployments", "update", ref, "-p", "seconds=0", "--wait");
      const ended = (await client().tasks.get(task!.id))!;
      expect(ended).toMatchObject({
        state: "CANCELLED",
        reason: expect.stringContaining("is being changed"),
      });
      await eventually("its pod is gone", async () => (await pods("-probe")).length === 0);
      const { outcome } = (await resource()).status!.test!;
      expect(outcome).toBe("Stopped");

      const strange = await site.product.cli("deployments", "test", ref, "--filter", "prob");
      expect(strange.code).toBe(exitCodes.refused);
      expect(strange.stderr).toContain('did you mean "probe"');
      await ok("deployments", "create", "hello", "1.0.0", site.environment, "--name", "plain", "--wait");
      const plain = await site.product.cli("deployments", "test", `${site.environment}/plain`);
      expect(plain.code).toBe(exitCodes.refused);
      expect(plain.stderr).toContain("has no tests: they are hooks of a chart");
    });
  });
}
