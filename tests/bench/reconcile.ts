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

const [count, connections, rounds] = [200, 8, 6];

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

    const rates: Record<Round["mode"], number[]> = { raw: [], operator: [] };
    const cpu: Record<"own" | "renderer" | "raw", number[]> = { own: [], renderer: [], raw: [] };
    for (let number = 0; number <= rounds; number++) {
      for (const mode of ["raw", "operator"] as const) {
        const before = await operator.ask<{ own: number; renderer: number }>("cpu");
        const round: Round = { name: `${mode}${number}`, mode, count, connections };
        const { perSecond, cpuMs } = await writer.ask<RoundResult>("round", round);
        const after = await operator.ask<{ own: number; renderer: number }>("cpu");
        if (number === 0) continue; // everything is cold
        rates[mode].push(perSecond);
        if (mode === "raw") cpu.raw.push(cpuMs);
        else {
          for (const part of ["own", "renderer"] as const)
            cpu[part].push(((after[part] - before[part]) * 1000) / count);
        }
      }
    }
    const ratios = rates.operator.map((rate, round) => rate / rates.raw[round]!);
    return {
      title: `Reconcile of ${count} new deployments (a ConfigMap and a Deployment of no replicas each)`,
      figures: [
        {
          name: "operator, resource written → Ready",
          unit: "/s",
          value: spreadOf(rates.operator),
          baseline: { name: `raw applies of the same, ${connections} at a time`, value: spreadOf(rates.raw) },
        },
        {
          name: "  of the raw rate",
          unit: "",
          digits: 2,
          value: {
            ...spreadOf(ratios),
            median: percentile(rates.operator, 0.5) / percentile(rates.raw, 0.5),
          },
          target: { atLeast: 0.75 },
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
