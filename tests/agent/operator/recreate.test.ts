import { afterAll, beforeAll, expect, test } from "bun:test";
import { eventually } from "../../helpers/eventually.ts";
import { type BasicRig, describeBoth } from "./rig.ts";

const meta = (recreate: boolean) =>
  `{ name: "{{ instance.release_name }}"${recreate ? ', annotations: { styrmin.io/recreate: "true" }' : ""} }`;
const pods = `metadata: { labels: { app: "{{ instance.release_name }}", component: web } }
    spec:
      terminationGracePeriodSeconds: 0
      restartPolicy: RESTART
      containers: [{ name: main, image: busybox:1.37, imagePullPolicy: IfNotPresent, command: [sleep, "{{ parameters.size }}"] }]`;

const job = (recreate: boolean) => `
apiVersion: batch/v1
kind: Job
metadata: ${meta(recreate)}
spec:
  template:
    ${pods.replace("RESTART", "Never")}
`;
const service = (recreate: boolean) => `
apiVersion: v1
kind: Service
metadata: ${meta(recreate)}
spec: { ports: [{ port: 80 }], clusterIP: {{ '"None"' if parameters.size == 3602 else '""' }} }
`;
const deployment = (recreate: boolean) => `
apiVersion: apps/v1
kind: Deployment
metadata: ${meta(recreate)}
spec:
  selector: { matchLabels: { app: "{{ instance.release_name }}", size: "{{ parameters.size }}" } }
  template:
    ${pods.replace("RESTART", "Always").replace("component: web", 'component: web, size: "{{ parameters.size }}"')}
`;
const statefulSet = (recreate: boolean) => `
apiVersion: apps/v1
kind: StatefulSet
metadata: ${meta(recreate)}
spec:
  serviceName: "{{ instance.release_name }}"
  selector: { matchLabels: { app: "{{ instance.release_name }}" } }
  template:
    ${pods.replace("RESTART", "Always").replace('"{{ parameters.size }}"', '"3600"')}
  volumeClaimTemplates:
    - metadata: { name: data }
      spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: "{{ parameters.size }}Mi" } } }
`;
const claim = (recreate: boolean) => `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: ${meta(recreate)}
spec: { accessModes: [ReadWriteOnce], storageClassName: "size-{{ parameters.size }}", resources: { requests: { storage: 1Mi } } }
`;

const kinds: [kind: string, apiVersion: string, field: string, manifest: (recreate: boolean) => string][] = [
  ["Job", "batch/v1", ".spec.template", job],
  ["Service", "v1", ".spec.clusterIP", service],
  ["Deployment", "apps/v1", ".spec.selector", deployment],
  ["StatefulSet", "apps/v1", ".spec.volumeClaimTemplates", statefulSet],
];

describeBoth("fields that cannot be changed", (start) => {
  let rig: BasicRig;
  beforeAll(async () => {
    rig = await start();
    rig.startOperator();
  });
  afterAll(() => rig.stop());

  const publish = (name: string, generation: number, manifest: string) =>
    rig.publish({
      name,
      generation,
      digest: rig.driver({ "app.yaml": manifest }),
      // Another one from the second generation on.
      parameters: { size: generation === 1 ? 3601 : 3602 },
    });
  const applied = (name: string) =>
    eventually(`${name} is applied`, async () => {
      const status = (await rig.resource(name))?.status;
      return status?.release && status;
    });

  for (const [kind, apiVersion, field, manifest] of kinds) {
    const name = kind.toLowerCase();

    test(`${kind}: stalls with the field and what to do, and is made anew where the driver allows it`, async () => {
      const ref = { apiVersion, kind, namespace: rig.target, name };
      await publish(name, 1, manifest(false));
      await applied(name);
      const before = (await rig.get(ref))!.metadata.uid;
      await publish(name, 2, manifest(false));
      const { status } = await rig.until(name, "Stalled", "True", "ApplyRefused");
      const { message } = status!.conditions!.find(({ type }) => type === "Stalled")!;
      expect(message).toStartWith(`${kind} ${rig.target}/${name}: the field ${field}`);
      expect(message).toContain("cannot be changed; give the object another name, or let it be made anew by");
      expect((await rig.get(ref))!.metadata.uid).toBe(before);

      await publish(name, 3, manifest(true));
      await eventually("it is another one", async () => {
        const uid = (await rig.get(ref))?.metadata.uid;
        return uid !== undefined && uid !== before;
      });
      await eventually("it is told", async () => (await rig.resource(name))?.status?.release?.revision === 3);
      expect((await rig.resource(name))!.status!.drift).toBeUndefined();
    });
  }

  test("the pods and volumes of a StatefulSet that is made anew go on", async () => {
    const pod = { apiVersion: "v1", kind: "Pod", namespace: rig.target, name: "goes-on-0" };
    const volume = {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      namespace: rig.target,
      name: "data-goes-on-0",
    };
    await publish("goes-on", 1, statefulSet(true));
    const uids = async () => [(await rig.get(pod))?.metadata.uid, (await rig.get(volume))?.metadata.uid];
    await rig.until("goes-on", "Ready", "True");
    const before = await uids();
    await publish("goes-on", 2, statefulSet(true));
    await eventually(
      "made anew",
      async () => (await rig.resource("goes-on"))?.status?.release?.revision === 2,
    );
    await rig.until("goes-on", "Ready", "True");
    expect(await uids()).toEqual(before);
    expect(before).toEqual([expect.any(String), expect.any(String)]);
  });

  test("what the API would refuse to make does not cost the object that is there", async () => {
    const ref = { apiVersion: "apps/v1", kind: "Deployment", namespace: rig.target, name: "trial" };
    await publish("trial", 1, deployment(true));
    await applied("trial");
    const before = (await rig.get(ref))!.metadata.uid;
    await publish(
      "trial",
      2,
      deployment(true).replace('component: web, size: "{{ parameters.size }}"', "component: web"),
    );
    const { status } = await rig.until("trial", "Stalled", "True", "ApplyRefused");
    expect(status!.conditions![0]!.message).toContain("`selector` does not match template `labels`");
    expect((await rig.get(ref))!.metadata.uid).toBe(before);
  });

  test("a volume is never made anew", async () => {
    const ref = { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace: rig.target, name: "volume" };
    await publish("volume", 1, claim(true));
    await applied("volume");
    const before = (await rig.get(ref))!.metadata.uid;
    await publish("volume", 2, claim(true));
    const { status } = await rig.until("volume", "Stalled", "True", "ApplyRefused");
    expect(status!.conditions![0]!.message).toContain(
      "the field .spec.storageClassName cannot be changed; a volume is never made anew",
    );
    expect((await rig.get(ref))!.metadata.uid).toBe(before);
  });
});
