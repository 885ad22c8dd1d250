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
import { sampleContext, sampleParameters, sampleVersion } from "./sample.ts";
import { isSameVersion, rangeEnds } from "./versions.ts";

export type Checked = { problems: Problem[] } | { problems?: undefined; rights: Rule[] };

export interface CheckOptions {
  signal?: AbortSignal | undefined;
  /** The packed charts that the driver pins, by digest. */
  charts?: Record<string, Uint8Array> | undefined;
  /** For which versions of the application the templates are rendered. By default `checkedVersions`. */
  versions?: readonly string[];
}

/**
 * Finds what is wrong with a driver beyond its specification: files that it names and lacks, and templates
 * that do not render. They are rendered with the parameters' defaults and made-up values, for the first version once
 * with host names and once without, for the others with them. Of a driver that is right it tells which rights an agent
 * needs for the objects that were made, and for the kinds that stand in its templates. Where there is no helm, a chart
 * is only read.
 */
export async function checkDriver(
  spec: DriverSpec,
  files: DriverFiles,
  { signal, charts = {}, versions = checkedVersions(spec) }: CheckOptions = {},
): Promise<Checked> {
  const missing = missingFiles(spec, files);
  if (missing.length > 0) return { problems: missing };
  const chart = await chartTemplates(spec, files, charts);
  if ("problems" in chart) return chart;
  const renderer = createRenderer({ strict: true });
  const found: { apiVersion: string; kind: string }[] = [];
  try {
    for (const [index, version] of [versions[0], ...versions].entries()) {
      const request = { ...sampleRequest(spec, files, version, index === 1 ? {} : sampleConfig), charts };
      const outcome = await renderer.render(request, signal);
      if (outcome.problems?.every(isForLater)) continue;
      if (outcome.problems)
        return { problems: outcome.problems.map((problem) => told(problem, index, version)) };
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

/**
 * The versions for which a driver is looked at when it is loaded: the default one, or the lowest, and the ends of the
 * supported range as far as it tells them. A chart takes too long for more than one.
 */
export function checkedVersions(spec: DriverSpec): string[] {
  const first = sampleVersion(spec);
  const ends = spec.helm === null ? rangeEnds(spec.supportedVersions) : [];
  return [first, ...ends.filter((version) => !isSameVersion(version, first))];
}

/** A problem, with the version where it is not the first that is looked at. */
const told = (problem: Problem, index: number, version: string | undefined): Problem =>
  index < 2 ? problem : { ...problem, message: `${problem.message} (for version ${version})` };

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

function sampleRequest(
  spec: DriverSpec,
  files: DriverFiles,
  version: string | undefined,
  config: Record<string, unknown>,
) {
  const { values, secrets } = sampleParameters(spec);
  const given = { version, cluster: config, parameters: values, secrets: Object.keys(secrets) };
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
