import { join } from "node:path";
import { parse } from "yaml";
import {
  archiveDigest,
  type ChartDependency,
  ChartError,
  chartFolder,
  chartLockName,
  type ChartPin,
  type DriverFiles,
  type DriverSpec,
  localChart,
  readChart,
  readChartLock,
  runCaged,
  textOf,
  writeChartLock,
} from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";
import type { AddressPolicy } from "./address.ts";
import { childEnded } from "./child-ended.ts";
import { confinedCommand } from "./confine.ts";
import type { ChartAnswer } from "./chart-child.ts";
import type { PullLimits } from "./chart-pull.ts";
import type { ChartAccess, PullRequest } from "./chart-request.ts";
import { chooseVersion, isExact } from "./chart-version.ts";

/** Finds what is recorded for an address of charts. */
export type FindChartAccess = (url: string) => Promise<ChartAccess>;

export interface ChartOptions {
  policy: AddressPolicy;
  findAccess?: FindChartAccess | undefined;
  limits?: PullLimits | undefined;
  signal?: AbortSignal | undefined;
}

export interface DriverCharts {
  /** The driver's files, with the lock that pins what was pulled. */
  files: DriverFiles;
  /** The archives by digest. */
  archives: Record<string, Uint8Array>;
}

export const defaultPullLimits: PullLimits = {
  timeMs: 60_000,
  memoryBytes: 512 * 1024 * 1024,
  wireBytes: 64 * 1024 * 1024,
};

/**
 * Pulls the charts that a driver needs and has not got: its chart, or the dependencies of the chart in its own folder,
 * at the versions of `Chart.lock`. What a lock among its files says must be what comes. Throws AppError.
 */
export async function pullCharts(
  spec: DriverSpec,
  files: DriverFiles,
  options: ChartOptions,
): Promise<DriverCharts> {
  const wanted = await chartsWanted(spec, files);
  if (wanted.length === 0) return { files: without(files, chartLockName), archives: {} };
  const access = async (url: string) => (await options.findAccess?.(url)) ?? {};
  const pulls = await Promise.all(
    wanted.map(async (pull): Promise<PullRequest> => ({ ...pull, access: await access(pull.location) })),
  );
  const charts = await pull(pulls, options);
  expectPins(files, charts);
  const archives = Object.fromEntries(charts.map(({ digest, archive }) => [digest, archive]));
  return { files: { ...files, [chartLockName]: writeChartLock(charts) }, archives };
}

async function chartsWanted(spec: DriverSpec, files: DriverFiles): Promise<Omit<PullRequest, "access">[]> {
  if (spec.helm === null) return [];
  const { location, chart, version } = spec.helm.main;
  const folder = chartFolder(spec);
  if (folder !== null) return await dependenciesWanted(localChart(files, folder), folder);
  if (!location.startsWith("oci://")) return [{ location, chart, version }];
  const whole = chart === null || location.endsWith(`/${chart}`) ? location : `${location}/${chart}`;
  return [{ location: whole.replace(/\/+$/, ""), chart: null, version }];
}

async function dependenciesWanted(
  chart: DriverFiles,
  folder: string,
): Promise<Omit<PullRequest, "access">[]> {
  const { missing } = await readChart(chart).catch((thrown) => {
    throw thrown instanceof ChartError ? refuse(`the chart in ${folder}: ${thrown.message}`) : thrown;
  });
  if (missing.length === 0) return [];
  const locked = lockedDependencies(chart);
  return missing.map(({ name, version, repository }) => {
    const vendor = `run "helm dependency build" and commit ${folder}/charts`;
    const lock = locked.find((one) => one.name === name);
    if (lock === undefined)
      throw refuse(`the chart in ${folder} lacks ${name}, and its Chart.lock does not name it; ${vendor}`);
    if (!isExact(lock.version) || chooseVersion([lock.version], version || null) === undefined)
      throw refuse(
        `Chart.lock of ${folder} is out of date: ${name} ${lock.version} is not ${version}; run "helm dependency update"`,
      );
    if (/^https?:\/\//.test(repository))
      return { location: repository.replace(/\/+$/, ""), chart: name, version: lock.version };
    if (repository.startsWith("oci://"))
      return { location: `${repository.replace(/\/+$/, "")}/${name}`, chart: null, version: lock.version };
    throw refuse(
      `${name} of the chart in ${folder} comes from ${JSON.stringify(repository)}, where it cannot be pulled from; ${vendor}`,
    );
  });
}

function lockedDependencies(chart: DriverFiles): ChartDependency[] {
  const content = chart["Chart.lock"] ?? chart["requirements.lock"];
  if (content === undefined) return [];
  try {
    const { dependencies } = parse(textOf(content) ?? "", { maxAliasCount: 100 }) as {
      dependencies: ChartDependency[];
    };
    return dependencies.map(({ name, version, repository }) => ({
      name: String(name),
      version: String(version),
      repository: String(repository),
    }));
  } catch {
    throw refuse("its Chart.lock cannot be read");
  }
}

/** Pulls in a child process with limits: what comes over the network is read there first. */
async function pull(
  pulls: PullRequest[],
  { policy, limits = defaultPullLimits, signal }: ChartOptions,
): Promise<(ChartPin & { archive: Uint8Array })[]> {
  const { timeMs, memoryBytes, wireBytes } = limits;
  const outcome = await runCaged(confinedCommand(join(import.meta.dir, "chart-child.ts"), memoryBytes), {
    cwd: "/",
    env: {},
    stdin: JSON.stringify({ pulls, policy, wireBytes }),
    limits: { timeMs, memoryBytes, outputBytes: wireBytes * 2 },
    signal,
  });
  const from = pulls.map(({ location }) => location).join(", ");
  if ("failure" in outcome && outcome.failure === "time") {
    const message = `Pulling ${from} took longer than ${Math.round(timeMs / 1000)} s. Try again later.`;
    throw new AppError("UNAVAILABLE", message, { field: "helm" });
  }
  if ("failure" in outcome) {
    throw new AppError("LIMIT", `Pulling ${from} needs too much memory.`, { field: "helm" });
  }
  if (outcome.exitCode !== 0) throw childEnded(outcome.exitCode, `Pulling ${from}`, "helm");
  const answer = JSON.parse(outcome.stdout) as ChartAnswer;
  if ("error" in answer) {
    const { code, message, ...options } = answer.error;
    throw new AppError(code, message, options);
  }
  return answer.charts.map(({ archive, ...pin }) => {
    const bytes = new Uint8Array(Buffer.from(archive, "base64"));
    return { ...pin, digest: archiveDigest(bytes), archive: bytes };
  });
}

/** A driver may say itself which archives are right: then a registry cannot send others. */
function expectPins(files: DriverFiles, charts: readonly ChartPin[]): void {
  let pins: ChartPin[];
  try {
    pins = readChartLock(files);
  } catch (thrown) {
    throw thrown instanceof ChartError ? refuse(thrown.message) : thrown;
  }
  if (pins.length === 0) return;
  for (const { name, version, digest, location } of charts) {
    const pin = pins.find((one) => one.name === name);
    if (pin?.digest === digest) continue;
    const found = `${location} gives ${name} ${version} with ${digest}`;
    throw refuse(
      `${found}, and ${chartLockName} wants ${pin?.digest ?? "none"}; if that is right, remove ${chartLockName}`,
    );
  }
}

const refuse = (reason: string) =>
  new AppError("INVALID", `The driver cannot be loaded: ${reason}.`, { field: "helm" });

function without(files: DriverFiles, name: string): DriverFiles {
  return Object.fromEntries(Object.entries(files).filter(([path]) => path !== name));
}
