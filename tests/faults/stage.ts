import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { embedded, type FaultCluster, type StartCluster } from "./cluster.ts";

/** What the worlds of a test file share: a cluster and a driver. */
export interface Stage {
  cluster: FaultCluster;
  /** Below it is everything that the worlds keep in files. */
  dir: string;
  /** The folder of the driver `small`. */
  driver: string;
  /** Every namespace that a world has made or had made, to be removed at the end. */
  namespaces: string[];
  stop(): Promise<void>;
}

export async function startStage(start: StartCluster = embedded): Promise<Stage> {
  const dir = mkdtempSync(join(tmpdir(), "styrmin-faults-"));
  const cluster = await start();
  const driver = join(dir, "small");
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(driver, path)), { recursive: true });
    writeFileSync(join(driver, path), text);
  }
  const namespaces: string[] = [];
  return {
    cluster,
    dir,
    driver,
    namespaces,
    async stop() {
      await cluster.stop(namespaces);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A ConfigMap, a Deployment and a volume, and a secret parameter. */
const files = {
  "driver.styrmin.yml": `apiVersion: styrmin.io/v1
kind: ApplicationDriver
metadata: { name: small }
spec:
  version: "1"
  supported_versions: "1.0.0"
  default_version: "1.0.0"
  manifests: manifests/
  components:
    web: { identifier: { label: { app.kubernetes.io/component: web } } }
  parameters:
    - { name: greeting, kind: string, default: hello }
    - { name: replicas, kind: integer, default: 1, min: 1, max: 5 }
    - { name: password, kind: secret, generate: { length: 12 } }
`,
  "manifests/all.yaml": `apiVersion: v1
kind: ConfigMap
metadata: { name: "{{ instance.release_name }}" }
data:
  greeting: {{ parameters.greeting | tojson }}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: "{{ instance.release_name }}-data" }
spec:
  accessModes: [ReadWriteOnce]
  resources: { requests: { storage: 1Gi } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: "{{ instance.release_name }}" }
spec:
  replicas: {{ parameters.replicas }}
  selector: { matchLabels: { app: "{{ instance.release_name }}" } }
  template:
    metadata: { labels: { app: "{{ instance.release_name }}", app.kubernetes.io/component: web } }
    spec:
      containers:
        - name: web
          image: busybox:1.37
          imagePullPolicy: Never
          command: [sh, -c, "trap exit TERM; sleep 1000000 & wait"]
          env: [{ name: PASSWORD, value: {{ parameters.password | tojson }} }]
          volumeMounts: [{ name: data, mountPath: /data }]
      volumes: [{ name: data, persistentVolumeClaim: { claimName: "{{ instance.release_name }}-data" } }]
`,
};
