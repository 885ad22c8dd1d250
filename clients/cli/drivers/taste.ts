import {
  componentOf,
  createRenderer,
  driverFileName,
  type DriverFiles,
  type DriverSpec,
  filesBelow,
  type KubeObjectLike,
  type Renderer,
  sampleContext,
  sampleParameters,
  textOf,
} from "../../../drivers/kit/index.ts";
import type { Sound } from "./folder.ts";
import { lineOf } from "./lines.ts";
import type { Problem } from "./problems.ts";
import { lostKeys, lostMounts, lostPorts, type Remark, staleSecrets } from "./references.ts";
import { unknownComponents, unknownParameters, unknownPrompts } from "./unknown-names.ts";

/** The objects of one version of the application. */
interface Rendering {
  version: string;
  objects: KubeObjectLike[];
}

/**
 * Warnings about a driver that loads: what is legal and nearly always a mistake. Each says what happens because of it.
 * Objects are looked at for each of the versions. A driver that does not render here has none.
 */
export async function tasteOf(
  folder: Sound,
  versions: readonly string[],
  signal: AbortSignal,
): Promise<Problem[]> {
  const { spec, files } = folder;
  const renderer = createRenderer();
  try {
    const renderings: Rendering[] = [];
    for (const version of versions) {
      const objects = await sampleObjects(renderer, folder, { version }, signal);
      if (objects) renderings.push({ version, objects });
    }
    const [version] = versions;
    const nameless = await sampleObjects(renderer, folder, { version, cluster: {} }, signal);
    const all = renderings.flatMap(({ objects }) => objects);
    return [
      ...wordsOf(spec, files),
      ...unusedOf(spec, files),
      ...unknownParameters(spec, files, templatesOf(spec, files)),
      ...unknownComponents(spec, files),
      ...unknownPrompts(spec, files),
      ...(all.length > 0 ? componentsOf(spec, files, all) : []),
      ...ofEach(renderings, (objects) => objectsOf(spec, objects)),
      ...ofEach(renderings, remarksOf(lostMounts, lostKeys, lostPorts)),
      ...(await staleOf(renderer, folder, renderings[0], signal)),
      ...hostsOf(nameless ?? []),
      ...(all.length > 0 ? await nastyTexts(renderer, folder, version, signal) : []),
    ].map((problem) => ({ ...problem, warning: true }));
  } finally {
    await renderer.close();
  }
}

const releaseName = "lint-release";
/** What is put in for each secret, to find where it goes. */
const secretMark = "lint-secret-";
/** What breaks a manifest in which a text is not quoted, and what YAML would read as something else. */
const nasty = "a: \"b\" # 'c' {d}";

interface Sample {
  /** The application's. */
  version: string | undefined;
  parameters?: Record<string, string>;
  cluster?: Record<string, unknown>;
  /** What each secret begins with. */
  mark?: string;
}

const namedCluster = { fqdn_suffix: "example.org", ingress_class: "sample" };

async function sampleObjects(
  renderer: Renderer,
  { spec, files, charts = {} }: Sound,
  { version, parameters = {}, cluster = namedCluster, mark = secretMark }: Sample,
  signal: AbortSignal,
): Promise<KubeObjectLike[] | undefined> {
  const { values, secrets } = sampleParameters(spec);
  for (const name of Object.keys(secrets)) secrets[name] = `${mark}${name}`;
  const context = sampleContext(spec, {
    version,
    releaseName,
    cluster,
    parameters: { ...values, ...parameters },
    secrets: Object.keys(secrets),
  });
  return (await renderer.render({ spec, files, context, secrets, charts }, signal)).objects;
}

/** What is to be said of the objects of each version, once: with the version where it is not the first. */
function ofEach(renderings: readonly Rendering[], look: (objects: KubeObjectLike[]) => Problem[]): Problem[] {
  const said = new Set<string>();
  return renderings.flatMap(({ version, objects }, index) =>
    look(objects).flatMap((problem) => {
      if (said.has(problem.message)) return [];
      said.add(problem.message);
      return [index === 0 ? problem : { ...problem, message: `${problem.message} (version ${version})` }];
    }),
  );
}

const remarksOf =
  (...looks: ((objects: KubeObjectLike[]) => Remark[])[]) =>
  (objects: KubeObjectLike[]): Problem[] =>
    looks.flatMap((look) => look(objects)).map(problemOf);

const problemOf = ({ object, message }: Remark): Problem => ({
  field: "",
  message: `${title(object)} ${message.replaceAll(releaseName, "…")}`,
});

/** Which pods would go on with the old value of a secret, by rendering with other ones. */
async function staleOf(
  renderer: Renderer,
  folder: Sound,
  rendering: Rendering | undefined,
  signal: AbortSignal,
): Promise<Problem[]> {
  if (!rendering || !folder.spec.parameters.some(({ kind }) => kind === "secret")) return [];
  const { version, objects } = rendering;
  const changed = await sampleObjects(renderer, folder, { version, mark: `other-${secretMark}` }, signal);
  return staleSecrets(objects, changed ?? [], secretMark).map(problemOf);
}

/** What the specification leaves unsaid. */
function wordsOf(spec: DriverSpec, files: DriverFiles): Problem[] {
  const problems: Problem[] = [];
  const note = (field: string, message: string, ...anchor: (string | number)[]) =>
    problems.push({ ...at(files, ...anchor), field, message });
  if (spec.info.description === "")
    note("spec.info.description", "is missing: lists of drivers show it", "spec", "info");
  if (spec.defaultVersion === null)
    note("spec.default_version", "is missing: nothing is proposed to users", "spec", "supported_versions");
  for (const [index, { name, description, label }] of spec.parameters.entries()) {
    if (description === "" && label === name) {
      const message = `"${name}" has neither label nor description: users see only its name`;
      note(`spec.parameters[${index}]`, message, "spec", "parameters", index);
    }
  }
  if (!filesBelow(files, "tests").some((path) => /\.ya?ml$/.test(path))) {
    problems.push({
      field: "",
      message: "there are no cases in tests/*.yaml; see `styrminctl drivers test --help`",
    });
  }
  return problems;
}

/** Declared and named nowhere: a parameter without effect, and a version without one. */
function unusedOf(spec: DriverSpec, files: DriverFiles): Problem[] {
  const programs = Object.keys(files).filter((path) => path.endsWith(".ts"));
  const text = [...templatesOf(spec, files), ...programs]
    .map((path) => withoutComments(textOf(files[path]!) ?? ""))
    .join("\n");
  const problems: Problem[] = spec.parameters.flatMap(({ name }, index) =>
    new RegExp(`\\b${name}\\b`).test(text)
      ? []
      : [
          {
            ...at(files, "spec", "parameters", index),
            field: `spec.parameters[${index}]`,
            message: `"${name}" is used in no template: setting it does nothing`,
          },
        ],
  );
  if (!/\bapp\s*(\.\s*version|\[)/.test(text)) {
    const message = "no template uses app.version: another version of the application changes nothing";
    problems.push({ ...at(files, "spec", "supported_versions"), field: "spec.supported_versions", message });
  }
  return problems;
}

/** The manifests and the values of a chart. */
function templatesOf(spec: DriverSpec, files: DriverFiles): string[] {
  const values = spec.helm && (spec.helm.main.values ?? "values.j2.yml");
  const folders = [spec.manifests, values].filter((path) => path !== null);
  return folders.flatMap((path) => (Object.hasOwn(files, path) ? [path] : filesBelow(files, path)));
}

const withoutComments = (text: string) =>
  text.replaceAll(/\{#[^]*?#\}/g, "").replaceAll(/^\s*(#|\/\/).*$/gm, "");

/** Components and pods that do not find each other. */
function componentsOf(spec: DriverSpec, files: DriverFiles, objects: KubeObjectLike[]): Problem[] {
  const problems: Problem[] = [];
  const found = new Set<string>();
  const lost = new Set<string>();
  for (const object of objects) {
    const labels = podLabelsOf(object);
    if (!labels) continue;
    const component = componentOf(spec.components, labels);
    if (component !== undefined) found.add(component);
    else if (!lost.has(title(object))) {
      lost.add(title(object));
      const message = `${title(object)} makes pods that are of no component: they are not shown, stopped or scaled`;
      problems.push({ ...at(files, "spec", "components"), field: "spec.components", message });
    }
  }
  for (const name of Object.keys(spec.components)) {
    if (found.has(name)) continue;
    const message = "finds no pods: nothing that is rendered carries its labels";
    problems.push({
      ...at(files, "spec", "components", name),
      field: `spec.components.${name}`,
      message,
    });
  }
  return problems;
}

/** What the objects themselves would better have. */
function objectsOf(spec: DriverSpec, objects: KubeObjectLike[]): Problem[] {
  const problems: Problem[] = namesOf(objects);
  for (const object of objects) {
    const note = (message: string) => problems.push({ field: "", message: `${title(object)} ${message}` });
    if (object.kind === "Secret") continue;
    const text = JSON.stringify(object);
    for (const { name, kind } of spec.parameters) {
      if (kind === "secret" && text.includes(`${secretMark}${name}`))
        note(`holds the secret "${name}" in plain text: put it into a Secret and refer to that`);
    }
    if (isReadyAtOnce(object))
      note(
        "has neither a readinessProbe nor minReadySeconds: a pod that soon ends counts as ready until then",
      );
    for (const container of containersOf(object)) {
      const tag = /:([^/:@]+)$/.exec(String(container.image ?? ""))?.[1];
      if ((tag === undefined && !String(container.image).includes("@")) || tag === "latest")
        note(`runs ${container.image}: without a tag nobody knows what runs`);
      if (container.ports && !container.readinessProbe && object.kind !== "Job")
        note(`has no readinessProbe for ${container.name}: a rollout goes on before it answers`);
      if (!container.resources?.requests)
        note(`asks for no resources for ${container.name}: it is the first to be evicted`);
    }
  }
  return problems;
}

/** Whether nothing says when its pods are ready; where a container has ports, its lack of a probe is told. */
function isReadyAtOnce(object: KubeObjectLike): boolean {
  if (object.kind !== "Deployment" && object.kind !== "StatefulSet") return false;
  if (object.spec?.minReadySeconds) return false;
  return containersOf(object).every(({ ports, readinessProbe }) => !ports && !readinessProbe);
}

/** What a template prints for what is not there. */
const isNothing = (value: unknown) => !value || value === "none";

/** Objects that two deployments of one environment would share. */
function namesOf(objects: KubeObjectLike[]): Problem[] {
  const shared = objects.filter(
    ({ kind, metadata }) => !clusterWide.has(kind) && !metadata.name.includes(releaseName),
  );
  if (shared.length === 0) return [];
  const what = "not named after instance.release_name: a second deployment in the environment would collide";
  const message = `${shared.map(title).join(", ")} ${shared.length === 1 ? "is" : "are"} ${what}`;
  return [{ field: "", message }];
}

/** What becomes of addresses on a cluster that gives applications no host names. */
function hostsOf(objects: KubeObjectLike[]): Problem[] {
  const message = "has no host where the cluster gives none: make it only if the service has a primary_fqdn";
  return objects
    .filter(({ kind, spec }) => kind === "Ingress" && spec?.rules?.some((rule: any) => isNothing(rule?.host)))
    .map((object) => ({ field: "", message: `${title(object)} ${message}` }));
}

/** Which texts of users would break the manifests, or would not arrive as they are. */
async function nastyTexts(
  renderer: Renderer,
  folder: Sound,
  version: string | undefined,
  signal: AbortSignal,
): Promise<Problem[]> {
  const { spec, files } = folder;
  const problems: Problem[] = [];
  for (const [index, { name, kind, pattern, maxLength = 100 }] of spec.parameters.entries()) {
    if (kind !== "string" || pattern !== undefined || maxLength < nasty.length) continue;
    const objects = await sampleObjects(renderer, folder, { version, parameters: { [name]: nasty } }, signal);
    if (
      objects &&
      (JSON.stringify(objects).includes(JSON.stringify(nasty).slice(1, -1)) || !usedIn(files, name))
    )
      continue;
    problems.push({
      ...at(files, "spec", "parameters", index),
      field: `spec.parameters[${index}]`,
      message: `"${name}" with quotes or a colon in it breaks the templates: print it with \`| tojson\`, or give it a pattern`,
    });
  }
  return problems;
}

const usedIn = (files: DriverFiles, name: string) =>
  Object.values(files).some((content) => new RegExp(`parameters\\W+${name}\\b`).test(textOf(content) ?? ""));

function podLabelsOf({ kind, spec }: KubeObjectLike): Record<string, string> | undefined {
  if (kind === "Pod" || !["Deployment", "StatefulSet", "DaemonSet"].includes(kind)) return undefined;
  return spec?.template?.metadata?.labels ?? {};
}

function containersOf({ kind, spec }: KubeObjectLike): any[] {
  const pod = kind === "CronJob" ? spec?.jobTemplate?.spec?.template?.spec : spec?.template?.spec;
  return Array.isArray(pod?.containers) ? pod.containers : [];
}

/** Kinds whose objects are no deployment's own. */
const clusterWide = new Set(["Namespace", "CustomResourceDefinition"]);
const title = ({ kind, metadata }: KubeObjectLike) => `${kind} ${metadata.name.replaceAll(releaseName, "…")}`;
const at = (files: DriverFiles, ...path: (string | number)[]) => ({
  file: driverFileName,
  ...lineOf(textOf(files[driverFileName]!) ?? "", path),
});
