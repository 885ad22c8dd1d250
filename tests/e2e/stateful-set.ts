import { expect, test } from "bun:test";
import { createClient } from "../../clients/sdk/index.ts";
import { eventually } from "../helpers/eventually.ts";
import { pace } from "../helpers/pace.ts";
import type { Site } from "./cluster.ts";
import { writeStoreDriver } from "./drivers.ts";

/** A StatefulSet keeps a broken pod for ever, whatever is corrected: the operator ends it. */
export function testStatefulSet(site: () => Site, folder: string): void {
  const client = () => createClient({ url: site().product.serverUrl });
  const ofIt = () => ({ deployment: "store", environment: site().environment });
  const update = async (input: object) => (await client().deployments.update({ ...ofIt(), ...input })).task!;
  const logOf = async (id: string) =>
    ((await client().tasks.log(id)) ?? []).map(({ message }) => message).join("\n");
  const says = (id: string, words: string) =>
    eventually(`the task says ${words}`, async () => {
      const said = await logOf(id);
      if (!said.includes(words)) throw new Error(said);
      return true;
    });
  const ended = (id: string) =>
    eventually("the end of the task", async () => {
      const task = (await client().tasks.get(id))!;
      if (["SUCCEEDED", "FAILED", "CANCELLED"].includes(task.state)) return task;
      throw new Error(`${task.state}: ${await logOf(id)}`);
    });
  const secondsOf = ({ createdAt, finishedAt }: { createdAt: string; finishedAt?: string | null }) =>
    (Date.parse(finishedAt!) - Date.parse(createdAt)) / 1000;

  test("a StatefulSet whose image is not there, and whose command fails, is mended within seconds", async () => {
    await client().drivers.loadLocal(writeStoreDriver(folder));
    const { environment } = site();
    const created = await client().deployments.create({
      ...{ name: "store", driver: "store", environment },
      parameters: { image: "busybox:missing" },
    });
    await says(created.task!.id, "busybox:missing cannot be");
    const failing = await update({
      parameters: { image: "busybox:1.37", command: ["sh", "-c", "exit 3"] },
    });
    await says(failing.id, "ended pod store");
    await says(failing.id, "keeps ending");
    const mending = await update({ parameters: { command: ["sleep", "1000"] } });
    const task = await ended(mending.id);
    expect(task).toMatchObject({ state: "SUCCEEDED" });
    expect(secondsOf(task)).toBeLessThan(30 * pace());
    console.log(`a StatefulSet is mended in ${Math.round(secondsOf(task))} s`);
  });

  test("its upgrade to an image that is not there is rolled back", async () => {
    const upgrading = await update({
      applicationVersion: "1.1.0",
      parameters: { image: "busybox:missing" },
      timeoutSeconds: Math.ceil(6 * pace()),
    });
    const task = await ended(upgrading.id);
    expect(task).toMatchObject({
      state: "FAILED",
      reason: expect.stringContaining("It was rolled back, and runs with version 1.0.0 (driver 1)."),
    });
    expect(await logOf(task.id)).toContain("of an earlier revision, which could not become ready");
    await eventually("it runs", async () => {
      const [{ items }, found] = await Promise.all([
        site().kube.list({ apiVersion: "v1", kind: "Pod" }, { namespace: site().namespace }),
        client().deployments.get("store", { environment: site().environment }),
      ]);
      const own = items.filter(({ metadata }) => metadata.labels?.["styrmin.io/deployment"] === found!.id);
      return own.length === 1 && own[0]!.status.containerStatuses[0].ready;
    });
  });
}
