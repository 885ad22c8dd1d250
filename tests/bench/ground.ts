import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKube } from "../../kube/client.ts";
import { loadKubeAccess } from "../../kube/config.ts";
import { ensureCrd } from "../../kube/crd.ts";
import { realKubeconfig, removeNamespaces } from "../helpers/real-cluster.ts";
import { type Child, startChild } from "./child.ts";

/** A cluster to measure on, with our resource in it. */
export interface Ground {
  kubeconfig: string;
  /** Stands in the names of namespaces, so that runs on a cluster that stays do not meet. */
  mark: string;
  start(program: string, env: Record<string, string>): Child;
  /** Ends the programs, and removes the namespaces from a cluster that stays. */
  stop(namespaces: string[]): Promise<void>;
}

/** The embedded API in a process of its own. */
export async function embeddedGround(): Promise<Ground> {
  const dir = await mkdtemp(join(tmpdir(), "styrmin-bench-"));
  const children = startedChildren();
  const { kubeconfig } = await startCluster(children, join(dir, "cluster"), { BENCH_WORKLOADS: "1" });
  return {
    kubeconfig,
    mark: "bench",
    start: children.start,
    async stop() {
      await children.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The cluster of STYRMIN_TEST_KUBECONFIG. */
export async function realGround(): Promise<Ground> {
  const kubeconfig = realKubeconfig!;
  const kube = createKube({ config: await loadKubeAccess({ kubeconfig }) });
  await ensureCrd(kube, await crd(), { install: true });
  const children = startedChildren();
  return {
    kubeconfig,
    mark: `bench-${crypto.randomUUID().slice(0, 6)}`,
    start: children.start,
    async stop(namespaces) {
      await children.stop();
      await removeNamespaces(kube, namespaces);
    },
  };
}

/** The embedded API in a process of its own, with our resource. */
export async function startCluster(
  { start }: { start: (program: string, env: Record<string, string>) => Child },
  dir: string,
  env: Record<string, string> = {},
): Promise<{ cluster: Child; kubeconfig: string }> {
  const cluster = start("cluster.ts", { BENCH_DIR: dir, ...env });
  const { kubeconfig } = await cluster.ask<{ kubeconfig: string }>("where");
  const kube = createKube({ config: await loadKubeAccess({ kubeconfig }) });
  await ensureCrd(kube, await crd(), { install: true });
  return { cluster, kubeconfig };
}

function startedChildren() {
  const children: Child[] = [];
  return {
    start(program: string, env: Record<string, string>) {
      const child = startChild(program, env);
      children.unshift(child);
      return child;
    },
    async stop() {
      for (const child of children) await child.stop();
    },
  };
}

const crd = () => Bun.file(new URL("../../k8s/crd.yaml", import.meta.url)).text();
