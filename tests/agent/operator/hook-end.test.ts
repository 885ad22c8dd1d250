import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Renderer } from "../../../drivers/kit/index.ts";
import type { Kube, KubeObject } from "../../../kube/types.ts";
import { eventually } from "../../helpers/eventually.ts";
import { type BasicRig, describeBoth } from "./rig.ts";

/** A Job that is a hook of an install, and removes itself. */
const hook = (name: string, { exitCode = 0, ttl = 0 }: { exitCode?: number; ttl?: number }): KubeObject => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name, annotations: { "helm.sh/hook": "pre-install" } },
  spec: {
    backoffLimit: 0,
    ttlSecondsAfterFinished: ttl,
    template: {
      spec: {
        restartPolicy: "Never",
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: "main",
            image: "busybox:1.37",
            imagePullPolicy: "IfNotPresent",
            command: ["sh", "-c", `exit ${exitCode}`],
          },
        ],
      },
    },
  },
});

/** What a chart with a hook would make, without helm. */
const renderer: Renderer = {
  render: async ({ context }) => {
    const { release_name: name } = context.instance;
    return {
      objects: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name } }],
      hooks: [hook(`${name}-migrate`, context.parameters as { exitCode?: number; ttl?: number })],
    };
  },
  close: async () => {},
};

describeBoth("a hook that removes itself", (start) => {
  let rig: BasicRig;
  let digest: string;
  beforeAll(async () => {
    rig = await start();
    digest = rig.driver({ "x.yaml": "" });
    rig.startOperator({ renderer, kube: late() });
  });
  afterAll(() => rig.stop());

  const job = (name: string) =>
    rig.get({ apiVersion: "batch/v1", kind: "Job", namespace: rig.target, name: `${name}-migrate` });
  const hasEnded = (live: KubeObject | undefined) =>
    live?.status?.conditions?.some(
      ({ type, status }: KubeObject) => ["Complete", "Failed"].includes(type) && status === "True",
    );

  /** A cluster whose answers about Jobs are so long in coming that they have ended by then, and gone if they may. */
  function late(): Kube {
    return {
      ...rig.kube,
      async apply(object, options, signal) {
        const made = await rig.kube.apply(object, options, signal);
        if (made.kind !== "Job") return made;
        await eventually("it has ended", async () => {
          const live = await rig.kube.get({ ...made, ...made.metadata });
          return live === undefined || (hasEnded(live) && live.spec.ttlSecondsAfterFinished !== 0);
        });
        return made;
      },
    };
  }

  test.concurrent("is seen to end by whoever looks late, and goes then", async () => {
    await rig.publish({ name: "quick", digest });
    await rig.until("quick", "Ready", "True");
    await eventually("it goes", async () => (await job("quick")) === undefined);
  });

  test.concurrent("stays for its time when it has failed", async () => {
    await rig.publish({ name: "broken", digest, parameters: { exitCode: 3, ttl: 3600 } });
    await rig.until("broken", "Stalled", "True", "HookFailed");
    const left = await eventually("it may go", async () => {
      const live = await job("broken");
      return live?.spec.ttlSecondsAfterFinished === 3600 ? live : undefined;
    });
    expect(hasEnded(left)).toBe(true);
  });
});
