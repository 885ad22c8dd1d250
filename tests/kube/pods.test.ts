import { afterAll, beforeAll, expect, test } from "bun:test";
import { createKube } from "../../kube/client.ts";
import { loadKubeAccess } from "../../kube/config.ts";
import type { Kube } from "../../kube/types.ts";
import { silentLog } from "../../lib/log.ts";
import { type Kubelet, startKubelet } from "../../local/cluster/kubelet/kubelet.ts";
import { startTestCluster, type TestCluster } from "../helpers/cluster.ts";
import { eventually } from "../helpers/eventually.ts";

const pod = { namespace: "default", name: "speaker" };
let cluster: TestCluster;
let kubelet: Kubelet;
let kube: Kube;

beforeAll(async () => {
  cluster = await startTestCluster({
    runtime: () => ({
      logs: (...args) => kubelet.runtime.logs(...args),
      exec: (...args) => kubelet.runtime.exec(...args),
    }),
  });
  kubelet = await startKubelet({
    api: cluster.api,
    dir: cluster.dir,
    log: silentLog,
    haste: 20,
    ingressPort: 0,
  });
  kube = createKube({ config: await loadKubeAccess({ kubeconfig: cluster.kubeconfig }) });
  await kube.create({
    apiVersion: "v1",
    kind: "Pod",
    metadata: pod,
    spec: {
      nodeName: "local",
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: "main",
          image: "busybox",
          command: ["sh", "-c", "i=0; while true; do echo line $i; i=$((i+1)); sleep 0.1; done"],
        },
      ],
    },
  });
  await eventually("the pod runs", async () => {
    const { status } = (await kube.get({ apiVersion: "v1", kind: "Pod", ...pod }))!;
    return status?.containerStatuses?.[0]?.state?.running;
  });
});

afterAll(async () => {
  await kubelet?.stop();
  await cluster.stop();
});

test("a running pod's log is followed as it is written", async () => {
  const stop = new AbortController();
  const read = async () => {
    let text = "";
    for await (const chunk of kube.logs(pod, { follow: true, container: "main" }, stop.signal)) {
      text += new TextDecoder().decode(chunk);
      if (text.includes("line 3\n")) return text;
    }
    return text;
  };
  expect(await read()).toContain("line 0\nline 1\nline 2\nline 3\n");
});

test("a command in a pod answers with its output and its exit code", async () => {
  // Where pods are simulated nothing is run in them.
  const { status } = (await kube.get({ apiVersion: "v1", kind: "Pod", ...pod }))!;
  if (JSON.stringify(status).includes("simulated")) return;
  const stdin = new TextEncoder().encode("hello\n");
  const command = ["sh", "-c", "read word; echo $word; echo oops >&2; exit 7"];
  const outcome = await kube.exec(pod, "main", command, { stdin });
  expect(outcome).toEqual({ exitCode: 7, stdout: "hello\n", stderr: "oops\n" });
});

test("a command in a pod that is not there is refused", async () => {
  const failure = await kube.exec({ ...pod, name: "nobody" }, "main", ["true"], {}).catch((thrown) => thrown);
  expect(failure.name).toBe("KubeError");
});
