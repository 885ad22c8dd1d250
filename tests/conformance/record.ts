// Writes down what a real Kubernetes answers:
//   STYRMIN_TEST_KUBECONFIG=… bun tests/conformance/record.ts [AREA…]
import { realKubeconfig } from "../helpers/real-cluster.ts";
import { answersFile, areas, recordedAnswers } from "./areas.ts";
import { createAsker } from "./ask.ts";

if (!realKubeconfig) throw new Error("STYRMIN_TEST_KUBECONFIG names no cluster to ask");
const asker = createAsker(realKubeconfig);
const wanted = process.argv.slice(2);
let failed = 0;
for (const [area, cases] of Object.entries(areas)) {
  if (wanted.length > 0 && !wanted.includes(area)) continue;
  const before = await recordedAnswers(area);
  const answers = await Promise.all(
    cases.map(async (one) => {
      try {
        return [one.name, await asker.answer(one)] as const;
      } catch (thrown) {
        failed++;
        console.error(`✗ ${area}: ${one.name}: ${(thrown as Error).message}`);
        return [one.name, before[one.name]] as const;
      }
    }),
  );
  const file = answersFile(area);
  await Bun.write(file, JSON.stringify(Object.fromEntries(answers)));
  await Bun.$`${process.execPath} fmt --no-script ${file}`.quiet();
  const changed = answers.filter(([name, answer]) => !Bun.deepEquals(answer, before[name]));
  for (const [name] of changed) console.log(`changed: ${area}: ${name}`);
  console.log(`${area}: ${cases.length} cases, ${changed.length} changed`);
}
await asker.end();
process.exit(failed > 0 ? 1 : 0);
