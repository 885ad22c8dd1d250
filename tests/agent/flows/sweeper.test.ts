import { expect, test } from "bun:test";
import { sweepHolds } from "../../../agent/flows/sweeper.ts";
import type { StyrminDeployment } from "../../../kube/styrmin-deployment.ts";
import { silentLog } from "../../../lib/log.ts";

const never = new AbortController().signal;

/** A cluster with resources by name, each held by a task or by none. */
function cluster(holds: Record<string, string | undefined>, ended: string[]) {
  const resources = Object.entries(holds).map(([name, task]) => ({
    metadata: { name, namespace: "system", uid: name, resourceVersion: "1", generation: 1 },
    spec: task === undefined ? {} : { hold: { task, components: { web: 0 } } },
  })) as unknown as StyrminDeployment[];
  const asked: string[][] = [];
  const cleared: string[] = [];
  const options = {
    client: {
      async execute(_: unknown, { tasks }: { tasks: string[] }) {
        asked.push(tasks);
        return { endedTasks: tasks.filter((task) => ended.includes(task)) };
      },
    },
    session: { call: async (_: unknown, work: (life: object) => unknown) => work({ epoch: 1 }) },
    kube: {
      get: async ({ name }: { name: string }) => resources.find(({ metadata }) => metadata.name === name),
      async apply(object: StyrminDeployment) {
        expect(object.spec).toBeUndefined();
        cleared.push(object.metadata.name);
        return object;
      },
    },
    resources: { all: () => resources },
    namespace: "system",
    signal: never,
    log: silentLog,
  };
  return { asked, cleared, sweep: () => sweepHolds(options as never, never) };
}

test("asks nobody while nothing is held", async () => {
  const { asked, sweep } = cluster({ a: undefined, b: undefined }, []);
  expect(await sweep()).toEqual([]);
  expect(asked).toEqual([]);
});

test("lets go what ended tasks hold, and nothing else", async () => {
  const { asked, cleared, sweep } = cluster({ a: "over", b: "live", c: undefined, d: "over" }, ["over"]);
  expect(await sweep()).toEqual(["a", "d"]);
  expect(asked).toEqual([["over", "live"]]);
  expect(cleared).toEqual(["a", "d"]);
});
