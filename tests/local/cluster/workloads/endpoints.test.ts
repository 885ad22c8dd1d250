import { afterAll, beforeAll, expect, test } from "bun:test";
import { eventually } from "../../../helpers/eventually.ts";
import { apps, core, deployment, startWorkbench, type Workbench } from "./workbench.ts";

const slices = { group: "discovery.k8s.io", resource: "endpointslices" };
const services = core("services");
const pods = core("pods");

let bench: Workbench;
beforeAll(async () => {
  bench = await startWorkbench();
});
afterAll(() => bench.stop());

test("a Service's slices follow its pods: ready ones take traffic, named ports become numbers", async () => {
  const ns = bench.newNamespace();
  const made = bench.api.create(services, {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: ns },
    spec: { selector: { app: "web" }, ports: [{ name: "http", port: 80, targetPort: "web" }] },
  });
  expect(made.spec.clusterIP).toMatch(/^10\.96\./);
  bench.api.create(apps("deployments"), deployment(ns, "web", { replicas: 2 }));
  const endpointsOf = () =>
    bench.api
      .list(slices, { namespace: ns, labels: { matchLabels: { "kubernetes.io/service-name": "web" } } })
      .flatMap((slice) => (slice.endpoints ?? []).map((each: any) => ({ ...each, ports: slice.ports })));
  const ready = () => endpointsOf().filter((each) => each.conditions.ready);
  await eventually("two ready endpoints", () => ready().length === 2);
  expect(ready()[0].ports).toEqual([{ name: "http", protocol: "TCP", port: 8080 }]);
  expect(bench.names(slices, ns)).toHaveLength(1);
  const legacy = bench.api.get(core("endpoints"), "web", ns)!;
  expect(legacy.subsets[0].addresses).toHaveLength(2);

  const [name] = bench.names(pods, ns);
  const pod = structuredClone(bench.api.get(pods, name!, ns)!);
  pod.status.conditions.find((each: any) => each.type === "Ready").status = "False";
  bench.api.updateStatus(pods, pod);
  await eventually("one ready endpoint", () => ready().length === 1);
  expect(endpointsOf()).toHaveLength(2);

  bench.api.delete(services, "web", ns);
  await eventually(
    "nothing left",
    () => bench.names(slices, ns).length + bench.names(core("endpoints"), ns).length === 0,
  );
});
