import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Rendered, Renderer } from "../../../drivers/kit/index.ts";
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

describe("an operator that is killed amid hooks", () => {
  let rig: Rig;
  beforeAll(async () => void (rig = await startRig()));
  afterAll(() => rig.stop());

  const object = (name: string, kind: string, annotations: Record<string, string> = {}): KubeObject => ({
    apiVersion: kind === "Job" ? "batch/v1" : "v1",
    kind,
    metadata: {
      name,
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([key, value]) => [`helm.sh/${key}`, value]),
      ),
    },
    ...(kind === "Job"
      ? {
          spec: {
            backoffLimit: 0,
            template: {
              spec: {
                restartPolicy: "Never",
                containers: [{ name: "main", image: "busybox:1.37", command: ["sh", "-c", "exit 0"] }],
              },
            },
          },
        }
      : {}),
  });
  /** What a chart would make, without helm. */
  const renderer: Renderer = {
    render: async ({ context }) => {
      const { release_name: name } = context.instance;
      return {
        objects: [object(name, "ConfigMap")],
        hooks: [
          object(`${name}-first`, "Job", { hook: "pre-install", "hook-weight": "1" }),
          object(`${name}-second`, "Job", {
            hook: "pre-install",
            "hook-weight": "2",
            "hook-delete-policy": "hook-succeeded",
          }),
          object(`${name}-last`, "Job", { hook: "post-install" }),
          object(`${name}-leave`, "Job", { hook: "pre-delete" }),
          object(`${name}-gone`, "Job", { hook: "post-delete" }),
        ],
      };
    },
    close: async () => {},
  };

  test("a hook that fails before a deletion holds it up, until it is asked for again", async () => {
    const failing: Renderer = {
      ...renderer,
      render: async (request) => {
        const { objects = [], hooks = [] } = (await renderer.render(request)) as Rendered;
        for (const { metadata, spec } of hooks) {
          if (metadata.name.endsWith("-leave"))
            spec.template.spec.containers[0].command = ["sh", "-c", "exit 3"];
        }
        return { objects, hooks };
      },
    };
    const one = rig.startOperator({ renderer: failing });
    const wish = { name: "held", digest: rig.driver({ "app.yaml": "" }) };
    await rig.publish({ ...wish, generation: 1 });
    await rig.until("held", "Ready", "True", "Healthy");
    const deleting = { instance: 1, spec: { phase: "Deleting" as const } };
    await rig.publish({ ...wish, ...deleting, generation: 2 });
    const { status } = await rig.until("held", "Stalled", "True", "HookFailed");
    expect(JSON.stringify(status)).toContain(`hook pre-delete Job ${rig.target}/held-leave failed`);
    expect(await rig.configMap("held")).toBeDefined();
    await rig.publish({ ...wish, ...deleting, generation: 3 });
    await rig.until("held", "Finalized", "True", "Deleted");
    expect(await rig.configMap("held")).toBeUndefined();
    await one.stop();
  }, 30_000);

  test("between any two writes: every hook is made once, and the end is the same", async () => {
    const digest = rig.driver({ "app.yaml": "" });
    const lives = [
      { wish: { generation: 1 }, condition: ["Ready", "Healthy"] },
      {
        wish: { generation: 2, instance: 1, spec: { phase: "Deleting" } },
        condition: ["Finalized", "Deleted"],
      },
    ] as const;
    const boundaries: number[] = [];
    const killed: string[] = [];
    for (const stage of [0, 1]) {
      for (let writes = 0; ; writes++) {
        const name = `hooked-${stage}-${writes}`;
        let wasKilled = false;
        for (const [at, { wish, condition }] of lives.entries()) {
          let one: ReturnType<typeof rig.startOperator>;
          if (at === stage) {
            const victim = killedAfter(rig.kube, writes);
            one = rig.startOperator({ kube: victim.kube, renderer });
            await rig.publish({ name, digest, ...wish } as Wish);
            const end = rig.until(name, condition[0], "True", condition[1]).then(() => Bun.sleep(50));
            wasKilled = await Promise.race([victim.dead.then(() => true), end.then(() => false)]);
            end.catch(() => {});
            await one.stop();
            one = rig.startOperator({ renderer });
          } else {
            one = rig.startOperator({ renderer });
            await rig.publish({ name, digest, ...wish } as Wish);
          }
          await rig.until(name, condition[0], "True", condition[1]);
          if (at === 1)
            await eventually(
              "no release is left",
              async () =>
                !(await rig.releases()).some(({ metadata }) => metadata.name.startsWith(`${name}-r`)),
            );
          await one.stop();
        }
        killed.push(name);
        if (wasKilled) continue;
        boundaries.push(writes);
        break;
      }
    }
    const jobs = rig.cluster
      .auditLines()
      .filter(
        ({ code, resource, manager }) => code === 201 && resource === "jobs.batch" && manager === "styrmin",
      );
    for (const name of killed) {
      const made = jobs
        .filter((line) => line.name?.startsWith(`${name}-`))
        .map((line) => line.name!.slice(name.length + 1));
      expect({ name, made }).toEqual({ name, made: ["first", "second", "last", "leave", "gone"] });
    }
    // A Release, three hooks with what is noted of each, an object; two hooks, an object, the hooks' own going.
    expect(boundaries[0]).toBeGreaterThanOrEqual(10);
    expect(boundaries[1]).toBeGreaterThanOrEqual(8);
    expect(
      (await rig.kube.list({ apiVersion: "batch/v1", kind: "Job" }, { namespace: rig.target })).items,
    ).toEqual([]);
  }, 60_000);
});
