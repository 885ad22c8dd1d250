import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKube } from "../../kube/client.ts";
import { loadKubeAccess } from "../../kube/config.ts";
import { ensureCrd } from "../../kube/crd.ts";
import { type Child, startChild } from "./child.ts";
import type { Section } from "./figure.ts";
import type { Round, RoundResult } from "./programs/writer.ts";
import { percentile, spreadOf } from "./statistics.ts";

const [count, connections, rounds] = [200, 8, 4];

/** How fast the operator converges 200 new deployments, and how fast the same API takes the same objects raw. */
export async function measureReconcile(): Promise<Section> {
  const dir = await mkdtemp(join(tmpdir(), "styrmin-bench-"));
  const children: Child[] = [];
  const start = (program: string, env: Record<string, string>) => {
    const child = startChild(program, env);
    children.unshift(child);
    return child;
  };
  try {
    const { kubeconfig } = await startCluster({ start }, join(dir, "cluster"), { BENCH_WORKLOADS: "1" });
    const env = { BENCH_KUBECONFIG: kubeconfig };
    const operator = start("operator.ts", env);
    const writer = start("writer.ts", env);
    await operator.ask("ready");

    const rates: Record<Round["mode"], number[]> = { least: [], raw: [], operator: [] };
    const cpu: Record<"own" | "renderer" | "raw", number[]> = { own: [], renderer: [], raw: [] };
    for (let number = 0; number <= rounds; number++) {
      for (const mode of ["least", "raw", "operator"] as const) {
        const before = await operator.ask<{ own: number; renderer: number }>("cpu");
        const round: Round = { name: `${mode}${number}`, mode, count, connections };
        const { perSecond, cpuMs } = await writer.ask<RoundResult>("round", round);
        const after = await operator.ask<{ own: number; renderer: number }>("cpu");
        if (number === 0) continue; // everything is cold
        rates[mode].push(perSecond);
        if (mode === "raw") cpu.raw.push(cpuMs);
        if (mode !== "operator") continue;
        for (const part of ["own", "renderer"] as const)
          cpu[part].push(((after[part] - before[part]) * 1000) / count);
      }
    }
    const ratioTo = (mode: Round["mode"]) => ({
      ...spreadOf(rates.operator.map((rate, round) => rate / rates[mode][round]!)),
      median: percentile(rates.operator, 0.5) / percentile(rates[mode], 0.5),
    });
    const beside = (mode: Round["mode"], name: string) => ({ name, value: spreadOf(rates[mode]), digits: 0 });
    return {
      title: `Reconcile of ${count} new deployments (a ConfigMap and a Deployment of no replicas each)`,
      figures: [
        { name: "operator, resource written → Ready", unit: "/s", value: spreadOf(rates.operator) },
        {
          name: "  of the raw rate of the same applies",
          unit: "",
          digits: 2,
          value: ratioTo("raw"),
          target: { atLeast: 0.75 },
          baseline: beside("raw", `raw /s, ${connections} at a time`),
        },
        {
          name: "  of the same without finalizer and Release",
          unit: "",
          digits: 2,
          value: ratioTo("least"),
          baseline: beside("least", `raw /s, ${connections} at a time`),
        },
        {
          name: "processor time of the operator",
          unit: "ms each",
          digits: 2,
          value: spreadOf(cpu.own),
          baseline: { name: "raw writer", value: spreadOf(cpu.raw) },
          target: { atMost: 1.5 },
        },
        { name: "and of its renderer", unit: "ms each", digits: 2, value: spreadOf(cpu.renderer) },
      ],
      quotes: ["kopf on kube-apiserver, of another run: 0.56 of the raw rate, 4.5 ms each"],
    };
  } finally {
    for (const child of children) await child.stop();
    await rm(dir, { recursive: true, force: true });
  }
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
  const crd = await Bun.file(new URL("../../k8s/crd.yaml", import.meta.url)).text();
  await ensureCrd(kube, crd, { install: true });
  return { cluster, kubeconfig };
}
