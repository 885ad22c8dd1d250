import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { refusalOf, StallError } from "../../../agent/operator/refusal.ts";
import { KubeError } from "../../../kube/errors.ts";
import { eventually } from "../../helpers/eventually.ts";
import { describeReal } from "../../helpers/real-cluster.ts";
import { type BasicRig, startRealRig } from "./rig.ts";

const ref = { apiVersion: "v1", kind: "Pod", namespace: "n", name: "x" };

describe("a write that is refused", () => {
  const meaning = (text: string) =>
    refusalOf(new KubeError(403, "Forbidden", `PATCH x: pods "x" is forbidden: ${text}`), ref);

  test.each([
    "not yet ready to handle request",
    "status unknown for quota: q, resources: pods",
    'error looking up service account n/default: serviceaccount "default" not found',
  ])("is tried again when it is only too early: %s", (text) => {
    expect(meaning(text)).toBeInstanceOf(KubeError);
  });

  test.each([
    "exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2",
    'error looking up service account n/build: serviceaccount "build" not found',
  ])("stalls the deployment when somebody must see to it: %s", (text) => {
    expect(meaning(text)).toBeInstanceOf(StallError);
  });
});

const pod = `apiVersion: v1
kind: Pod
metadata: { name: "{{ instance.release_name }}" }
spec:
  terminationGracePeriodSeconds: 0
  containers: [{ name: main, image: busybox:1.37, imagePullPolicy: IfNotPresent, command: [sleep, "3600"] }]
`;

describeReal("a namespace whose account for pods is not made yet", () => {
  let rig: BasicRig;
  beforeAll(async () => {
    rig = await startRealRig();
    rig.startOperator();
  });
  afterAll(() => rig.stop());

  test("is waited for", async () => {
    const account = { apiVersion: "v1", kind: "ServiceAccount", namespace: rig.target, name: "default" };
    const quota = { apiVersion: "v1", kind: "ResourceQuota", namespace: rig.target, name: "no-accounts" };
    await eventually("the account is there", () => rig.kube.get(account));
    await rig.kube.create({
      ...quota,
      metadata: { name: quota.name, namespace: rig.target },
      spec: { hard: { "count/serviceaccounts": "0" } },
    });
    await eventually("it is counted", async () => (await rig.kube.get(quota))?.status?.used !== undefined);
    await rig.kube.delete(account);

    await rig.publish({ name: "bare", digest: rig.driver({ "p.yaml": pod }) });
    const { status } = await rig.until("bare", "Reconciling", "True", "Retrying");
    const told = status!.conditions!.find(({ type }) => type === "Ready")!.message;
    expect(told).toContain(`error looking up service account ${rig.target}/default`);
    await rig.kube.delete(quota);
    await rig.until("bare", "Ready", "True");
  });
});
