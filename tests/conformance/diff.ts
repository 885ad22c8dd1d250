// Asks the embedded cluster alone and prints, field by field, where it differs from the record:
//   bun tests/conformance/diff.ts [AREA [PART OF A CASE'S NAME]]
import { startTestCluster } from "../helpers/cluster.ts";
import { areas, recordedAnswers } from "./areas.ts";
import { createAsker } from "./ask.ts";

const [wanted, ...words] = process.argv.slice(2);
const cluster = await startTestCluster({ workloads: true, pods: true });
const asker = createAsker(cluster.kubeconfig);
for (const [area, cases] of Object.entries(areas)) {
  if (wanted !== undefined && area !== wanted) continue;
  const recorded = await recordedAnswers(area);
  for (const one of cases.filter(({ name }) => name.includes(words.join(" ")))) {
    const answer = await asker.answer(one).catch((thrown) => `it failed: ${thrown}`);
    const lines = differences("", answer, recorded[one.name]);
    if (lines.length > 0) console.log([`## ${area}: ${one.name}`, ...lines].join("\n"));
  }
}
await cluster.stop();
process.exit(0);

function differences(path: string, embedded: any, real: any): string[] {
  if (Bun.deepEquals(embedded, real)) return [];
  const isNode = (value: any) => typeof value === "object" && value !== null;
  if (isNode(embedded) && isNode(real) && Array.isArray(embedded) === Array.isArray(real)) {
    const names = new Set<string>([...Object.keys(real), ...Object.keys(embedded)]);
    return [...names].flatMap((name) => differences(`${path}.${name}`, embedded[name], real[name]));
  }
  return [`  ${path}`, `    real     ${JSON.stringify(real)}`, `    embedded ${JSON.stringify(embedded)}`];
}
