import { afterAll, beforeAll, expect, spyOn, test } from "bun:test";
import type { Renderer } from "../../../drivers/kit/index.ts";
import { KubeError } from "../../../kube/errors.ts";
import type { Kube, KubeObject } from "../../../kube/types.ts";
import { eventually } from "../../helpers/eventually.ts";
import { finish } from "./finish.ts";
import { type BasicRig, describeBoth } from "./rig.ts";

/** A Job that is a hook of an install, and removes itself. */
const hook = (
  name: string,
  { script = "exit 0", ttl = 0 }: { script?: string; ttl?: number },
): KubeObject => ({
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
            command: ["sh", "-c", script],
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
      hooks: [hook(`${name}-migrate`, context.parameters as { script?: string; ttl?: number })],
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
      async mergePatch(ref, patch, options, signal) {
        const failure = failures[ref.name]?.shift();
        if (failure) throw failure;
        return rig.kube.mergePatch(ref, patch, options, signal);
      },
    };
  }

  /** How the writes to some Jobs fail, one after the other. */
  const failures: Record<string, KubeError[]> = {
    "refused-migrate": [new KubeError(422, "Invalid", "not to be changed")],
    "cut-migrate": [new KubeError(500, "InternalError", "the agent might as well be killed here")],
  };

  test.concurrent("is seen to end by whoever looks late, and goes then", async () => {
    await rig.publish({ name: "quick", digest });
    await rig.until("quick", "Ready", "True");
    await eventually("it goes", async () => (await job("quick")) === undefined);
  });

  test.concurrent("holds nothing up when the cluster does not let it be changed", async () => {
    await rig.publish({ name: "refused", digest, parameters: { ttl: 3600 } });
    await rig.until("refused", "Ready", "True");
    expect((await job("refused"))!.spec.ttlSecondsAfterFinished).toBeUndefined();
  });

  test.concurrent("that has failed is cleared up by whoever comes next", async () => {
    await rig.publish({ name: "cut", digest, parameters: { script: "exit 3", ttl: 3600 } });
    await rig.until("cut", "Stalled", "True", "HookFailed");
    await eventually("it may go", async () => (await job("cut"))?.spec.ttlSecondsAfterFinished === 3600);
    expect(failures["cut-migrate"]).toEqual([]);
  });

  test.concurrent("stays for its time when it has failed", async () => {
    await rig.publish({ name: "broken", digest, parameters: { script: "exit 3", ttl: 3600 } });
    await rig.until("broken", "Stalled", "True", "HookFailed");
    const left = await eventually("it may go", async () => {
      const live = await job("broken");
      return live?.spec.ttlSecondsAfterFinished === 3600 ? live : undefined;
    });
    expect(hasEnded(left)).toBe(true);
  });
});

describeBoth("a hook whose time went by while nobody could look", (start) => {
  let rig: BasicRig;
  beforeAll(async () => {
    rig = await start();
  });
  afterAll(() => rig.stop());

  const message = async () => {
    const { status } = (await rig.resource("slow"))!;
    return status!.conditions!.find(({ type }) => type === "Ready")!.message;
  };

  test("has a moment for its end to be seen", async () => {
    const script = "until [ -e /tmp/go ]; do sleep 0.1; done";
    const digest = rig.driver({ "x.yaml": "" });
    const first = rig.startOperator({ renderer });
    await rig.publish({ name: "slow", digest, parameters: { script, ttl: 3600 } });
    await rig.until("slow", "Reconciling", "True", "HookRunning");
    const said = await eventually("it says until when", async () => {
      const now = await message();
      return now.includes("it has not ended yet; it has time until") ? now : undefined;
    });
    const now = Date.now.bind(Date);
    const clock = spyOn(Date, "now").mockImplementation(() => now() + 6 * 60_000);
    try {
      // The one that began it knows how long ago that was, by whatever clock.
      const ref = { apiVersion: "batch/v1", kind: "Job", namespace: rig.target, name: "slow-migrate" };
      await Bun.sleep(1_500);
      expect(await message()).toBe(said);
      await first.stop();
      // Another may have come after five minutes in which there was none.
      const second = rig.startOperator({ renderer });
      await eventually("it has looked", async () => (await message()) !== said);
      expect(await message()).toContain("it has not ended yet");
      await finish(rig, (await rig.get(ref))!);
      await rig.until("slow", "Ready", "True");
      await second.stop();
    } finally {
      clock.mockRestore();
    }
  });
});
