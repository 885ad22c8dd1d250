import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { core, startWorkbench, type Workbench } from "./workbench.ts";

const claims = core("persistentvolumeclaims");
const volumes = core("persistentvolumes");
const pods = core("pods");

let bench: Workbench;
beforeAll(async () => {
  bench = await startWorkbench();
});
afterAll(() => bench.stop());

function claim(namespace: string, name: string, spec: Record<string, unknown> = {}) {
  return bench.api.create(claims, {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name, namespace },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
  });
}

function user(namespace: string, name: string, claimName: string) {
  return bench.api.create(pods, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace },
    spec: {
      containers: [{ name: "c", image: "x:ready" }],
      volumes: [{ name: "v", persistentVolumeClaim: { claimName } }],
    },
  });
}

describe("a claim", () => {
  test("stays pending until a pod uses it, then is bound to a directory of its own", async () => {
    const ns = bench.newNamespace();
    const made = claim(ns, "data");
    expect(made.status.phase).toBe("Pending");
    user(ns, "p", "data");
    const bound = await bench.until(claims, "data", ns, (each) => each.status.phase === "Bound");
    const name = `pvc-${made.metadata.uid}`;
    expect(bound.spec.volumeName).toBe(name);
    expect(bound.status).toMatchObject({ capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"] });
    const volume = bench.api.get(volumes, name)!;
    expect(volume.status.phase).toBe("Bound");
    expect(volume.spec).toMatchObject({
      hostPath: { path: join(bench.dir, "volumes", name) },
      claimRef: { name: "data", namespace: ns, uid: made.metadata.uid },
      persistentVolumeReclaimPolicy: "Delete",
    });
  });

  test("is protected while a pod uses it; afterwards it goes with its volume and directory", async () => {
    const ns = bench.newNamespace();
    const made = claim(ns, "data");
    user(ns, "p", "data");
    await bench.until(claims, "data", ns, (each) => each.status.phase === "Bound");
    const name = `pvc-${made.metadata.uid}`;
    const path = join(bench.dir, "volumes", name);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, "file"), "kept");
    bench.api.delete(claims, "data", ns);
    bench.edit(claims, "data", ns, (each) => (each.metadata.labels = { seen: "yes" }));
    expect(bench.api.get(claims, "data", ns)!.metadata.finalizers).toEqual(["kubernetes.io/pvc-protection"]);
    bench.api.delete(pods, "p", ns);
    await bench.untilGone(claims, "data", ns);
    await bench.untilGone(volumes, name);
    expect(existsSync(path)).toBe(false);
  });

  test("of a class nobody provides stays pending, and a pod of a claim that is missing is not scheduled", async () => {
    const ns = bench.newNamespace();
    claim(ns, "other", { storageClassName: "elsewhere" });
    user(ns, "waits", "later");
    const waiting = await bench.until(
      pods,
      "waits",
      ns,
      (pod) => pod.status.conditions?.[0]?.status === "False",
    );
    expect(waiting.status.conditions[0].message).toContain('persistentvolumeclaim "later" not found');
    expect(bench.events(ns, "FailedScheduling")).toHaveLength(1);
    claim(ns, "later");
    await bench.until(pods, "waits", ns, (pod) => pod.status.phase === "Running");
    expect(bench.api.get(claims, "other", ns)!.status.phase).toBe("Pending");
  });
});
