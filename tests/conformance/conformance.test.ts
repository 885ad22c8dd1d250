/**
 * The same questions to the embedded cluster and to a real one. The real one's answers are recorded, so that
 * the embedded cluster is always compared; where there is a real one, the record is compared with it as well.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { startTestCluster, type TestCluster } from "../helpers/cluster.ts";
import { realKubeconfig, testReal } from "../helpers/real-cluster.ts";
import { areas, recordedAnswers } from "./areas.ts";
import { type Asker, createAsker } from "./ask.ts";
import type { Case } from "./case.ts";
import { createFigures } from "./figures.ts";

const figures = createFigures();
let cluster: TestCluster;
let embedded: Asker;
let real: Asker | undefined;
beforeAll(async () => {
  cluster = await startTestCluster({ workloads: true, pods: true });
  embedded = createAsker(cluster.kubeconfig);
  real = realKubeconfig ? createAsker(realKubeconfig) : undefined;
});
afterAll(async () => {
  console.log(figures.table(Object.keys(areas), realKubeconfig !== undefined));
  await real?.end();
  await cluster.stop();
});

for (const [area, cases] of Object.entries(areas)) {
  describe(area, async () => {
    const recorded = await recordedAnswers(area);
    for (const one of cases) {
      test.concurrent(one.name, () => compareEmbedded(area, one, recorded[one.name]));
      const name = `on the real cluster, as recorded: ${one.name}`;
      testReal.concurrent(name, () => compareReal(area, one, recorded[one.name]));
    }
  });
}

describe("the record", () => {
  test.each(Object.entries(areas))("of %s holds these cases and no others", async (area, cases) => {
    expect(Object.keys(await recordedAnswers(area))).toEqual(cases.map(({ name }) => name));
  });
});

describe("the differences", () => {
  const known = Object.values(areas)
    .flat()
    .filter(({ differs }) => differs !== undefined);
  test("are listed in docs/embedded-cluster.md with their reasons", async () => {
    const page = await Bun.file(join(import.meta.dir, "../../docs/embedded-cluster.md")).text();
    const words = page.replaceAll(/\s+/g, " ");
    expect(known.filter(({ differs }) => !words.includes(differs!)).map(({ differs }) => differs)).toEqual(
      [],
    );
  });
});

async function compareEmbedded(area: string, one: Case, recorded: unknown): Promise<void> {
  const answer = await embedded.answer(one);
  const equal = Bun.deepEquals(answer, recorded);
  figures.count(area, equal ? "equal" : one.differs === undefined ? "wrong" : "different");
  if (one.differs === undefined) expect(answer).toEqual(recorded);
  else if (equal) throw new Error(`it answers as the real cluster does: "${one.differs}" is to be deleted`);
}

async function compareReal(area: string, one: Case, recorded: unknown): Promise<void> {
  const answer = await real!.answer(one);
  figures.count(area, Bun.deepEquals(answer, recorded) ? "fresh" : "stale");
  expect(answer).toEqual(recorded);
}
