import { Glob } from "bun";
import {
  buildContext,
  type DriverFiles,
  driverFileName,
  parseDriver,
  resolveParameters,
} from "../../../drivers/kit/index.ts";
import { eventually } from "../../helpers/eventually.ts";
import { type BasicRig, deploymentIdOf, type Rig } from "./rig.ts";

/** Lists of maps that the API server owns as a whole and fills in, and quantities it rewrites. */
export const awkward = `
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

/** Waits until an operator has written nothing for a while. */
export async function untilQuiet(rig: Rig): Promise<void> {
  let [writes, since] = [rig.writes().length, performance.now()];
  await eventually(
    "the operator is quiet",
    () => {
      const now = rig.writes().length;
      if (now !== writes) [writes, since] = [now, performance.now()];
      return performance.now() - since > 300;
    },
    { everyMs: 50 },
  );
}

/** A bundled driver as the server would deploy it with its defaults. */
export async function bundled(rig: BasicRig, name: string) {
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
