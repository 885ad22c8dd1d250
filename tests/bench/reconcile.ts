import { embeddedGround, type Ground, realGround } from "./ground.ts";
import type { Figure, Section } from "./figure.ts";
import { type KopfOperator, startKopf } from "./kopf.ts";
import type { Changes, Mode, Round, RoundResult } from "./programs/writer.ts";
import { percentile, spreadOf } from "./statistics.ts";

const [count, connections, changeCount] = [200, 8, 60];

/** How fast the operator converges 200 new deployments, and how fast the same API takes the same objects raw. */
export const measureReconcile = async (): Promise<Section> =>
  measure(await embeddedGround(), "embedded API", 6, true);

/** The same on a real API server, and kopf beside it. */
export const measureReal = async (): Promise<Section> =>
  measure(await realGround(), "real API server", 4, false);

async function measure(ground: Ground, where: string, rounds: number, isEmbedded: boolean): Promise<Section> {
  const { mark, kubeconfig } = ground;
  const systems = modes.map((mode) => systemOf(mark, mode));
  const targets: string[] = [];
  let kopf: KopfOperator | undefined;
  try {
    const env = { BENCH_KUBECONFIG: kubeconfig, BENCH_NAMESPACE: systemOf(mark, "operator") };
    const writer = ground.start("writer.ts", env);
    const play = (mode: Mode, number: number) => {
      const name = `${mark}-${mode}${number}`;
      targets.push(`env-${name}`);
      const round: Round = { name, mode, system: systemOf(mark, mode), count, connections };
      return writer.ask<RoundResult>("round", round);
    };
    await play("raw", 0); // makes the namespaces, and warms everything
    const operator = ground.start("operator.ts", env);
    await operator.ask("ready");
    kopf = await startKopf(kubeconfig, systemOf(mark, "kopf"));
    const cpuOf: Record<Mode, () => Promise<Cpu>> = {
      operator: () => operator.ask<Cpu>("cpu"),
      kopf: async () => ({ own: kopf!.cpu(), renderer: 0 }),
      raw: async () => ({ own: 0, renderer: 0 }),
    };

    const found = new Map<Mode, Measured>();
    const all = modes.filter((mode) => mode !== "kopf" || kopf);
    for (const mode of all) found.set(mode, { rates: [], applied: [], cpu: [], renderer: [], changes: [] });
    for (let number = 1; number <= rounds + 1; number++) {
      for (const mode of all) {
        const before = await cpuOf[mode]();
        const { perSecond, appliedPerSecond, cpuMs } = await play(mode, number);
        if (mode === "kopf") await Bun.sleep(2_000); // what comes after the status
        const after = await cpuOf[mode]();
        if (number === 1) continue; // everything is cold
        const own = found.get(mode)!;
        own.rates.push(perSecond);
        own.applied.push(appliedPerSecond);
        own.cpu.push(mode === "raw" ? cpuMs : ((after.own - before.own) * 1000) / count);
        own.renderer.push(((after.renderer - before.renderer) * 1000) / count);
      }
    }
    for (const mode of all) {
      const name = `${mark}-${mode}${rounds + 1}`;
      const wish: Changes = {
        name,
        mode,
        system: systemOf(mark, mode),
        count: changeCount,
        connections,
        value: 1,
      };
      found.get(mode)!.changes = await writer.ask<number[]>("changes", wish);
    }
    return section(where, found, isEmbedded);
  } finally {
    await kopf?.stop();
    await ground.stop([...systems, ...targets]);
  }
}

const modes: readonly Mode[] = ["raw", "operator", "kopf"];
const systemOf = (mark: string, mode: Mode) => `${mark}-${mode}-system`;

interface Cpu {
  own: number;
  renderer: number;
}

interface Measured {
  rates: number[];
  applied: number[];
  cpu: number[];
  renderer: number[];
  changes: number[];
}

type Found = ReadonlyMap<Mode, Measured>;

/** Beside a real API server its controllers take much of the machine, and Ready waits for them: no targets there. */
function section(where: string, found: Found, isEmbedded: boolean): Section {
  const [raw, operator, kopf] = [found.get("raw")!, found.get("operator")!, found.get("kopf")];
  const against = (rates: number[], base = raw.rates) => ({
    ...spreadOf(rates.map((rate, round) => rate / base[round]!)),
    median: percentile(rates, 0.5) / percentile(base, 0.5),
  });
  const changed = (part: number, name: string): Figure => ({
    name: `one changed alone → its objects applied, ${name}`,
    unit: "ms",
    value: percentile(operator.changes, part),
    baseline: { name: "applied raw", value: percentile(raw.changes, part) },
  });
  const figures: Figure[] = [
    {
      name: "operator, resource written → Ready",
      unit: "/s",
      value: spreadOf(operator.rates),
      baseline: { name: `raw applies of the same, ${connections} at a time`, value: spreadOf(raw.rates) },
    },
    {
      name: "  of the raw rate",
      unit: "",
      digits: 2,
      value: against(operator.rates),
      ...(isEmbedded ? { target: { atLeast: 0.75 } } : {}),
      ...(kopf ? { baseline: { name: "kopf", value: against(kopf.rates) } } : {}),
    },
    {
      name: "objects applied, of the raw rate (kopf waits for no health)",
      unit: "",
      digits: 2,
      value: against(operator.applied, raw.applied),
      target: { atLeast: 0.75 },
      ...(kopf ? { baseline: { name: "kopf", value: against(kopf.applied, raw.applied) } } : {}),
    },
    {
      name: "processor time of the operator",
      unit: "ms each",
      digits: 2,
      value: spreadOf(operator.cpu),
      baseline: kopf
        ? { name: "kopf", value: spreadOf(kopf.cpu) }
        : { name: "raw writer", value: spreadOf(raw.cpu) },
      ...(isEmbedded ? { target: { atMost: 1.5 } } : {}),
    },
    { name: "and of its renderer", unit: "ms each", digits: 2, value: spreadOf(operator.renderer) },
    changed(0.5, "p50"),
    changed(0.99, "p99"),
  ];
  if (kopf) {
    figures.push({
      name: "  kopf, p50 and p99",
      unit: "ms",
      value: percentile(kopf.changes, 0.5),
      baseline: { name: "p99", value: percentile(kopf.changes, 0.99) },
    });
  }
  return {
    title: `Reconcile of ${count} new deployments (a ConfigMap and a Deployment of no replicas each), ${where}`,
    figures,
    quotes: kopf ? [] : ["kopf on kube-apiserver, of another run: 0.56 of the raw rate, 4.5 ms each"],
  };
}
