import { ChartError } from "./chart-archive.ts";
import { hookRuleOf } from "./chart-hooks.ts";
import { chartOf, notPulled } from "./chart-lock.ts";
import { readChart, readChartArchive } from "./chart.ts";
import { filesBelow, textOf } from "./files.ts";
import type { DriverFiles, DriverSpec } from "./format.ts";
import { noHelm } from "./helm.ts";
import type { Problem } from "./problem.ts";
import { createRenderer } from "./render.ts";
import type { KubeObjectLike } from "./rendering.ts";
import { kindsNamedIn, rightsBeyondOwn, type Rule } from "./rights.ts";
import { sampleContext, sampleParameters } from "./sample.ts";

export type Checked = { problems: Problem[] } | { problems?: undefined; rights: Rule[] };

/**
 * Finds what is wrong with a driver beyond its specification: files that it names and lacks, and templates
 * that do not render. They are rendered for the default version, or the lowest supported one, with the
 * parameters' defaults and made-up values, once with host names and once without. Of a driver that is right it
 * tells which rights an agent needs for the objects that were made, and for the kinds that stand in its templates.
 * `charts` are the packed charts that it pins, by digest; where there is no helm, a chart is only read.
 */
export async function checkDriver(
  spec: DriverSpec,
  files: DriverFiles,
  signal?: AbortSignal,
  charts: Record<string, Uint8Array> = {},
): Promise<Checked> {
  const missing = missingFiles(spec, files);
  if (missing.length > 0) return { problems: missing };
  const chart = await chartTemplates(spec, files, charts);
  if ("problems" in chart) return chart;
  const renderer = createRenderer({ strict: true });
  const found: { apiVersion: string; kind: string }[] = [];
  try {
    for (const config of [sampleConfig, {}]) {
      const request = { ...sampleRequest(spec, files, config), charts };
      const outcome = await renderer.render(request, signal);
      if (outcome.problems?.every(isForLater)) continue;
      if (outcome.problems) return { problems: outcome.problems };
      const hooks = (outcome.hooks ?? []).filter((hook) => !isTest(hook));
      found.push(...outcome.objects.filter((object) => !isSampleNamespace(object)), ...hooks);
    }
  } finally {
    await renderer.close();
  }
  const paths = spec.manifests === null ? [] : filesBelow(files, spec.manifests);
  const templates = paths.filter((path) => /\.ya?ml$/.test(path)).map((path) => textOf(files[path]!) ?? "");
  found.push(...[...templates, ...chart.templates].flatMap(kindsNamedIn));
  return { rights: rightsBeyondOwn(found) };
}

/** The texts of the templates of the driver's chart; none when there is no chart, or it is not pulled yet. */
async function chartTemplates(
  spec: DriverSpec,
  files: DriverFiles,
  charts: Record<string, Uint8Array>,
): Promise<{ problems: Problem[] } | { templates: string[] }> {
  if (spec.helm === null) return { templates: [] };
  try {
    const chart = chartOf(spec, files, charts);
    const { templates } = await (chart instanceof Uint8Array ? readChartArchive(chart) : readChart(chart));
    return { templates: Object.values(templates).flatMap(withoutTests) };
  } catch (thrown) {
    if (!(thrown instanceof ChartError)) throw thrown;
    if (thrown.message === notPulled) return { templates: [] };
    return { problems: [{ field: "spec.helm.main", message: thrown.message }] };
  }
}

/** Tests of a chart are made by nobody here. */
const isTest = (hook: KubeObjectLike) => hookRuleOf(hook)?.events.every((event) => event === "test") ?? false;
const withoutTests = (text: string) =>
  text
    .split(/^---/m)
    .filter((document) => !/helm\.sh\/hook["']?:\s*["']?test(-success)?["'\s}]/.test(document));

/** What cannot be seen here, and is no fault of the driver. */
export const isForLater = ({ message }: Problem) => message === noHelm || message === notPulled;

const sampleNamespace = "env-sample";

/** The deployment's own namespace is there: whoever writes it only says so. */
const isSampleNamespace = ({ kind, metadata }: KubeObjectLike) =>
  kind === "Namespace" && metadata.name === sampleNamespace;

const sampleConfig = {
  fqdn_suffix: "example.org",
  ingress_class: "sample",
  standard_storage: { storage_class: "sample" },
};

function sampleRequest(spec: DriverSpec, files: DriverFiles, config: Record<string, unknown>) {
  const { values, secrets } = sampleParameters(spec);
  const given = { cluster: config, parameters: values, secrets: Object.keys(secrets) };
  return { spec, files, context: sampleContext(spec, { ...given, namespace: sampleNamespace }), secrets };
}

function missingFiles(spec: DriverSpec, files: DriverFiles): Problem[] {
  const problems: Problem[] = [];
  const lacks = (field: string, path: string, what: string) => {
    if (!Object.hasOwn(files, path))
      problems.push({ field, message: `names ${path}, but there is no such ${what}` });
  };
  if (spec.manifests !== null && !filesBelow(files, spec.manifests).some((path) => /\.ya?ml$/.test(path))) {
    const message = `there is no file ${spec.manifests}/*.yaml; a driver has manifests or a chart (helm)`;
    problems.push({ field: "spec.manifests", message });
  }
  if (spec.helm?.main.values) lacks("spec.helm.main.values", spec.helm.main.values, "file");
  if (spec.helm?.main.location.startsWith("./")) {
    const chart = `${spec.helm.main.location.slice(2).replace(/\/+$/, "")}/Chart.yaml`;
    lacks("spec.helm.main.location", chart, "file");
  }
  for (const [index, { location }] of spec.actions.entries()) {
    lacks(`spec.actions[${index}].location`, location.split("::")[0]!, "file");
  }
  return problems;
}
