import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  buildContext,
  createRenderer,
  packChart,
  parseDriver,
  unpackChart,
} from "../../drivers/kit/index.ts";
import { chartFiles, helmPath } from "../helpers/charts.ts";
import type { Section } from "./figure.ts";
import { timedInTurns } from "./turns.ts";

const [warmUps, rounds] = [3, 30];
const count = 50;

/** A chart of as many objects: Deployments, Services and ConfigMaps, made by a loop and a helper as charts do. */
const chart = {
  "Chart.yaml": "apiVersion: v2\nname: bench\nversion: 1.0.0\n",
  "values.yaml": "greeting: hello\n",
  "templates/_helpers.tpl": `{{- define "labels" }}{ app.kubernetes.io/name: bench, app.kubernetes.io/instance: {{ .Release.Name }} }{{ end }}`,
  "templates/all.yaml": `{{- range $i := until ${count} }}
---
{{- if eq (mod $i 3) 0 }}
apiVersion: apps/v1
kind: Deployment
metadata: { name: {{ $.Release.Name }}-{{ $i }}, labels: {{ include "labels" $ }} }
spec:
  replicas: 2
  selector: { matchLabels: { app: bench-{{ $i }} } }
  template:
    metadata: { labels: { app: bench-{{ $i }} } }
    spec:
      containers:
        - name: main
          image: busybox:1.37
          args: [{{ $.Values.greeting | quote }}]
          resources: { requests: { cpu: 10m, memory: 16Mi }, limits: { memory: 64Mi } }
{{- else if eq (mod $i 3) 1 }}
apiVersion: v1
kind: Service
metadata: { name: {{ $.Release.Name }}-{{ $i }}, labels: {{ include "labels" $ }} }
spec: { selector: { app: bench-{{ sub $i 1 }} }, ports: [{ port: 80, targetPort: 8080 }] }
{{- else }}
apiVersion: v1
kind: ConfigMap
metadata: { name: {{ $.Release.Name }}-{{ $i }}, labels: {{ include "labels" $ }} }
data: { greeting: {{ $.Values.greeting | quote }} }
{{- end }}
{{- end }}
`,
};

/** From a request to the objects of a chart, against a bare `helm template` of the same archive, in turns. */
export async function measureCharts(): Promise<Section> {
  const title = `A chart of ${count} objects`;
  if (helmPath === undefined) return { title, figures: [], quotes: ["skipped: there is no helm here"] };
  const folder = mkdtempSync(join(tmpdir(), "styrmin-bench-"));
  const archive = await packChart("bench", chartFiles(chart));
  const file = join(folder, "bench.tgz");
  await Bun.write(file, archive);
  const { spec } = parseDriver(`apiVersion: styrmin.io/v1
kind: ApplicationDriver
metadata: { name: bench }
spec: { version: "1", supported_versions: ">=1.0", helm: { main: { location: ./chart } } }
`);
  const inner = Object.entries(await unpackChart(archive)).map(
    ([path, content]) => [`chart/${path}`, content] as const,
  );
  const files = {
    ...chartFiles({ "values.j2.yml": "greeting: {{ app.name }}\n" }),
    ...Object.fromEntries(inner),
  };
  const named = (id: string) => ({ id, name: "bench", config: {} });
  const context = buildContext({
    spec: spec!,
    applicationVersion: "1.0.0",
    ...{ cluster: named("c"), environment: named("e"), deployment: named("0000000000000000") },
    instance: { id: "i", namespace: "env-bench", releaseName: "bench" },
    parameters: {},
    secrets: { secretName: "s", parameters: [] },
  });
  const renderer = createRenderer({ helm: helmPath });
  const run = async () => {
    const { objects, problems } = await renderer.render({ spec: spec!, files, context, secrets: {} });
    if (objects?.length !== count) throw new Error(JSON.stringify(problems ?? objects?.length));
  };
  const runBare = async () => {
    const child = Bun.spawn([helmPath!, "template", "bench", file, "--include-crds", "--values", "-"], {
      ...{
        cwd: folder,
        env: { HOME: folder },
        stdin: Buffer.from("greeting: bench\n"),
        stdout: "pipe",
        stderr: "ignore",
      },
    });
    if (!(await new Response(child.stdout).text()).includes("bench-49"))
      throw new Error("helm said something else");
    await child.exited;
  };
  try {
    const { first, own, bare, ratio } = await timedInTurns(run, runBare, { warmUps, rounds });
    return {
      title,
      figures: [
        {
          name: "values → objects, times bare helm template",
          unit: "",
          digits: 2,
          value: ratio,
          target: { atMost: 2 },
        },
        {
          ...{ name: "values → objects", unit: "ms", digits: 0, value: own },
          baseline: { name: "bare helm template", value: bare },
        },
        { name: "the first one, with the renderer's own start", unit: "ms", digits: 0, value: first },
      ],
      quotes: [],
    };
  } finally {
    await renderer.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
