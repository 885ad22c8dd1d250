import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../../../helpers/eventually.ts";
import { startTestCluster } from "../../../helpers/cluster.ts";
import { createLog } from "../../../../lib/log.ts";
import { startControllers } from "../../../../local/cluster/controllers/all.ts";
import type { Api, KubeObject, NewObject, ResourceName } from "../../../../local/cluster/types.ts";
import { type FakeKubelet, startFakeKubelet } from "./fake-kubelet.ts";

export const core = (resource: string): ResourceName => ({ group: "", resource });
export const apps = (resource: string): ResourceName => ({ group: "apps", resource });
export const batch = (resource: string): ResourceName => ({ group: "batch", resource });

/** A cluster with all controllers and a kubelet that only plays; each test works in a namespace of its own. */
export async function startWorkbench() {
  const failures: string[] = [];
  const log = createLog({}, (line) => failures.push(line));
  let kubelet!: FakeKubelet;
  const dir = mkdtempSync(join(tmpdir(), "styrmin-workloads-"));
  const cluster = await startTestCluster({
    dir,
    audit: false,
    controllers: [(api) => startControllers(api, { log, dir }), (api) => (kubelet = startFakeKubelet(api))],
  });
  let count = 0;

  const find = (resource: ResourceName, name: string, namespace?: string) =>
    cluster.api.get(resource, name, namespace);

  return {
    cluster,
    failures,
    get api(): Api {
      return cluster.api;
    },
    get kubelet() {
      return kubelet;
    },
    dir,
    newNamespace(): string {
      const name = `test-${++count}`;
      cluster.api.create(core("namespaces"), { apiVersion: "v1", kind: "Namespace", metadata: { name } });
      return name;
    },
    /** The names of what there is of a kind, sorted. */
    names: (resource: ResourceName, namespace?: string) =>
      cluster.api
        .list(resource, namespace === undefined ? {} : { namespace })
        .map((each) => each.metadata.name),
    /** Waits until an object satisfies a test, and answers it. */
    until: (resource: ResourceName, name: string, namespace: string, test: (object: KubeObject) => unknown) =>
      eventually(`${resource.resource} ${name} as wanted`, () => {
        const found = find(resource, name, namespace);
        if (found && test(found)) return found;
        throw new Error(JSON.stringify(found?.status ?? found));
      }),
    untilGone: (resource: ResourceName, name: string, namespace?: string) =>
      eventually(`${resource.resource} ${name} gone`, () => !find(resource, name, namespace)),
    /** Changes an object as it is now. */
    edit(
      resource: ResourceName,
      name: string,
      namespace: string | undefined,
      change: (object: KubeObject) => void,
    ) {
      const object = structuredClone(find(resource, name, namespace)!);
      change(object);
      return cluster.api.update(resource, object);
    },
    events: (namespace: string, reason: string) =>
      cluster.api
        .list(core("events"), { namespace })
        .filter((event) => event.reason === reason)
        .map((event) => event.message as string),
    async stop() {
      await cluster.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export type Workbench = Awaited<ReturnType<typeof startWorkbench>>;

const template = (tag: string, labels: Record<string, string>) => ({
  metadata: { labels },
  spec: { containers: [{ name: "c", image: `x:${tag}`, ports: [{ name: "web", containerPort: 8080 }] }] },
});

export function deployment(
  namespace: string,
  name: string,
  spec: Record<string, unknown> = {},
  tag = "ready",
): NewObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace },
    spec: { selector: { matchLabels: { app: name } }, template: template(tag, { app: name }), ...spec },
  };
}

export function statefulSet(
  namespace: string,
  name: string,
  spec: Record<string, unknown> = {},
  tag = "ready",
): NewObject {
  const made = deployment(namespace, name, { serviceName: name, ...spec }, tag);
  return { ...made, kind: "StatefulSet" };
}

export function job(
  namespace: string,
  name: string,
  spec: Record<string, unknown> = {},
  tag = "exit-0",
): NewObject {
  const containers = [{ name: "c", image: `x:${tag}` }];
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace },
    spec: { template: { spec: { restartPolicy: "Never", containers } }, ...spec },
  };
}

export const holds = (object: KubeObject, type: string, status = "True") =>
  (object.status?.conditions ?? []).find((each: any) => each.type === type && each.status === status);
