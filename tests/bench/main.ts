// What `npm run bench` runs: every figure beside its baseline of the same run.
//   npm run bench -- [--only latency,snapshot,reads,reconcile,fleet,footprint,actions,charts,polls,loads,real,real-fleet] [--strict] [--json FILE]
//     [--patience SECONDS]   waits so long at the most for a quiet machine before each measurement
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { measureActions } from "./actions.ts";
import { isMet, type Section, sectionText } from "./figure.ts";
import { measureCharts } from "./charts.ts";
import { measureFleet, measureRealFleet } from "./fleet.ts";
import { measureFootprint } from "./footprint.ts";
import { measureLatency } from "./latency.ts";
import { measureLoads } from "./loads.ts";
import { measurePolls } from "./polls.ts";
import { realKubeconfig } from "../helpers/real-cluster.ts";
import { machineLine, untilQuiet, watchForeign } from "./machine.ts";
import { measureReads } from "./reads.ts";
import { measureReal, measureReconcile } from "./reconcile.ts";
import { measureSnapshot } from "./snapshot.ts";
import { type Stack, startStack } from "./stack.ts";

const withStack = (measure: (stack: Stack) => Promise<Section>) => async () => {
  const stack = await startStack();
  try {
    return await measure(stack);
  } finally {
    await stack.stop();
  }
};
const measures: Record<string, () => Promise<Section>> = {
  latency: withStack(measureLatency),
  snapshot: withStack(measureSnapshot),
  reads: withStack(measureReads),
  reconcile: measureReconcile,
  fleet: measureFleet,
  footprint: measureFootprint,
  actions: measureActions,
  charts: measureCharts,
  polls: measurePolls,
  loads: measureLoads,
  // Only where STYRMIN_TEST_KUBECONFIG names a cluster.
  ...(realKubeconfig ? { real: measureReal, "real-fleet": measureRealFleet } : {}),
};

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    strict: { type: "boolean" },
    json: { type: "string" },
    patience: { type: "string", default: "0" },
  },
});
const wanted = values.only?.split(",") ?? Object.keys(measures);
const unknown = wanted.filter((name) => !Object.hasOwn(measures, name));
if (unknown.length > 0) {
  console.error(`bench: there is no ${unknown.join(", ")}; there are ${Object.keys(measures).join(", ")}.`);
  process.exit(2);
}

const startedAt = performance.now();
console.log(`${machineLine()}\n${new Date().toISOString().slice(0, 16)}; median (lowest–highest)\n`);
const sections: (Section & { foreignCores: number })[] = [];
for (const name of wanted) {
  await untilQuiet(Number(values.patience));
  const foreign = watchForeign();
  const section = { ...(await measures[name]!()), foreignCores: foreign() };
  sections.push(section);
  console.log(sectionText(section));
}
const missed = sections.flatMap(({ figures }) => figures).filter((figure) => isMet(figure) === false);
const targets = sections.flatMap(({ figures }) => figures).filter((figure) => figure.target).length;
const took = Math.round((performance.now() - startedAt) / 1000);
console.log(`${targets - missed.length} of ${targets} targets met, ${took} s`);
if (values.json)
  writeFileSync(values.json, `${JSON.stringify({ machine: machineLine(), sections }, null, 2)}\n`);
process.exit(values.strict && missed.length > 0 ? 1 : 0);
