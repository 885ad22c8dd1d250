import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createClient } from "../../clients/sdk/index.ts";
import { eventually } from "../helpers/eventually.ts";
import { describeReal } from "../helpers/real-cluster.ts";
import type { E2eCluster, Site } from "./cluster.ts";

/** What a person does to a deployment's resource with kubectl, and to its policies with styrminctl. */
export function describeHands(intent: "direct" | "pull", cluster: E2eCluster): void {
  const run = cluster.isReal ? describeReal : describe;
  run(`hands on a resource, intent ${intent}, ${cluster.title}`, () => {
    let site: Site;
    let name: string;
    beforeAll(async () => {
      site = await cluster.start({ intent, isDatabaseShared: true, env: { STYRMIN_MISSING_MS: "1000" } });
      const create = [
        "deployments",
        "create",
        "hello",
        "1.0.0",
        site.environment,
        "--name",
        "held",
        "--wait",
      ];
      expect(await site.product.cli(...create)).toMatchObject({ code: 0 });
      const { items } = await site.kube.list(kind, { namespace: site.systemNamespace });
      name = items[0]!.metadata.name;
    });
    afterAll(() => site?.stop());

    const kind = { apiVersion: "styrmin.io/v1alpha1", kind: "StyrminDeployment" };
    const resource = () => site.kube.get({ ...kind, namespace: site.systemNamespace, name });
    const edit = (spec: object) =>
      site.kube.mergePatch(
        { ...kind, namespace: site.systemNamespace, name },
        { spec },
        { manager: "kubectl-edit" },
      );
    const workload = async () => {
      const { items } = await site.kube.list(
        { apiVersion: "apps/v1", kind: "Deployment" },
        { namespace: site.namespace },
      );
      return items[0]!;
    };
    const runs = () =>
      eventually("it runs", async () => {
        const found = await createClient({ url: site.product.serverUrl }).deployments.get("held", {
          environment: site.environment,
        });
        if (found!.status !== "RUNNING") throw new Error(`${found!.status}: ${found!.statusReason}`);
        return true;
      });

    test("what the server did not ask for is not done, and its word is back in seconds", async () => {
      const { uid } = (await workload()).metadata;
      await edit({ phase: "Deleting", policies: { volumes: "Delete", prune: false } });
      await eventually("the server's word", async () => {
        const { phase, policies } = (await resource())!.spec;
        return phase === "Running" && policies.volumes === "Keep" && policies.prune === true;
      });
      await runs();
      expect((await workload()).metadata.uid).toBe(uid);
    });

    test("a generation that was made up does not shut the server out", async () => {
      const { uid } = (await workload()).metadata;
      await edit({ intentGeneration: 1_000_000 });
      await eventually(
        "the server's generation",
        async () => (await resource())?.spec.intentGeneration < 1_000_000,
      );
      await runs();
      expect((await workload()).metadata.uid).toBe(uid);
    });

    test("policies reach the resource, and a field on the list is left to others", async () => {
      const ref = `${site.environment}/held`;
      const rule = "Deployment:.spec.replicas";
      const set = ["deployments", "policies", ref, "--ignore", rule, "--conflicts", "take-over"];
      expect(await site.product.cli(...set)).toMatchObject({ code: 0 });
      await eventually(
        "the policies are there",
        async () => (await resource())!.spec.policies.conflicts === "TakeOver",
      );
      await eventually("and seen", async () => {
        const { metadata, status } = (await resource())!;
        return status.observedGeneration === metadata.generation;
      });
      const { metadata } = await workload();
      const there = {
        apiVersion: "apps/v1",
        kind: "Deployment",
        namespace: site.namespace,
        name: metadata.name,
      };
      await site.kube.mergePatch(there, { spec: { replicas: 2 } }, { manager: "somebody" });
      await site.kube.mergePatch(
        there,
        { metadata: { labels: { "styrmin.io/deployment": null } } },
        { manager: "somebody" },
      );
      await eventually(
        "what is not on the list is put back",
        async () => (await workload()).metadata.labels?.["styrmin.io/deployment"],
      );
      expect((await workload()).spec.replicas).toBe(2);
      const shown = await site.product.cli("deployments", "policies", ref, "-o", "json");
      expect(JSON.parse(shown.stdout)).toMatchObject({
        conflicts: "TAKE_OVER",
        ignore: [{ kind: "Deployment" }],
      });
    });

    test("a variable and an override reach the pods, and are gone when they are taken away", async () => {
      const ref = `${site.environment}/held`;
      const update = (...args: string[]) => site.product.cli("deployments", "update", ref, ...args);
      const container = async () => (await workload()).spec.template.spec.containers[0];
      const motto = async () => {
        const { env } = await container();
        return env.find((variable: { name: string }) => variable.name === "MOTTO")?.value;
      };
      const page = async () => (await site.ask("held")).text();

      const set = await update(
        "--env",
        "web.MOTTO=aloha",
        "--override",
        'web.web.args=["--quick"]',
        "--wait",
      );
      expect(set).toMatchObject({ code: 0 });
      expect([await motto(), (await container()).args]).toEqual(["aloha", ["--quick"]]);
      await eventually("the page says it", async () => (await page()).includes("aloha"));
      const shown = JSON.parse((await site.product.cli("deployments", "get", ref, "-o", "json")).stdout);
      expect(shown).toMatchObject({
        envVars: { web: { MOTTO: "aloha" } },
        containerOverrides: { web: { web: { args: ["--quick"] } } },
      });

      const wrong = await update("--env", "web.MOTO=aloha");
      expect(wrong.code).not.toBe(0);
      expect(wrong.stderr).toContain('did you mean "MOTTO"?');

      const cleared = await update("--unset-env", "web.MOTTO", "--unset-override", "web.web", "--wait");
      expect(cleared).toMatchObject({ code: 0 });
      expect([await motto(), (await container()).args ?? []]).toEqual([undefined, []]);
      await eventually("the page says it no more", async () => !(await page()).includes("aloha"));
      const after = JSON.parse((await site.product.cli("deployments", "get", ref, "-o", "json")).stdout);
      expect(after).toMatchObject({ envVars: {}, containerOverrides: {} });
    });
  });
}
