import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { digestOf, type DriverFiles } from "../../drivers/kit/index.ts";

const specification = `apiVersion: styrmin.io/v1
kind: ApplicationDriver
metadata: { name: bench }
spec:
  version: "1"
  supported_versions: ">=1.0"
  default_version: "1.0.0"
  manifests: manifests/
  components:
    main: { identifier: { label: { component: main } } }
  parameters:
    - { name: value, kind: string, default: "0" }
`;

const manifests = `apiVersion: v1
kind: ConfigMap
metadata: { name: "{{ instance.release_name }}", labels: { app: "{{ instance.release_name }}" } }
data: { value: {{ parameters.value | tojson }} }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: "{{ instance.release_name }}", labels: { app: "{{ instance.release_name }}" } }
spec:
  replicas: 0
  selector: { matchLabels: { app: "{{ instance.release_name }}" } }
  template:
    metadata: { labels: { app: "{{ instance.release_name }}", component: main } }
    spec:
      containers:
        - name: main
          image: example.net/main:1
          env: [{ name: VALUE, value: {{ parameters.value | tojson }} }]
`;

/** A ConfigMap and a Deployment of no replicas: what the operators of the baselines made of each resource. */
export function benchDriver(): { files: DriverFiles; digest: string } {
  return driver;
}

const files = {
  "driver.styrmin.yml": Buffer.from(specification),
  "manifests/app.yaml": Buffer.from(manifests),
};
const driver = { files, digest: digestOf(files) };

/** Writes the driver to a folder, from which a server may load it; answers the folder. */
export async function writeBenchDriver(folder: string): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}
