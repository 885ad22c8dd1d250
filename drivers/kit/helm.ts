import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { killedAgain } from "./again.ts";
import type { DriverFiles } from "./format.ts";
import { label } from "./label.ts";
import { programCage, type ProgramLimits, runCaged } from "./run-caged.ts";

/** What the API of the cluster is like, for `.Capabilities` of a chart. */
export interface ClusterFacts {
  /** `v1.36.4` */
  kubeVersion: string;
  /** `apps/v1`, `apps/v1/Deployment` … */
  apiVersions: string[];
}

export interface HelmRequest {
  /** The helm binary; see `findHelm`. */
  helm: string | undefined;
  /** A packed chart, or the files of one by their path below its folder. */
  chart: Uint8Array | DriverFiles;
  /** Of the release; helm allows 53 characters, and what is longer is cut and ends in a hash. */
  name: string;
  namespace: string;
  /** YAML. */
  values: string;
  /** Whether an earlier release of it is there. */
  upgrade: boolean;
  /** One of `usualVersion` that serves what helm itself knows of, when absent. */
  cluster?: ClusterFacts | undefined;
  limits?: Partial<ProgramLimits>;
  /** Where its temporary files go. Default the system's place for them. */
  scratch?: string | undefined;
  signal?: AbortSignal | undefined;
}

export const defaultHelmLimits: ProgramLimits = {
  timeMs: 30_000,
  memoryBytes: 256 * 1024 * 1024,
  outputBytes: 8 * 1024 * 1024,
};

/** What a chart is told of a cluster that nobody knows: helms are built with very different ideas of it. */
export const usualVersion = "v1.36.0";

/** Helm's own bound for the names of releases. */
const maxNameLength = 53;

/** The helm binary that STYRMIN_HELM names, or the first on the PATH; undefined when there is none. */
export function findHelm(env: Record<string, string | undefined> = process.env): string | undefined {
  return env.STYRMIN_HELM || Bun.which("helm", env.PATH === undefined ? {} : { PATH: env.PATH }) || undefined;
}

/** Why a chart is not rendered on a machine without helm. */
export const noHelm =
  "it installs a Helm chart, and there is no helm here. Install helm 3.14 or newer, or name it with STYRMIN_HELM";

/** Why there is no output, and whether helm was killed from outside. */
export interface HelmProblem {
  problem: string;
  isKilled?: true;
}

/** What a program ends with that was killed. */
const killed = 128 + 9;

/**
 * Renders a chart with \`helm template\`: what \`helm install\` or \`helm upgrade\` would send to the cluster, definitions
 * and hooks among it. Helm runs caged, with folders of its own that are empty: it finds no plugins, no credentials and
 * no repositories, and it speaks to nobody. Answers its output, or why there is none; rejects only when the signal is
 * aborted.
 */
export async function helmTemplate(request: HelmRequest): Promise<{ text: string } | HelmProblem> {
  const { helm, signal } = request;
  if (helm === undefined) return { problem: noHelm };
  const limits = { ...defaultHelmLimits, ...request.limits };
  const folder = await mkdtemp(join(request.scratch ?? tmpdir(), "styrmin-helm-"));
  try {
    const unusable = await versionProblem(helm, folder);
    if (unusable !== undefined) return unusable;
    const chart = await writeChart(folder, request.chart);
    const command = [...programCage(limits), helm, ...argumentsOf(request, chart)];
    const options = { cwd: folder, env: homeIn(folder), stdin: request.values, limits, signal };
    const outcome = await runCaged(command, options);
    if ("failure" in outcome) return { problem: failureText(outcome.failure, limits) };
    if (outcome.exitCode === killed) return { problem: killedAgain, isKilled: true };
    if (outcome.exitCode !== 0) return { problem: faultText(outcome.stderr, folder) };
    return { text: outcome.stdout };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function argumentsOf({ name, namespace, upgrade, cluster }: HelmRequest, chart: string): string[] {
  const { kubeVersion = usualVersion } = cluster ?? {};
  const version = /^v?\d+\.\d+(\.\d+)?[-+.\w]*$/.test(kubeVersion) ? kubeVersion : usualVersion;
  const apis = cluster?.apiVersions.filter((one) => /^[\w./-]+$/.test(one)) ?? [];
  return [
    "template",
    label(name, maxNameLength),
    chart,
    `--namespace=${namespace}`,
    "--include-crds",
    ...(upgrade ? ["--is-upgrade"] : []),
    `--kube-version=${version}`,
    ...(apis.length > 0 ? [`--api-versions=${apis.join(",")}`] : []),
    "--values=-",
  ];
}

async function writeChart(folder: string, chart: Uint8Array | DriverFiles): Promise<string> {
  if (chart instanceof Uint8Array) {
    await writeFile(join(folder, "chart.tgz"), chart);
    return "./chart.tgz";
  }
  for (const [path, content] of Object.entries(chart)) {
    const place = join(folder, "chart", path);
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, content);
  }
  return "./chart";
}

/** Folders of helm's own, with nothing in them, and no more memory than it is allowed. */
function homeIn(folder: string): Record<string, string> {
  const home = join(folder, "home");
  return {
    HOME: home,
    HELM_CACHE_HOME: home,
    HELM_CONFIG_HOME: home,
    HELM_DATA_HOME: home,
    HELM_PLUGINS: join(home, "plugins"),
    HELM_NO_PLUGINS: "1",
    HELM_REGISTRY_CONFIG: join(home, "registry.json"),
    HELM_REPOSITORY_CONFIG: join(home, "repositories.yaml"),
    HELM_REPOSITORY_CACHE: join(home, "repositories"),
    KUBECONFIG: join(home, "kubeconfig"),
    GOMEMLIMIT: `${defaultHelmLimits.memoryBytes * 0.75}`,
  };
}

const versions = new Map<string, Promise<HelmProblem | undefined>>();

/** Why a helm cannot be used; found out once for each. */
function versionProblem(helm: string, folder: string): Promise<HelmProblem | undefined> {
  const known = versions.get(helm) ?? askVersion(helm, folder);
  versions.set(helm, known);
  // One that was not there may be installed.
  void known.then((problem) => problem !== undefined && versions.delete(helm));
  return known;
}

async function askVersion(helm: string, folder: string): Promise<HelmProblem | undefined> {
  const limits = { timeMs: 10_000, memoryBytes: defaultHelmLimits.memoryBytes, outputBytes: 10_000 };
  const cannot = `${helm} cannot be used as helm`;
  try {
    const command = [...programCage(limits), helm, "version", "--template", "{{.Version}}"];
    const outcome = await runCaged(command, { cwd: folder, env: homeIn(folder), stdin: "", limits });
    if ("failure" in outcome) return { problem: cannot };
    if (outcome.exitCode === killed) return { problem: killedAgain, isKilled: true };
    const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(outcome.stdout) ?? [];
    if (major === undefined) return { problem: cannot };
    const recent = Number(major) > 3 || (Number(major) === 3 && Number(minor) >= 14);
    if (recent) return undefined;
    return { problem: `helm ${outcome.stdout.trim()} is too old; install 3.14 or newer` };
  } catch {
    return { problem: `${cannot}: it does not start` };
  }
}

function failureText(failure: "time" | "memory" | "output", limits: ProgramLimits): string {
  switch (failure) {
    case "time":
      return `rendering the chart took longer than ${limits.timeMs} ms and was stopped`;
    case "memory":
      return `rendering the chart needed more than ${limits.memoryBytes} bytes of memory and was stopped`;
    case "output":
      return `the chart printed more than ${limits.outputBytes} bytes and was stopped`;
  }
}

/** What helm said, without the place where it was put and without advice for people at a terminal. */
function faultText(stderr: string, folder: string): string {
  const said = stderr
    .replaceAll(folder, "")
    .replaceAll("./chart.tgz", "the chart")
    .split("\n")
    .filter(
      (line) =>
        !/^(Use --debug|WARNING|walk\.go|level=|time=|coalesce\.go|warning:)/.test(line.trim()) &&
        line.trim() !== "",
    )
    .join(" ")
    .replace(/^(Error: )+/, "")
    .trim();
  return `helm says: ${(said || "nothing, and it ended without a result, probably for want of memory").slice(0, 2_000)}`;
}
