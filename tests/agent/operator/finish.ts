import type { KubeObject } from "../../../kube/types.ts";
import { eventually } from "../../helpers/eventually.ts";
import type { BasicRig } from "./rig.ts";

/** Lets the pod of a hook's Job end well: by a file on a node, by its status where the kubelet only plays. */
export async function finish(rig: BasicRig, job: KubeObject): Promise<void> {
  const pod = await eventually("the hook's pod runs", async () => {
    const { items } = await rig.kube.list(
      { apiVersion: "v1", kind: "Pod" },
      { namespace: rig.target, labelSelector: `batch.kubernetes.io/job-name=${job.metadata.name}` },
    );
    return items.find(({ status }) => status?.phase === "Running");
  });
  if ("cluster" in rig) {
    const terminated = { exitCode: 0, reason: "Completed", finishedAt: new Date().toISOString() };
    const containerStatuses = pod!.status.containerStatuses.map((one: KubeObject) => ({
      ...one,
      ready: false,
      state: { terminated },
    }));
    await rig.kube.mergePatch(
      { apiVersion: "v1", kind: "Pod", namespace: rig.target, name: pod!.metadata.name },
      { status: { phase: "Succeeded", containerStatuses } },
      { manager: "kubelet", subresource: "status" },
    );
  } else {
    await rig.kube.exec(
      { namespace: rig.target, name: pod!.metadata.name },
      "main",
      ["touch", "/tmp/go"],
      {},
    );
  }
}
