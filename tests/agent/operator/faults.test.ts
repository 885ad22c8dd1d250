import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { createKube } from "../../../kube/client.ts";
import { loadKubeAccess } from "../../../kube/config.ts";
import { KubeError } from "../../../kube/errors.ts";
import type { Kube } from "../../../kube/types.ts";
import { eventually } from "../../helpers/eventually.ts";
import { type FaultProxy, startFaultProxy } from "../../helpers/proxy.ts";
import { type Rig, startRig, webApp } from "./rig.ts";

describe("faults between the operator and the API server", () => {
  let rig: Rig;
  let proxy: FaultProxy;
  let kube: Kube;
  let drivers: string[];
  beforeAll(async () => {
    rig = await startRig();
    const access = await loadKubeAccess({ kubeconfig: rig.cluster.kubeconfig });
    const { tls, headers } = await access.credentials();
    proxy = await startFaultProxy({ target: access.server, tls });
    const file = join(rig.cluster.dir, "proxy.yaml");
    await proxy.writeKubeconfig(file, headers.Authorization?.replace("Bearer ", ""));
    kube = createKube({ config: await loadKubeAccess({ kubeconfig: file }), limitMs: 500 });
    const more = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: '{{ instance.release_name }}-more' }\n";
    drivers = [rig.driver({ "app.yaml": webApp, "more.yaml": more }), rig.driver({ "app.yaml": webApp })];
  });
  afterAll(async () => {
    await rig.stop();
    await proxy.stop();
  });

  /** Plays a life to its end. */
  const play = async (name: string) => {
    await rig.publish({ name, digest: drivers[0]!, parameters: { greeting: "a" } });
    await rig.until(name, "Ready", "True");
    await rig.publish({ name, digest: drivers[1]!, generation: 2, parameters: { greeting: "b" } });
    await rig.until(name, "Ready", "True");
    expect((await rig.configMap(name))!.data.greeting).toBe("b");
    expect(await rig.configMap(`${name}-more`)).toBeUndefined();
    await rig.publish({ name, digest: drivers[1]!, generation: 3, instance: 2, spec: { phase: "Deleting" } });
    await rig.until(name, "Finalized", "True");
    await eventually(
      "no release is left",
      async () => !(await rig.releases()).some(({ metadata }) => metadata.name.startsWith(`${name}-r`)),
    );
  };

  const writes = { method: /PATCH|DELETE|POST/, path: /^\/api/ };

  test("whichever write of a life is carried out and its answer lost, the end is the same", async () => {
    proxy.clear();
    const one = rig.startOperator({ kube, settings: { retryBaseMs: 5 } });
    for (let nth = 1; ; nth++) {
      const before = proxy.requests.length;
      proxy.add({ ...writes, nth, fault: { kind: "drop-after" } });
      await play(`lost-${nth}`);
      proxy.clear();
      const sent = proxy.requests.slice(before).filter(({ method }) => writes.method.test(method)).length;
      if (sent < nth) break;
    }
    await one.stop();
    const left = await rig.kube.list({ apiVersion: "v1", kind: "ConfigMap" }, { namespace: rig.target });
    expect(left.items.map(({ metadata }) => metadata.name)).toEqual(["kube-root-ca.crt"]);
  });

  for (const [code, reason] of [
    [500, "InternalError"],
    [409, "Conflict"],
  ] as const) {
    for (const odd of [0, 1]) {
      test(`every ${odd ? "second" : "other"} write of a life is answered with ${code}, and the end is the same`, async () => {
        let count = 0;
        const failing =
          <A extends unknown[], T>(write: (...args: A) => Promise<T>) =>
          async (...args: A): Promise<T> => {
            if (count++ % 2 === odd) throw new KubeError(code, reason, "a fault of the test");
            return await write(...args);
          };
        const { apply, mergePatch, delete: remove } = rig.kube;
        const one = rig.startOperator({
          settings: { retryBaseMs: 2 },
          kube: {
            ...rig.kube,
            apply: failing(apply),
            mergePatch: failing(mergePatch),
            delete: failing(remove),
          },
        });
        await play(`fails-${code}-${odd}`);
        expect(count).toBeGreaterThan(15);
        await one.stop();
      });
    }
  }

  test("a deletion that the watch never told is found by the next list", async () => {
    proxy.clear();
    const one = rig.startOperator({ kube, settings: { relistMs: 300, resyncMs: 60_000 } });
    await rig.publish({ name: "lost", digest: drivers[1]!, parameters: { greeting: "a" } });
    await rig.until("lost", "Ready", "True");
    // From here on watches of ConfigMaps say nothing, and stay open.
    proxy.add({ method: "GET", path: /configmaps\?watch=true/, fault: { kind: "hold-open" } });
    proxy.dropAll();
    await rig.kube.delete({ apiVersion: "v1", kind: "ConfigMap", namespace: rig.target, name: "lost" });
    await eventually("it is back", async () => await rig.configMap("lost"));
    await one.stop();
  });

  test("a kind that may not be listed is unknown: nothing of it is pruned, and it heals", async () => {
    proxy.clear();
    await rig.publish({ name: "rights", digest: drivers[0]!, parameters: { greeting: "a" } });
    const first = rig.startOperator();
    await rig.until("rights", "Ready", "True");
    await first.stop();

    const forbidden = {
      kind: "status",
      code: 403,
      reason: "Forbidden",
      message: "configmaps is forbidden",
    } as const;
    proxy.add({ method: "GET", path: /configmaps/, fault: forbidden });
    rig.startOperator({ kube, settings: { relistMs: 200 } });
    await rig.publish({ name: "rights", digest: drivers[1]!, generation: 2, parameters: { greeting: "b" } });
    await rig.until("rights", "Reconciling", "True", "Retrying");
    expect(await rig.configMap("rights-more")).toBeDefined();
    proxy.clear();
    await rig.until("rights", "Ready", "True");
    expect(await rig.configMap("rights-more")).toBeUndefined();
  });
});
