import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  archiveDigest,
  ChartError,
  chartFolder,
  chartLockName,
  type DriverSpec,
  findHelm,
  readChartArchive,
  writeChartLock,
} from "../../../drivers/kit/index.ts";
import { Exit, exitCodes } from "../io.ts";
import type { Folder } from "./folder.ts";

/** How long a chart may take to come. */
const pullMs = 60_000;

/** Whether a driver's chart is none of its own files. */
export const isElsewhere = (spec: DriverSpec): boolean => spec.helm !== null && chartFolder(spec) === null;

/**
 * Brings the chart that a driver names elsewhere: the packed one that `archive` names or, without it, the one that the
 * author's own helm pulls, with the registries that it is logged in to. Throws `Exit` when there is none.
 */
export async function withCharts<F extends Folder>(
  folder: F,
  archive: string | undefined,
  signal: AbortSignal,
): Promise<F> {
  const { spec, files } = folder;
  if (!spec?.helm || !isElsewhere(spec)) return folder;
  const { location } = spec.helm.main;
  const packed = archive === undefined ? await pull(spec.helm.main, signal) : await read(archive);
  try {
    const { name, version } = await readChartArchive(packed);
    const digest = archiveDigest(packed);
    const lock = writeChartLock([{ name, version, digest, location }]);
    return { ...folder, files: { ...files, [chartLockName]: lock }, charts: { [digest]: packed } };
  } catch (thrown) {
    if (!(thrown instanceof ChartError)) throw thrown;
    throw new Exit(exitCodes.refused, `The chart ${archive ?? location} cannot be used: ${thrown.message}.`);
  }
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (thrown) {
    throw new Exit(exitCodes.usage, `--chart: ${path} cannot be read (${(thrown as Error).message}).`);
  }
}

async function pull(
  { location, version, chart }: NonNullable<DriverSpec["helm"]>["main"],
  signal: AbortSignal,
): Promise<Uint8Array> {
  const helm = findHelm();
  const hint = "Install helm, or name the packed chart by --chart FILE.";
  if (!helm)
    throw new Exit(exitCodes.refused, `The chart ${location} cannot be pulled: there is no helm. ${hint}`);
  const folder = await mkdtemp(join(tmpdir(), "styrmin-chart-"));
  try {
    const what = location.startsWith("oci://") ? [location] : [chart ?? "", "--repo", location];
    const which = version === null ? [] : ["--version", version];
    const child = Bun.spawn([helm, "pull", ...what, ...which, "--destination", folder], {
      stdio: ["ignore", "ignore", "pipe"],
      signal: AbortSignal.any([signal, AbortSignal.timeout(pullMs)]),
    });
    const said = await new Response(child.stderr).text();
    const code = await child.exited;
    signal.throwIfAborted();
    const [name] = await readdir(folder);
    if (code !== 0 || name === undefined)
      throw new Exit(
        exitCodes.refused,
        `The chart ${location} cannot be pulled: ${said.trim().slice(0, 500)}`,
      );
    return await readFile(join(folder, name));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
