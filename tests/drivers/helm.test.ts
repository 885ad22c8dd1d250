import { afterAll, describe, expect, test } from "bun:test";
import {
  archiveDigest,
  chartLockName,
  createRenderer,
  type DriverFiles,
  findHelm,
  hooksFor,
  problemText,
  type Rendered,
  type RenderOutcome,
  type RenderRequest,
  writeChartLock,
} from "../../drivers/kit/index.ts";
import { chartFiles, helms, packed, storeChart, webChart } from "../helpers/charts.ts";
import { contextOf, type SampleContext, specOf } from "./sample.ts";

const local = specOf("  helm: { main: { location: ./chart, values: values.j2.yml } }\n");
const pulled = specOf("  helm: { main: { location: oci://registry.example.org/web, version: 0.4.2 } }\n");

const below = (folder: string, texts: Record<string, string>) =>
  Object.fromEntries(Object.entries(texts).map(([path, text]) => [`${folder}/${path}`, text]));

function requestFor(texts: Record<string, string>, values = "{}", given: SampleContext = {}): RenderRequest {
  const files = chartFiles({ "driver.styrmin.yml": "", "values.j2.yml": values, ...below("chart", texts) });
  return { spec: local, files, context: contextOf(local, given), secrets: {} };
}

const told = ({ problems }: RenderOutcome) => problems?.map(problemText).join("\n") ?? "no problem";
const named = (outcome: RenderOutcome, kind: string, name: string) =>
  outcome.objects?.find((one) => one.kind === kind && one.metadata.name === name);

/** A chart with one template. */
const one = (template: string, more: Record<string, string> = {}) => ({
  "Chart.yaml": "apiVersion: v2\nname: one\nversion: 1.0.0\n",
  "templates/a.yaml": template,
  ...more,
});
const printing = (expression: string) =>
  one(`apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { value: ${expression} }\n`);

test("without helm a chart says what is missing", async () => {
  const none = createRenderer({ helm: undefined });
  expect(told(await none.render(requestFor(webChart())))).toContain(
    "Install helm 3.14 or newer, or name it with STYRMIN_HELM",
  );
  await none.close();
  const broken = createRenderer({ helm: "/bin/false" });
  expect(told(await broken.render(requestFor(webChart())))).toContain("/bin/false cannot be used as helm");
  await broken.close();
  expect(findHelm({ PATH: "/nowhere" })).toBeUndefined();
  expect(findHelm({ STYRMIN_HELM: "/x/helm", PATH: "/nowhere" })).toBe("/x/helm");
});

test("an old helm is refused", async () => {
  const path = `${(await import("node:os")).tmpdir()}/old-helm-${crypto.randomUUID()}`;
  await Bun.write(path, "#!/bin/sh\necho v3.13.9\n");
  await Bun.$`chmod +x ${path}`;
  const old = createRenderer({ helm: path });
  expect(told(await old.render(requestFor(webChart())))).toContain(
    "helm v3.13.9 is too old; install 3.14 or newer",
  );
  await old.close();
  await Bun.file(path).delete();
});

if (helms.length === 0) test.skip("a chart (skipped without helm)", () => {});
for (const { path, added } of helms) describe(`a chart${added}`, () => holds(path));

function holds(helm: string) {
  const renderer = createRenderer({ helm });
  const hasty = createRenderer({ helm, helmMs: 600 });
  afterAll(() => Promise.all([renderer.close(), hasty.close()]));

  test("is rendered with the values that the driver makes, definitions and hooks among it", async () => {
    const values = "greeting: {{ parameters.greeting | tojson }}\nreplicas: 3\n";
    const outcome = await renderer.render(
      requestFor(webChart(), values, { parameters: { greeting: "hi: there" } }),
    );
    expect(told(outcome)).toBe("no problem");
    expect(named(outcome, "ConfigMap", "mine-cafe1234-config")?.data).toEqual({
      greeting: "hi: there",
      kind: "install",
      jobs: "false",
    });
    const web = named(outcome, "Deployment", "mine-cafe1234-web")!;
    expect(web.spec.replicas).toBe(3);
    // As Kubernetes reads YAML, not as its newest version says.
    expect(web.spec.template.spec.volumes[0].configMap.defaultMode).toBe(0o640);
    expect(web.spec.template.spec.automountServiceAccountToken).toBe(false);
    expect(named(outcome, "CustomResourceDefinition", "gadgets.web.example.org")).toBeDefined();
    expect(named(outcome, "ConfigMap", "mine-cafe1234-cache")?.data).toEqual({ size: "16" });
    expect(named(outcome, "Job", "mine-cafe1234-migrate")).toBeUndefined();
    const hooks = (event: Parameters<typeof hooksFor>[1]) =>
      hooksFor((outcome as Rendered).hooks!, event).map(
        ({ kind, metadata }) => `${kind} ${metadata.name.slice(14)}`,
      );
    expect(hooks("pre-install")).toEqual(["ConfigMap migration", "Job migrate"]);
    expect(hooks("post-install")).toEqual(["Job welcome"]);
    expect(hooks("pre-delete")).toEqual(["Job goodbye"]);
    expect(hooks("test")).toEqual(["Pod check"]);
    expect(hooks("pre-rollback")).toEqual([]);
  });

  test("knows the cluster, and whether it is an upgrade", async () => {
    const cluster = { kubeVersion: "v1.36.4", apiVersions: ["batch/v1", "batch/v1/Job"] };
    const outcome = await renderer.render({ ...requestFor(webChart()), cluster, upgrade: true });
    expect(named(outcome, "ConfigMap", "mine-cafe1234-config")?.data).toMatchObject({
      kind: "upgrade",
      jobs: "true",
    });
    const old = { kubeVersion: "v1.20.0", apiVersions: [] };
    expect(told(await renderer.render({ ...requestFor(webChart()), cluster: old }))).toContain(
      "incompatible with Kubernetes v1.20.0",
    );
  });

  test("that was pulled is rendered from its archive, and is asked for by its digest", async () => {
    const archive = await packed("web", webChart());
    const digest = archiveDigest(archive);
    const pin = { name: "web", version: "0.4.2", digest, location: "oci://registry.example.org/web" };
    const files: DriverFiles = { [chartLockName]: writeChartLock([pin]) };
    const request = { spec: pulled, files, context: contextOf(pulled), secrets: {} };
    expect(
      named(
        await renderer.render({ ...request, charts: { [digest]: archive } }),
        "Service",
        "mine-cafe1234-web",
      ),
    ).toBeDefined();
    expect(told(await renderer.render(request))).toContain(`the chart web 0.4.2 (${digest}) is not here`);
    expect(told(await renderer.render({ ...request, files: {} }))).toContain("lies elsewhere");
  });

  test("of the driver itself gets the charts that were pulled for it", async () => {
    const inner = await packed("cache", {
      "Chart.yaml": "apiVersion: v2\nname: cache\nversion: 1.0.0\n",
      "templates/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: inner }\n",
    });
    const without = Object.fromEntries(
      Object.entries(webChart()).filter(([path]) => !path.startsWith("charts/")),
    );
    const request = requestFor(without);
    expect(told(await renderer.render(request))).toContain("cache");
    const digest = archiveDigest(inner);
    const lock = writeChartLock([
      { name: "cache", version: "1.0.0", digest, location: "https://example.org" },
    ]);
    const outcome = await renderer.render({
      ...request,
      files: { ...request.files, [chartLockName]: lock },
      charts: { [digest]: inner },
    });
    expect(named(outcome, "ConfigMap", "inner")).toBeDefined();
  });

  test("with a volume keeps its claims in the StatefulSet", async () => {
    const outcome = await renderer.render(requestFor(storeChart, "storageClass: fast"));
    const [claim] = named(outcome, "StatefulSet", "mine-cafe1234-store")!.spec.volumeClaimTemplates;
    expect(claim.spec).toMatchObject({
      storageClassName: "fast",
      resources: { requests: { storage: "64Mi" } },
    });
  });

  test("reads YAML as Kubernetes does", async () => {
    const text =
      "apiVersion: v1\nkind: Thing\nmetadata: { name: a }\nspec: { yes: no, octal: 010, time: 12:30, day: 2026-11-29, hex: 0x10, same: 1, same: 2, float: 1e3 }\n";
    const { objects } = await renderer.render(requestFor(one(text)));
    expect(objects?.[0]?.spec).toEqual({
      true: false,
      octal: 8,
      time: "12:30",
      day: "2026-11-29",
      hex: 16,
      same: 2,
      float: 1000,
    });
  });

  const wrong: Record<string, [texts: Record<string, string>, reason: string, values?: string]> = {
    "values that are no map": [webChart(), "values.j2.yml must be one map of values", "- a"],
    "values that are no YAML": [webChart(), "values.j2.yml:2 is not valid YAML", "a: 1\nb: [\n"],
    "values that the schema refuses": [webChart(), "replicas", "replicas: many"],
    "a template that fails": [one('{{ fail "no such thing" }}'), "no such thing"],
    "a template that is none": [one("{{ if }}"), "one/templates/a.yaml:1"],
    "output that is no YAML": [one("a: [\n"), "one/templates/a.yaml"],
    "an object without a kind": [
      one("apiVersion: v1\nmetadata: { name: a }\n"),
      'has an object without "kind"',
    ],
    "an object elsewhere": [
      one("apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a, namespace: kube-system }\n"),
      'is in namespace "kube-system"',
    ],
    "one of our own kinds": [
      one("apiVersion: styrmin.io/v1alpha1\nkind: StyrminDeployment\nmetadata: { name: a }\n"),
      "Styrmin's own kinds",
    ],
    "an object twice": [
      one(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n",
      ),
      "is there twice",
    ],
    "a newer cluster wanted": [
      one("", { "Chart.yaml": "apiVersion: v2\nname: one\nversion: 1.0.0\nkubeVersion: '>=9.0.0'" }),
      "incompatible with Kubernetes",
    ],
    "no end": [one('{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}'), "helm says"],
    "too much time": [
      one(
        "{{ range $i := until 100000 }}{{ range $j := until 100000 }}{{ if eq $i -1 }}x{{ end }}{{ end }}{{ end }}",
      ),
      "and was stopped",
    ],
    "too much memory": [one('{{ $x := repeat 1000000000 "aaaaaaaaaaaaaaaaaaaa" }}'), "memory"],
    // Not so much that helm itself, and 4 needs more than 3, meets its bound of memory first.
    "too much output": [one('a: {{ repeat 9000000 "a" }}'), "printed more than"],
    "YAML that explodes": [
      one(
        `apiVersion: v1\nkind: A\nmetadata: { name: a }\na: &a [x, x, x, x, x, x, x, x, x]\n${"bcdefghij"
          .split("")
          .map((key, at) => `${key}: &${key} [${Array(9).fill(`*${"abcdefghi"[at]}`).join(", ")}]`)
          .join("\n")}\n`,
      ),
      "excessive aliasing",
    ],
  };
  test.each(Object.entries(wrong))("with %s is told", async (name, [texts, reason, values]) => {
    const one = name === "too much time" ? hasty : renderer;
    expect(told(await one.render(requestFor(texts, values)))).toContain(reason);
  });

  test("sees nothing of this machine", async () => {
    process.env.STYRMIN_SECRET = "known to the parent";
    const seen = async (expression: string) => {
      const outcome = await renderer.render(requestFor(printing(expression)));
      return outcome.objects?.[0]?.data.value ?? told(outcome);
    };
    expect(await seen('{{ env "STYRMIN_SECRET" | quote }}')).toContain('function "env" not defined');
    expect(await seen('{{ expandenv "$STYRMIN_SECRET" | quote }}')).toContain("not defined");
    expect(await seen('{{ .Files.Get "../../../../etc/passwd" | quote }}')).toBe("");
    expect(await seen('{{ .Files.Get "/etc/passwd" | quote }}')).toBe("");
    expect(await seen('{{ getHostByName "localhost" | quote }}')).toBe("");
    expect(await seen('{{ lookup "v1" "Secret" "kube-system" "" | toJson | quote }}')).toBe("{}");
  });

  test("tells no secret in its errors", async () => {
    const request = requestFor(one("{{ fail .Values.password }}"), "password: {{ parameters.password }}");
    const context = {
      ...request.context,
      parameters: { password: { secretRef: { name: "s", key: "password" } } },
    };
    const outcome = await renderer.render({
      ...request,
      context,
      secrets: { password: "hunter2hunter2" },
    } as RenderRequest);
    expect(told(outcome)).toContain("•••");
    expect(told(outcome)).not.toContain("hunter2");
  });

  test("is left when nobody waits any more", async () => {
    const endless = wrong["too much time"]![0];
    const stopper = new AbortController();
    const outcome = renderer.render(requestFor(endless), stopper.signal);
    setTimeout(() => stopper.abort(new Error("enough")), 100);
    expect(await outcome.catch((thrown: Error) => thrown.message)).toBe("enough");
  });
}
