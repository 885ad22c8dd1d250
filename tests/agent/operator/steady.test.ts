import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "../../helpers/eventually.ts";
import { type Rig, startRig, webApp } from "./rig.ts";

/** Lists of maps that the API server owns as a whole and fills in, and quantities it rewrites. */
const awkward = `
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: "{{ instance.release_name }}" }
spec:
  replicas: 0
  serviceName: "{{ instance.release_name }}"
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec:
      tolerations: [{ key: a, operator: Exists }]
      nodeSelector: {}
      containers:
        - name: db
          image: example.net/db:1
          ports: [{ containerPort: 53, protocol: UDP }, { containerPort: 53 }]
          env: [{ name: POD, valueFrom: { fieldRef: { fieldPath: metadata.name } } }]
          resources: { requests: { memory: 1024Mi, cpu: "0.5" } }
  volumeClaimTemplates:
    - metadata: { name: data }
      spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1024Mi } } }
---
apiVersion: v1
kind: Service
metadata: { name: "{{ instance.release_name }}" }
spec: { clusterIP: None, selector: { app: db }, ports: [{ port: 53, protocol: UDP, name: u }, { port: 53, name: t }] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: "{{ instance.release_name }}", annotations: {} }
spec:
  rules: [{ host: a.localhost, http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: x, port: { number: 80 } } } }] } }]
---
apiVersion: v1
kind: Secret
metadata: { name: "{{ instance.release_name }}" }
stringData: { a: b }
data:
`;

describe("at rest", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.stop());

  test("nothing is written, by the operator that made it so and by one that starts later", async () => {
    const web = rig.driver({ "app.yaml": webApp });
    const db = rig.driver({ "db.yaml": awkward });
    const first = rig.startOperator({ settings: { resyncMs: 30 } });
    for (const name of ["one", "two"])
      await rig.publish({ name, digest: web, parameters: { greeting: "x" } });
    await rig.publish({ name: "db", digest: db });
    for (const name of ["one", "two"]) await rig.until(name, "Ready", "True");
    await eventually("the other is applied", async () => (await rig.resource("db"))?.status?.release);
    await Bun.sleep(100);
    const before = rig.writes().length;
    await Bun.sleep(300);
    expect(rig.writes().slice(before)).toEqual([]);
    await first.stop();

    const requests = rig.cluster.auditLines().length;
    const second = rig.startOperator({ settings: { resyncMs: 30 } });
    await second.ready;
    await Bun.sleep(300);
    expect(rig.writes().slice(before)).toEqual([]);
    const verbs = rig.cluster
      .auditLines()
      .slice(requests)
      .map(({ verb }) => verb);
    expect(new Set(verbs)).toEqual(new Set(["list", "watch"]));
    expect(rig.bundlesRequested()).toBe(3);
  });
});
