import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Rendered, Renderer } from "../../../drivers/kit/index.ts";
import type { KubeObject } from "../../../kube/types.ts";
import type { AuditLine } from "../../../local/cluster/http/audit.ts";
import { eventually } from "../../helpers/eventually.ts";
import { killedAfter } from "./killed.ts";
import { deploymentIdOf, type Rig, startRig, webApp, type Wish } from "./rig.ts";

const extra = (name: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: "{{ instance.release_name }}-${name}" }\ndata: { a: b }\n`;
const claim = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: "{{ instance.release_name }}" }
spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
`;

const noRelease = (rig: Rig, name: string) => async () =>
  !(await rig.releases()).some(({ metadata }) => metadata.name.startsWith(`${name}-r`));

describe("an operator that is killed", () => {
  /** One for each stage, side by side: a play is mostly waiting. */
  let rigs: Rig[] = [];
  beforeAll(async () => void (rigs = await Promise.all(Array.from({ length: 4 }, () => startRig()))));
  afterAll(() => Promise.all(rigs.map((rig) => rig.stop())));

  const driversOf = (rig: Rig): string[] => [
    rig.driver({ "app.yaml": webApp, "claim.yaml": claim, "x.yaml": extra("one") }),
    rig.driver({ "app.yaml": webApp, "x.yaml": extra("two") }),
  ];

  type Stage = { wish: Wish; condition: ["Ready" | "Finalized", string] };
  /** The stages of a life, each with what it is at its end. */
  const stages = (name: string, drivers: string[]): Stage[] => [
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
  const snapshot = async (rig: Rig, name: string): Promise<unknown> => {
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
  const play = async (rig: Rig, name: string, last: number, killAt?: { stage: number; writes: number }) => {
    const snapshots: unknown[] = [];
    let wasKilled = false;
    let one = rig.startOperator();
    const all = stages(name, driversOf(rig));
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
      if (condition[0] === "Finalized") await eventually("no release is left", noRelease(rig, name));
      snapshots.push(await snapshot(rig, name));
    }
    await one.stop();
    return { snapshots, wasKilled };
  };
  const settled = () => Bun.sleep(50);

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

    const boundaries = await Promise.all(
      rigs.map(async (rig, stage) => {
        const clean = await play(rig, `clean-${stage}`, stage);
        const killed: string[] = [];
        for (;;) {
          const writes = killed.length;
          const name = `crash-${stage}-${writes}`;
          const { snapshots, wasKilled } = await play(rig, name, stage, { stage, writes });
          if (!wasKilled) break;
          for (const [at, found] of snapshots.entries()) {
            expect({ stage, writes, at, found }).toEqual({ stage, writes, at, found: clean.snapshots[at] });
          }
          killed.push(name);
        }
        const audit = rig.cluster.auditLines();
        const expected = made(`clean-${stage}`, audit);
        expect(new Set(expected).size).toBe(expected.length);
        for (const name of killed) {
          expect({ name, made: made(name, audit) }).toEqual({ name, made: expected });
        }
        return killed.length;
      }),
    );
    // Release, five objects and a status at least; release, three objects, prunes and status; …
    expect(boundaries[0]).toBeGreaterThanOrEqual(6);
    expect(boundaries[1]).toBeGreaterThanOrEqual(6);
    expect(boundaries[2]).toBeGreaterThanOrEqual(2);
    expect(boundaries[3]).toBeGreaterThanOrEqual(6);
    for (const rig of rigs) {
      const { items } = await rig.kube.list(
        { apiVersion: "v1", kind: "ConfigMap" },
        { namespace: rig.target },
      );
      expect(items.filter(({ metadata }) => metadata.name !== "kube-root-ca.crt")).toEqual([]);
    }
  });
});

describe("an operator that is killed amid hooks", () => {
  let rigs: Rig[] = [];
  beforeAll(async () => void (rigs = await Promise.all([startRig(), startRig()])));
  afterAll(() => Promise.all(rigs.map((rig) => rig.stop())));

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
    const rig = rigs[0]!;
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
  });

  test("between any two writes: every hook is made once, and the end is the same", async () => {
    const lives = [
      { wish: { generation: 1 }, condition: ["Ready", "Healthy"] },
      {
        wish: { generation: 2, instance: 1, spec: { phase: "Deleting" } },
        condition: ["Finalized", "Deleted"],
      },
    ] as const;
    /** Plays a life whose operator is killed after so many writes of a stage; answers whether it came to that. */
    const play = async (rig: Rig, name: string, stage: number, writes: number): Promise<boolean> => {
      const digest = rig.driver({ "app.yaml": "" });
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
        if (at === 1) await eventually("no release is left", noRelease(rig, name));
        await one.stop();
      }
      return wasKilled;
    };
    const boundaries = await Promise.all(
      rigs.map(async (rig, stage) => {
        const played: string[] = [];
        for (let wasKilled = true; wasKilled;) {
          const name = `hooked-${stage}-${played.length}`;
          wasKilled = await play(rig, name, stage, played.length);
          played.push(name);
        }
        const jobs = rig.cluster
          .auditLines()
          .filter(
            ({ code, resource, manager }) =>
              code === 201 && resource === "jobs.batch" && manager === "styrmin",
          );
        for (const name of played) {
          const made = jobs
            .filter((line) => line.name?.startsWith(`${name}-`))
            .map((line) => line.name!.slice(name.length + 1));
          expect({ name, made }).toEqual({ name, made: ["first", "second", "last", "leave", "gone"] });
        }
        return played.length - 1;
      }),
    );
    // A Release, three hooks with what is noted of each, an object; two hooks, an object, the hooks' own going.
    expect(boundaries[0]).toBeGreaterThanOrEqual(10);
    expect(boundaries[1]).toBeGreaterThanOrEqual(8);
    for (const rig of rigs) {
      const { items } = await rig.kube.list(
        { apiVersion: "batch/v1", kind: "Job" },
        { namespace: rig.target },
      );
      expect(items).toEqual([]);
    }
  });
});
