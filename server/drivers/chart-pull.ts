import type { AddressPolicy } from "./address.ts";
import { createChartHttp } from "./chart-http.ts";
import { pullFromRegistry } from "./chart-registry.ts";
import { pullFromRepository } from "./chart-repository.ts";
import { archiveDigest, ChartError, type ChartPin, readChartArchive } from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";
import type { PullRequest } from "./chart-request.ts";
import { isExact } from "./chart-version.ts";

export interface PullLimits {
  timeMs: number;
  memoryBytes: number;
  wireBytes: number;
}

/**
 * Pulls charts one after the other and reads each, so that nothing hostile gets further. Throws AppError: NOT_FOUND,
 * INVALID (no chart, tampered with), FORBIDDEN (credentials, address), LIMIT and UNAVAILABLE.
 */
export async function pullAll(
  requests: readonly PullRequest[],
  { policy, wireBytes }: { policy: AddressPolicy; wireBytes: number },
): Promise<(ChartPin & { archive: Uint8Array })[]> {
  const pulled = [];
  const http = createChartHttp({ policy, wireBytes });
  for (const request of requests) {
    const oci = request.location.startsWith("oci://");
    const { archive, location } = await (oci ? pullFromRegistry : pullFromRepository)(http, request);
    pulled.push({
      ...(await described(archive, request)),
      digest: archiveDigest(archive),
      location,
      archive,
    });
  }
  return pulled;
}

async function described(
  archive: Uint8Array,
  request: PullRequest,
): Promise<{ name: string; version: string }> {
  const { location, chart, version: wanted } = request;
  const refuse = (reason: string) =>
    new AppError("INVALID", `The chart of ${location} cannot be used: ${reason}.`, { field: "helm" });
  try {
    const { name, version } = await readChartArchive(archive);
    if (chart !== null && name !== chart) throw refuse(`it is called ${name}, not ${chart}`);
    if (wanted !== null && isExact(wanted) && version !== wanted && `v${version}` !== wanted)
      throw refuse(`it is version ${version}, not ${wanted}`);
    return { name, version };
  } catch (thrown) {
    throw thrown instanceof ChartError ? refuse(thrown.message) : thrown;
  }
}
