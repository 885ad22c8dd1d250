import { parse } from "yaml";
import { ChartError, defaultArchiveLimits, unpackChart } from "./chart-archive.ts";
import { textOf } from "./files.ts";
import type { DriverFiles } from "./format.ts";

/** What a chart says of itself, and all files in it and in the charts it holds. */
export interface Chart {
  name: string;
  version: string;
  appVersion: string | null;
  /** The versions of Kubernetes it is for, as it says it. */
  kubeVersion: string | null;
  dependencies: ChartDependency[];
  /** Those of them that do not lie in `charts/`. */
  missing: ChartDependency[];
  /** The texts of all templates and definitions, also of the charts in it, by path. */
  templates: Record<string, string>;
}

export interface ChartDependency {
  name: string;
  /** A version or a range. */
  version: string;
  /** `https://…`, `oci://…`, `file://…`, or empty for a chart that must lie in `charts/`. */
  repository: string;
}

const maxDepth = 4;

/** Reads a packed chart. Throws ChartError. */
export async function readChartArchive(archive: Uint8Array): Promise<Chart> {
  return await readChart(await unpackChart(archive));
}

/**
 * Reads a chart's files, and the charts below `charts/`, be they packed or folders, and refuses what helm would read
 * over the network or from elsewhere on the disk. Throws ChartError.
 */
export async function readChart(files: DriverFiles): Promise<Chart> {
  const budget = { bytes: defaultArchiveLimits.totalBytes, files: defaultArchiveLimits.files };
  return await read(files, 0, budget);
}

async function read(
  files: DriverFiles,
  depth: number,
  budget: { bytes: number; files: number },
): Promise<Chart> {
  if (depth > maxDepth) throw new ChartError(`charts lie in charts more than ${maxDepth} deep`);
  for (const content of Object.values(files)) {
    budget.bytes -= content.byteLength;
    budget.files--;
  }
  if (budget.bytes < 0 || budget.files < 0) throw new ChartError("it is too large with the charts in it");
  const about = describe(files);
  const templates: Record<string, string> = {};
  for (const [path, content] of Object.entries(files)) {
    if (path.endsWith("values.schema.json")) refuseForeignSchemas(path, content);
    if (!/^(templates|crds)\/.*\.(ya?ml|tpl)$/.test(path)) continue;
    templates[path] = textOf(content) ?? "";
  }
  const names = new Set<string>();
  for (const [folder, own] of await chartsIn(files)) {
    const inner = await read(own, depth + 1, budget);
    names.add(inner.name);
    for (const [path, text] of Object.entries(inner.templates)) templates[`${folder}/${path}`] = text;
    // Helm itself wants all of them only when it installs the inner chart.
  }
  const missing = about.dependencies.filter(({ name }) => !names.has(name));
  return { ...about, missing, templates };
}

/** The charts below `charts/` by their place: folders with a Chart.yaml, and archives. */
async function chartsIn(files: DriverFiles): Promise<Map<string, DriverFiles>> {
  const found = new Map<string, DriverFiles>();
  for (const [path, content] of Object.entries(files)) {
    const [, name, rest] = /^charts\/([^/]+)(?:\/(.+))?$/.exec(path) ?? [];
    // As helm does: what begins so is no chart.
    if (name === undefined || /^[._]/.test(name)) continue;
    const place = `charts/${name}`;
    if (rest !== undefined) found.set(place, { ...found.get(place), [rest]: content });
    else if (name.endsWith(".tgz")) {
      found.set(
        place,
        await unpackChart(content).catch((thrown) => {
          throw thrown instanceof ChartError ? new ChartError(`${place}: ${thrown.message}`) : thrown;
        }),
      );
    }
  }
  for (const [place, own] of found) if (!Object.hasOwn(own, "Chart.yaml")) found.delete(place);
  return found;
}

function describe(files: DriverFiles): Omit<Chart, "missing" | "templates"> {
  const about = yamlOf(files, "Chart.yaml");
  if (!isMap(about)) throw new ChartError("it has no Chart.yaml");
  const { name, version, appVersion, kubeVersion, type } = about;
  if (typeof name !== "string" || !/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/.test(name))
    throw new ChartError("its Chart.yaml has no usable name");
  if (typeof version !== "string" && typeof version !== "number")
    throw new ChartError("its Chart.yaml has no version");
  if (type === "library" && !Object.keys(files).some((path) => path.startsWith("templates/"))) {
    throw new ChartError(`${name} is a library chart, which installs nothing`);
  }
  const given =
    about.dependencies ?? (yamlOf(files, "requirements.yaml") as { dependencies?: unknown })?.dependencies;
  const dependencies = (Array.isArray(given) ? given : []).filter(isMap).map((one) => ({
    name: String(one.name ?? ""),
    version: String(one.version ?? ""),
    repository: String(one.repository ?? ""),
  }));
  return {
    name,
    version: String(version),
    appVersion: appVersion === undefined ? null : String(appVersion),
    kubeVersion: kubeVersion === undefined ? null : String(kubeVersion),
    dependencies,
  };
}

function yamlOf(files: DriverFiles, path: string): unknown {
  const content = files[path];
  if (content === undefined) return undefined;
  try {
    return parse(textOf(content) ?? "", { maxAliasCount: 100 });
  } catch {
    throw new ChartError(`its ${path} is not valid YAML`);
  }
}

/** Helm's reader of schemas follows references, to files and over the network. */
function refuseForeignSchemas(path: string, content: Uint8Array): void {
  let schema: unknown;
  try {
    schema = JSON.parse(textOf(content) ?? "");
  } catch {
    throw new ChartError(`${path} is not valid JSON`);
  }
  const foreign = foreignReference(schema);
  if (foreign !== undefined) {
    throw new ChartError(
      `${path} refers to ${JSON.stringify(foreign)}; a schema may refer to its own parts only`,
    );
  }
}

function foreignReference(value: unknown): string | undefined {
  const waiting: unknown[] = [value];
  for (let one = waiting.pop(); one !== undefined || waiting.length > 0; one = waiting.pop()) {
    if (Array.isArray(one)) waiting.push(...one);
    else if (isMap(one)) {
      for (const [key, inner] of Object.entries(one)) {
        if (typeof inner === "string" && isForeign(key, inner)) return inner;
        waiting.push(inner);
      }
    }
  }
  return undefined;
}

function isForeign(key: string, value: string): boolean {
  if (key === "$ref" || key === "$dynamicRef" || key === "$recursiveRef") return !value.startsWith("#");
  return key === "$schema" && !/^https?:\/\/json-schema\.org\/[a-z0-9./-]*#?$/.test(value);
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
