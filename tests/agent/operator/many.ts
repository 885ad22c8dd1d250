import { expect } from "bun:test";
import { eventually } from "../../helpers/eventually.ts";
import { type BasicRig, webApp } from "./rig.ts";

/** So many deployments does one agent look after. */
export const count = 200;

const nameOf = (index: number) => `many-${index}`;

/** Brings up the deployments, none of which needs a pod; answers when all are Ready. */
export async function startMany(rig: BasicRig): Promise<void> {
  const digest = rig.driver({ "app.yaml": webApp });
  const indices = Array.from({ length: count }, (_, index) => index);
  for (let from = 0; from < count; from += 16) {
    await Promise.all(
      indices
        .slice(from, from + 16)
        .map((index) =>
          rig.publish({ name: nameOf(index), digest, parameters: { greeting: "hi", replicas: 0 } }),
        ),
    );
  }
  await eventually(
    `${count} deployments are Ready`,
    async () => {
      const resources = await rig.resources();
      const ready = resources.filter(({ status }) => status?.conditions?.[0]?.status === "True");
      if (ready.length === count) return true;
      throw new Error(`${ready.length} of ${resources.length}`);
    },
    { everyMs: 200 },
  );
}

/** The most requests that fall into one second, of times in milliseconds. */
export function busiestSecond(times: number[]): number {
  const sorted = times.toSorted((one, other) => one - other);
  let most = 0;
  let from = 0;
  for (const [to, time] of sorted.entries()) {
    while (sorted[from]! <= time - 1000) from++;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

/** Fails with what was written, few of it. */
export function expectNoWrites(writes: unknown[]): void {
  expect({ writes: writes.length, some: writes.slice(0, 5) }).toEqual({ writes: 0, some: [] });
}
