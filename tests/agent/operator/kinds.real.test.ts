import { expect, test } from "bun:test";
import { isBuiltIn } from "../../../drivers/kit/index.ts";
import { describeReal, realKube } from "../../helpers/real-cluster.ts";

describeReal("the groups of Kubernetes itself", () => {
  test("are all known, and no group of a custom resource is taken for one", async () => {
    const kube = await realKube();
    const { items } = await kube.list({ apiVersion: "apiregistration.k8s.io/v1", kind: "APIService" });
    const groups = (automanaged: string) =>
      items
        .filter(
          ({ metadata }) => metadata.labels?.["kube-aggregator.kubernetes.io/automanaged"] === automanaged,
        )
        .map(({ spec }): string => spec.group ?? "");
    const known = (group: string) => isBuiltIn({ apiVersion: group === "" ? "v1" : `${group}/v1` });
    const own = groups("onstart");
    expect(own.length).toBeGreaterThan(10);
    expect(own.filter((group) => !known(group))).toEqual([]);
    expect(groups("true").filter(known)).toEqual([]);
  });
});
