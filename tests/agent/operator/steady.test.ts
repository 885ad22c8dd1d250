import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Glob } from "bun";
import {
  buildContext,
  type DriverFiles,
  driverFileName,
  parseDriver,
  resolveParameters,
} from "../../../drivers/kit/index.ts";
import { eventually } from "../../helpers/eventually.ts";
import { deploymentIdOf, type Rig, startRig, webApp } from "./rig.ts";

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
    await second.stop();
  });

  test("an operator without the lease writes nothing until it has it", async () => {
    let held = false;
    const one = rig.startOperator({ held: () => held });
    await rig.publish({ name: "lease", digest: rig.driver({ "app.yaml": webApp }) });
    const before = rig.writes().length;
    await Bun.sleep(200);
    expect(rig.writes().slice(before)).toEqual([]);
    held = true;
    await rig.until("lease", "Ready", "True");
    await one.stop();
  });

  for (const name of ["hello", "notes"]) {
    test(`the bundled driver ${name} is as it was applied, and stays so`, async () => {
      const { digest, wish } = await bundled(rig, name);
      const first = rig.startOperator({ settings: { resyncMs: 30 } });
      await rig.publish({ ...wish, name, digest });
      const { status } = await rig.until(name, "Ready", "True");
      for (const component of status!.components!) expect(component.state).toBe("Ready");
      await Bun.sleep(50);
      const before = rig.writes().length;
      await first.stop();
      const second = rig.startOperator({ settings: { resyncMs: 30 } });
      await second.ready;
      await Bun.sleep(150);
      await second.stop();
      expect(rig.writes().slice(before)).toEqual([]);
    });
  }
});

/** A bundled driver as the server would deploy it with its defaults. */
async function bundled(rig: Rig, name: string) {
  const files: DriverFiles = {};
  for (const path of new Glob("**/*").scanSync(`drivers/${name}`)) {
    files[path] = await Bun.file(`drivers/${name}/${path}`).bytes();
  }
  const { spec } = parseDriver(Buffer.from(files[driverFileName]!).toString());
  const { values, secrets } = resolveParameters(spec!, {});
  const secretName = `params-${name}`;
  const context = buildContext({
    spec: spec!,
    applicationVersion: spec!.defaultVersion!,
    cluster: { id: "c", name: "local", config: { fqdn_suffix: "localhost" } },
    environment: { id: "e", name: "demo", config: {} },
    deployment: { id: deploymentIdOf(name), name, config: {} },
    instance: { id: `${name}-instance-1`, namespace: rig.target, releaseName: name },
    parameters: values,
    secrets: { secretName, parameters: Object.keys(secrets) },
  });
  const components = Object.fromEntries(
    Object.entries(spec!.components).map(([component, { labels }]) => [component, { label: labels }]),
  );
  const secret = Object.fromEntries(Object.keys(secrets).map((key) => [key, `secret-${key}`]));
  const named = Object.keys(secret).length > 0 ? { secretName } : {};
  const more = { context: context as unknown as Record<string, unknown>, components, ...named };
  return { digest: rig.keep(files), wish: { ...("secretName" in named ? { secret } : {}), spec: more } };
}
