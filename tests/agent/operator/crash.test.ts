import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Kube, KubeObject } from "../../../kube/types.ts";
import type { AuditLine } from "../../../local/cluster/http/audit.ts";
import { eventually } from "../../helpers/eventually.ts";
import { deploymentIdOf, type Rig, startRig, webApp, type Wish } from "./rig.ts";

const extra = (name: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: "{{ instance.release_name }}-${name}" }\ndata: { a: b }\n`;
const claim = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: "{{ instance.release_name }}" }
spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
`;

/** Lets so many writes pass, then the process is as good as dead: nothing it asks for is answered any more. */
function killedAfter(kube: Kube, writes: number): { kube: Kube; dead: Promise<void> } {
  const dead = Promise.withResolvers<void>();
  let done = 0;
  let isDead = false;
  const call =
    <A extends unknown[], T>(isWrite: boolean, run: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      if (isWrite && done++ >= writes) {
        isDead = true;
        dead.resolve();
      }
      if (isDead) throw new Error("the process is dead");
      const answer = await run(...args);
      if (isDead) throw new Error("the process is dead");
      return answer;
    };
  const killable = {
    ...kube,
    get: call(false, kube.get),
    list: call(false, kube.list),
    watch: call(false, kube.watch),
    create: call(true, kube.create),
    apply: call(true, kube.apply),
    mergePatch: call(true, kube.mergePatch),
    delete: call(true, kube.delete),
  };
  return { kube: killable, dead: dead.promise };
}

describe("an operator that is killed", () => {
  let rig: Rig;
  let drivers: string[];
  beforeAll(async () => {
    rig = await startRig();
    drivers = [
      rig.driver({ "app.yaml": webApp, "claim.yaml": claim, "x.yaml": extra("one") }),
      rig.driver({ "app.yaml": webApp, "x.yaml": extra("two") }),
    ];
  });
  afterAll(() => rig.stop());

  /** The stages of a life, each with what it is at its end. */
  const stages = (name: string): { wish: Wish; condition: ["Ready" | "Finalized", string] }[] => [
    { wish: { name, digest: drivers[0]!, parameters: { greeting: "one" } }, condition: ["Ready", "Healthy"] },
    {
      wish: { name, digest: drivers[1]!, generation: 2, parameters: { greeting: "two", replicas: 2 } },
      condition: ["Ready", "Healthy"],
    },
    {
      wish: {
        name,
        digest: drivers[1]!,
        generation: 3,
        instance: 2,
        parameters: { greeting: "two", replicas: 2 },
        spec: { phase: "Stopped" },
      },
      condition: ["Ready", "Stopped"],
    },
    {
      wish: { name, digest: drivers[1]!, generation: 4, instance: 2, spec: { phase: "Deleting" } },
      condition: ["Finalized", "Deleted"],
    },
  ];

  /** Everything of a deployment in the cluster, without what differs from run to run. */
  const snapshot = async (name: string): Promise<unknown> => {
    const selector = { labelSelector: `styrmin.io/deployment=${deploymentIdOf(name)}` };
    const kinds = ["v1 ConfigMap", "v1 PersistentVolumeClaim", "apps/v1 Deployment", "v1 Secret"];
    const found: KubeObject[] = [];
    for (const kind of kinds) {
      const [apiVersion, word] = kind.split(" ") as [string, string];
      found.push(...(await rig.kube.list({ apiVersion, kind: word }, selector)).items);
    }
    const { status, spec } = (await rig.resource(name))!;
    const all = [
      ...found.map(({ kind, metadata, spec, data, type }) => {
        const owners = metadata.managedFields?.map(({ manager, operation }) => `${manager} ${operation}`);
        const content = type === "styrmin.io/release" ? metadata.labels : { spec, data };
        return { kind, name: metadata.name, labels: metadata.labels, owners: owners?.sort(), content };
      }),
      { phase: spec.phase, ...status },
    ];
    return JSON.parse(
      JSON.stringify(all)
        .replaceAll(name, "NAME")
        .replaceAll(/"\d{4}-\d\d-\d\dT[^"]*"/g, '"TIME"')
        .replaceAll(/pvc-[0-9a-f-]+/g, "VOLUME")
        .replaceAll(/"observedGeneration":\d+/g, '"observedGeneration":0'),
    );
  };

  /**
   * Plays a life up to a stage, and its end. In that stage the operator is killed after so many writes and
   * started anew.
   */
  const play = async (name: string, last: number, killAt?: { stage: number; writes: number }) => {
    const snapshots: unknown[] = [];
    let wasKilled = false;
    let one = rig.startOperator();
    const all = stages(name);
    for (const [stage, { wish, condition }] of all.entries()) {
      if (stage > last && stage < all.length - 1) continue;
      if (killAt?.stage === stage) {
        await one.stop();
        const victim = killedAfter(rig.kube, killAt.writes);
        one = rig.startOperator({ kube: victim.kube });
        await rig.publish(wish);
        const end = rig.until(name, condition[0], "True", condition[1]).then(settled);
        wasKilled = await Promise.race([victim.dead.then(() => true), end.then(() => false)]);
        end.catch(() => {});
        await one.stop();
        one = rig.startOperator();
      } else {
        await rig.publish(wish);
      }
      await rig.until(name, condition[0], "True", condition[1]);
      if (condition[0] === "Finalized") await eventually("no release is left", noRelease(name));
      snapshots.push(await snapshot(name));
    }
    await one.stop();
    return { snapshots, wasKilled };
  };
  const settled = () => Bun.sleep(50);
  const noRelease = (name: string) => async () =>
    !(await rig.releases()).some(({ metadata }) => metadata.name.startsWith(`${name}-r`));

  test("between any two writes of a life: the end is the clean run's, and each object is made once", async () => {
    const made = (name: string, audit: AuditLine[]) =>
      audit
        .filter(
          (line) =>
            line.code === 201 &&
            line.manager === "styrmin" &&
            new RegExp(`^${name}(-r\\d|-one|-two|$)`).test(line.name ?? ""),
        )
        .map((line) => `${line.resource} ${line.name!.replace(name, "NAME")}`)
        .sort();

    const killed: [name: string, clean: string][] = [];
    const boundaries: number[] = [];
    for (let stage = 0; stage < 4; stage++) {
      const clean = await play(`clean-${stage}`, stage);
      for (let writes = 0; ; writes++) {
        const name = `crash-${stage}-${writes}`;
        const { snapshots, wasKilled } = await play(name, stage, { stage, writes });
        if (!wasKilled) {
          boundaries.push(writes);
          break;
        }
        for (const [at, found] of snapshots.entries()) {
          expect({ stage, writes, at, found }).toEqual({ stage, writes, at, found: clean.snapshots[at] });
        }
        killed.push([name, `clean-${stage}`]);
      }
    }
    const audit = rig.cluster.auditLines();
    for (const [name, clean] of killed) {
      const expected = made(clean, audit);
      expect(new Set(expected).size).toBe(expected.length);
      expect({ name, made: made(name, audit) }).toEqual({ name, made: expected });
    }
    // Release, five objects and a status at least; release, three objects, prunes and status; …
    expect(boundaries[0]).toBeGreaterThanOrEqual(6);
    expect(boundaries[1]).toBeGreaterThanOrEqual(6);
    expect(boundaries[2]).toBeGreaterThanOrEqual(2);
    expect(boundaries[3]).toBeGreaterThanOrEqual(6);
    expect(
      (await rig.kube.list({ apiVersion: "v1", kind: "ConfigMap" }, { namespace: rig.target })).items.filter(
        ({ metadata }) => metadata.name !== "kube-root-ca.crt",
      ),
    ).toEqual([]);
  }, 60_000);
});
