import { afterAll, beforeAll, expect, test } from "bun:test";
import { styrminDeploymentKind } from "../../../kube/styrmin-deployment.ts";
import { eventually } from "../../helpers/eventually.ts";
import { describeReal } from "../../helpers/real-cluster.ts";
import { type BasicRig, startRealRig, webApp } from "./rig.ts";

const admission = "admissionregistration.k8s.io/v1";

/** Puts a container into each Deployment of a namespace, and other images in the place of ours, as meshes and mirrors do. */
const injection = `Object{ spec: Object.spec{ template: Object.spec.template{ spec: Object.spec.template.spec{ containers: [
  Object.spec.template.spec.containers{ name: "main", image: "busybox:latest" },
  Object.spec.template.spec.containers{ name: "proxy", image: "busybox:1.37", stdin: true }
] } } } }`;

describeReal("what a mutating admission policy puts in", () => {
  let rig: BasicRig;
  let name: string;
  beforeAll(async () => {
    rig = await startRealRig();
    name = `inject-in-${rig.target}`;
    const matchConstraints = {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": rig.target } },
      resourceRules: [
        {
          apiGroups: ["apps"],
          apiVersions: ["v1"],
          operations: ["CREATE", "UPDATE"],
          resources: ["deployments"],
        },
      ],
    };
    const mutations = [{ patchType: "ApplyConfiguration", applyConfiguration: { expression: injection } }];
    const spec = { failurePolicy: "Fail", reinvocationPolicy: "Never", matchConstraints, mutations };
    const binding = { policyName: name };
    for (const [kind, one] of [
      ["MutatingAdmissionPolicy", spec],
      ["MutatingAdmissionPolicyBinding", binding],
    ] as const) {
      await rig.kube.create({ apiVersion: admission, kind, metadata: { name }, spec: one });
    }
    await eventually("the policy is in force", async () => {
      const metadata = { name: "trial", namespace: rig.target };
      const selector = { matchLabels: { app: "trial" } };
      const containers = [{ name: "main", image: "busybox:1.37" }];
      const template = { metadata: { labels: { app: "trial" } }, spec: { containers } };
      const trial = { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { selector, template } };
      const made = await rig.kube.apply(trial, { manager: "test", dryRun: true });
      return made.spec.template.spec.containers.length === 2;
    });
  });
  afterAll(async () => {
    for (const kind of ["MutatingAdmissionPolicyBinding", "MutatingAdmissionPolicy"]) {
      await rig.kube.delete({ apiVersion: admission, kind, name });
    }
    await rig.stop();
  });

  test("stays, is no drift, and is not written over again and again", async () => {
    const first = rig.startOperator({ settings: { resyncMs: 300 } });
    const digest = rig.driver({ "app.yaml": webApp });
    await rig.publish({ name: "mesh", digest, parameters: { greeting: "hi" } });
    await rig.until("mesh", "Ready", "True");
    const images = async () =>
      (await rig.deployment("mesh"))!.spec.template.spec.containers.map(
        ({ image }: { image: string }) => image,
      );
    expect(await images()).toEqual(["busybox:latest", "busybox:1.37"]);
    const { generation } = (await rig.deployment("mesh"))!.metadata;
    await first.stop();

    // One that starts later cannot know that the difference is the policy's; it tries once, and changes nothing.
    let writes = 0;
    const apply: typeof rig.kube.apply = async (...args) => {
      // What it says of a pod that a busy node calls unready for a moment is not meant.
      if (args[0].kind !== styrminDeploymentKind.kind) writes++;
      return await rig.kube.apply(...args);
    };
    rig.startOperator({ kube: { ...rig.kube, apply }, settings: { resyncMs: 300 } });
    await Bun.sleep(2000);
    expect(writes).toBeLessThanOrEqual(1);
    expect((await rig.deployment("mesh"))!.metadata.generation).toBe(generation);
    expect((await rig.resource("mesh"))!.status!.drift).toBeUndefined();

    await rig.publish({ name: "mesh", digest, generation: 2, parameters: { greeting: "hello" } });
    await eventually(
      "the new greeting",
      async () => (await rig.configMap("mesh"))?.data.greeting === "hello",
    );
    await rig.until("mesh", "Ready", "True");
    expect(await images()).toEqual(["busybox:latest", "busybox:1.37"]);
  });
});
