import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { type DriverFiles, packChart } from "../../drivers/kit/index.ts";

/** The helm of this machine; what needs it is skipped, by name, where there is none. */
export const helmPath: string | undefined = process.env.STYRMIN_HELM || Bun.which("helm") || undefined;

/** Other helms, in the folder that STYRMIN_TEST_HELMS names; `tests/helms.sh` makes one. */
const otherHelms = process.env.STYRMIN_TEST_HELMS ? readdirSync(process.env.STYRMIN_TEST_HELMS).sort() : [];

/** All helms with which charts must hold, each with what to add to a test's name; none where there is none. */
export const helms: { path: string; added: string }[] = [
  ...(helmPath ? [{ path: helmPath, added: "" }] : []),
  ...otherHelms.map((name) => ({
    path: join(process.env.STYRMIN_TEST_HELMS!, name),
    added: ` with ${name}`,
  })),
];

/** Texts as files. */
export const chartFiles = (texts: Record<string, string>): DriverFiles =>
  Object.fromEntries(Object.entries(texts).map(([path, text]) => [path, new TextEncoder().encode(text)]));

/** Packs a chart as `helm package` does: in a folder of its name. */
export const packed = (name: string, texts: Record<string, string>): Promise<Uint8Array> =>
  packChart(name, chartFiles(texts));

/** Packs a chart that lies in a folder. */
export async function packFolder(folder: string, name: string): Promise<Uint8Array> {
  const paths = await Array.fromAsync(new Glob("**/*").scan({ cwd: folder, onlyFiles: true }));
  const files: DriverFiles = {};
  for (const path of paths) files[path] = await Bun.file(`${folder}/${path}`).bytes();
  return packChart(name, files);
}

/** A pod's container that runs a script. */
const container = (script: string, indent: string) =>
  `- name: main
  image: busybox:1.37
  imagePullPolicy: IfNotPresent
  command: [sh, -c, ${JSON.stringify(script)}]
  resources: { limits: { cpu: 1000m, memory: 1024Mi }, requests: { cpu: 1m, memory: 4Mi } }`
    .split("\n")
    .join(`\n${indent}`);

const forever = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

/** A Job that is a hook. `script` may use the chart's values. */
export const hookJob = (name: string, annotations: Record<string, string>, script: string) => `
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-${name}
  annotations:
${Object.entries(annotations)
  .map(([key, value]) => `    helm.sh/${key}: ${JSON.stringify(value)}`)
  .join("\n")}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: 0
      containers:
        ${container(script, "        ")}
`;

/**
 * A web application with all that charts have: a chart in it, a definition of a kind (in the API group `group`, since
 * definitions belong to the whole cluster) and an object of it, hooks, a password made at random, what is to be kept,
 * and a test.
 */
export const webChart = (group = "web.example.org"): Record<string, string> => ({
  "Chart.yaml": `apiVersion: v2
name: web
version: 0.4.2
appVersion: "1.6"
kubeVersion: ">=1.25.0-0"
dependencies:
  - { name: cache, version: 1.0.0, condition: cache.enabled }
`,
  "values.yaml": `
greeting: hello
replicas: 1
debug: off
migration: exit 0
cache: { enabled: true }
`,
  "values.schema.json": JSON.stringify({
    $schema: "https://json-schema.org/draft-07/schema#",
    type: "object",
    properties: { replicas: { $ref: "#/definitions/count" } },
    definitions: { count: { type: "integer", minimum: 0 } },
  }),
  "crds/gadget.yaml": `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: gadgets.${group} }
spec:
  group: ${group}
  scope: Namespaced
  names: { plural: gadgets, singular: gadget, kind: Gadget }
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, properties: { spec: { type: object, x-kubernetes-preserve-unknown-fields: true } } } }
`,
  "templates/_helpers.tpl": `{{- define "web.labels" -}}
app.kubernetes.io/name: web
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}
`,
  "templates/gadget.yaml": `apiVersion: ${group}/v1
kind: Gadget
metadata: { name: {{ .Release.Name }} }
spec: { made: {{ .Release.Name | quote }} }
`,
  "templates/config.yaml": `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-config
  labels: {{- include "web.labels" . | nindent 4 }}
data:
  greeting: {{ .Values.greeting | quote }}
  kind: {{ ternary "upgrade" "install" .Release.IsUpgrade }}
  jobs: {{ .Capabilities.APIVersions.Has "batch/v1/Job" | quote }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-data
  annotations: { helm.sh/resource-policy: keep }
data: { by: {{ .Release.Name }} }
`,
  "templates/secret.yaml": `apiVersion: v1
kind: Secret
metadata: { name: {{ .Release.Name }}-password }
stringData:
  password: {{ randAlphaNum 24 | quote }}
  greeting: {{ .Values.greeting | quote }}
`,
  "templates/web.yaml": `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-web
  labels: {{- include "web.labels" . | nindent 4 }}
spec:
  replicas: {{ .Values.replicas }}
  selector: { matchLabels: { app: {{ .Release.Name }}-web } }
  template:
    metadata:
      labels: { app: {{ .Release.Name }}-web, component: web }
      annotations:
        checksum/config: {{ include (print $.Template.BasePath "/config.yaml") . | sha256sum }}
    spec:
      terminationGracePeriodSeconds: 0
      automountServiceAccountToken: no
      volumes:
        - name: config
          configMap: { name: {{ .Release.Name }}-config, defaultMode: 0640 }
      containers:
        ${container(forever, "        ")}
          env: [{ name: DEBUG, value: {{ .Values.debug | quote }} }]
          volumeMounts: [{ name: config, mountPath: /etc/web }]
`,
  "templates/service.yaml": `apiVersion: v1
kind: Service
metadata: { name: {{ .Release.Name }}-web }
spec:
  selector: { app: {{ .Release.Name }}-web }
  ports: [{ name: http, port: 80 }]
`,
  "templates/hooks.yaml": [
    `
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-migration
  annotations: { helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-weight: "-5" }
data: { script: {{ .Values.migration | quote }} }
`,
    hookJob("migrate", { hook: "pre-install,pre-upgrade", "hook-weight": "0" }, "{{ .Values.migration }}"),
    hookJob("welcome", { hook: "post-install", "hook-delete-policy": "hook-succeeded" }, "exit 0"),
    hookJob("back", { hook: "post-rollback" }, "exit 0"),
    hookJob("goodbye", { hook: "pre-delete" }, "exit 0"),
    hookJob("swept", { hook: "post-delete" }, "exit 0"),
  ].join("---"),
  "templates/NOTES.txt": "{{ .Release.Name }} is there.\n",
  "templates/tests/check.yaml": `apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-check
  annotations: { helm.sh/hook: test }
spec:
  restartPolicy: Never
  containers:
    ${container("exit 0", "    ")}
`,
  "charts/cache/Chart.yaml": "apiVersion: v2\nname: cache\nversion: 1.0.0\n",
  "charts/cache/values.yaml": "size: 0x10\n",
  "charts/cache/templates/cache.yaml": `apiVersion: v1
kind: ConfigMap
metadata: { name: {{ .Release.Name }}-cache }
data: { size: {{ .Values.size | quote }} }
`,
});

/** A database with a volume, whose password is kept by \`lookup\`, as many charts do. */
export const storeChart: Record<string, string> = {
  "Chart.yaml": 'apiVersion: v2\nname: store\nversion: 2.0.0\nappVersion: "18"\n',
  "values.yaml": 'size: 64Mi\nstorageClass: ""\nflavour: plain\n',
  "templates/store.yaml": `
{{- $known := lookup "v1" "Secret" .Release.Namespace (print .Release.Name "-store") }}
{{- $password := randAlphaNum 32 }}
{{- if $known }}{{ $password = index $known.data "password" | b64dec }}{{ end }}
apiVersion: v1
kind: Secret
metadata: { name: {{ .Release.Name }}-store }
data: { password: {{ $password | b64enc }}, flavour: {{ .Values.flavour | b64enc }} }
---
apiVersion: v1
kind: Service
metadata: { name: {{ .Release.Name }}-store }
spec: { clusterIP: None, selector: { app: {{ .Release.Name }}-store }, ports: [{ port: 5432 }] }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: {{ .Release.Name }}-store }
spec:
  serviceName: {{ .Release.Name }}-store
  selector: { matchLabels: { app: {{ .Release.Name }}-store } }
  template:
    metadata:
      labels: { app: {{ .Release.Name }}-store }
      annotations: { checksum/password: {{ sha256sum $password }} }
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        ${container(forever, "        ")}
          volumeMounts: [{ name: data, mountPath: /data }]
  volumeClaimTemplates:
    - metadata: { name: data }
      spec:
        accessModes: [ReadWriteOnce]
        {{- with .Values.storageClass }}
        storageClassName: {{ . }}
        {{- end }}
        resources: { requests: { storage: {{ .Values.size }} } }
`,
};
