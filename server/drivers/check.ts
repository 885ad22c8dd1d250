import { createHash } from "node:crypto";
import {
  buildContext,
  createRenderer,
  type DriverFiles,
  type DriverSpec,
  filesBelow,
  generateSecret,
  kindsNamedIn,
  type KubeObjectLike,
  lowestVersion,
  type ParameterSpec,
  type ParameterValue,
  type Problem,
  rightsBeyondOwn,
  type Rule,
  textOf,
} from "../../drivers/kit/index.ts";

export type Checked = { problems: Problem[] } | { problems?: undefined; rights: Rule[] };

/**
 * Finds what is wrong with a driver beyond its specification: files that it names and lacks, and templates
 * that do not render. They are rendered for the default version, or the lowest supported one, with the
 * parameters' defaults and made-up values, once with host names and once without. Of a driver that is right it
 * tells which rights an agent needs for the objects that were made, and for the kinds that stand in its templates.
 */
export async function checkDriver(
  spec: DriverSpec,
  files: DriverFiles,
  signal?: AbortSignal,
): Promise<Checked> {
  const missing = missingFiles(spec, files);
  if (missing.length > 0) return { problems: missing };
  if (spec.manifests === null) return { rights: [] };
  const renderer = createRenderer({ strict: true });
  const found: { apiVersion: string; kind: string }[] = [];
  try {
    for (const config of [sampleConfig, {}]) {
      const { problems, objects } = await renderer.render(sampleRequest(spec, files, config), signal);
      if (problems) return { problems };
      found.push(...objects.filter((object) => !isSampleNamespace(object)));
    }
  } finally {
    await renderer.close();
  }
  const templates = filesBelow(files, spec.manifests).filter((path) => /\.ya?ml$/.test(path));
  found.push(...templates.flatMap((path) => kindsNamedIn(textOf(files[path]!) ?? "")));
  return { rights: rightsBeyondOwn(found) };
}

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
  const parameters: Record<string, ParameterValue> = {};
  const secrets: Record<string, string> = {};
  for (const parameter of spec.parameters) {
    if (parameter.kind === "secret") secrets[parameter.name] = generateSecret(parameter.generate);
    else if (parameter.default !== undefined) parameters[parameter.name] = parameter.default;
    else if (parameter.required) parameters[parameter.name] = sampleValue(parameter);
  }
  const id = (word: string) => createHash("sha256").update(word).digest("hex").slice(0, 32);
  const context = buildContext({
    spec,
    applicationVersion: spec.defaultVersion ?? lowestVersion(spec.supportedVersions) ?? "1.0.0",
    cluster: { id: id("cluster"), name: "sample", config },
    environment: { id: id("environment"), name: "sample", config: {} },
    deployment: { id: id("deployment"), name: spec.name, config: {} },
    instance: { id: id("instance"), namespace: sampleNamespace, releaseName: "sample-00000000" },
    parameters,
    secrets: { secretName: "sample", parameters: Object.keys(secrets) },
  });
  return { spec, files, context, secrets };
}

function sampleValue({ kind, min, max, values, minLength = 0, items }: ParameterSpec): ParameterValue {
  switch (kind) {
    case "integer":
    case "number":
      return min ?? Math.min(1, max ?? 1);
    case "boolean":
      return true;
    case "enum":
      return values?.[0] ?? "";
    case "list":
      return items === undefined || items === "string"
        ? ["sample"]
        : items === "boolean"
          ? [true]
          : [min ?? 1];
    default:
      return "sample".padEnd(minLength, "x");
  }
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
