import { ChartError } from "./chart-archive.ts";
import { filesBelow, textOf } from "./files.ts";
import type { DriverFiles, DriverSpec } from "./format.ts";

/**
 * The file among a driver's files that says which charts were pulled for it. It is written when the driver is loaded,
 * so that the driver's digest covers the charts'; a driver may bring one, and then nothing else may be pulled.
 */
export const chartLockName = "helm.lock.json";

/** One packed chart, by what it is called and by its digest. */
export interface ChartPin {
  name: string;
  version: string;
  /** Of the archive: `sha256:…` */
  digest: string;
  /** Where it was pulled from. */
  location: string;
}

/** The charts that a driver's files pin; empty without a lock. Throws ChartError for a lock that cannot be read. */
export function readChartLock(files: DriverFiles): ChartPin[] {
  const content = files[chartLockName];
  if (content === undefined) return [];
  try {
    const { charts } = JSON.parse(textOf(content) ?? "") as { charts: ChartPin[] };
    for (const { name, version, digest, location } of charts) {
      const texts = [name, version, location].every(
        (text) => typeof text === "string" && !/[\\\0]|\.\./.test(text),
      );
      if (!texts || name.includes("/") || version.includes("/") || !/^sha256:[0-9a-f]{64}$/.test(digest))
        throw new Error();
    }
    return charts;
  } catch {
    throw new ChartError(`${chartLockName} cannot be read; remove it, and it is written anew`);
  }
}

export function writeChartLock(charts: ChartPin[]): Uint8Array {
  const sorted = charts.map(({ name, version, digest, location }) => ({ name, version, digest, location }));
  return new TextEncoder().encode(`${JSON.stringify({ charts: sorted }, null, 2)}\n`);
}

/** Why a chart from elsewhere is not rendered before it was pulled. */
export const notPulled = "its chart lies elsewhere and is pulled when the driver is loaded into a server";

/** The folder of a chart that lies in the driver itself; null when it is pulled from elsewhere. */
export function chartFolder({ helm }: DriverSpec): string | null {
  const location = helm?.main.location;
  return location?.startsWith("./") ? location.slice(2).replace(/\/+$/, "") : null;
}

/** The files of the chart that lies in the driver, by their path below its folder. */
export function localChart(files: DriverFiles, folder: string): DriverFiles {
  const paths = filesBelow(files, folder).map(
    (path) => [path.slice(folder.length + 1), files[path]!] as const,
  );
  return Object.fromEntries(paths);
}

/**
 * What helm is to render: the archive that was pulled, or the files of the driver's own chart with the dependencies
 * that were pulled for it. `archives` are by digest. Throws ChartError when one is not there.
 */
export function chartOf(
  spec: DriverSpec,
  files: DriverFiles,
  archives: Record<string, Uint8Array>,
): Uint8Array | DriverFiles {
  const pins = readChartLock(files);
  const archiveOf = ({ name, version, digest }: ChartPin) => {
    const found = archives[digest];
    if (!found) throw new ChartError(`the chart ${name} ${version} (${digest}) is not here`);
    return found;
  };
  const folder = chartFolder(spec);
  if (folder !== null) {
    const pulled = pins.map((pin) => [`charts/${pin.name}-${pin.version}.tgz`, archiveOf(pin)] as const);
    return { ...localChart(files, folder), ...Object.fromEntries(pulled) };
  }
  const [main] = pins;
  if (main === undefined) throw new ChartError(notPulled);
  return archiveOf(main);
}
