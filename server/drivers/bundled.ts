import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { driverFileName } from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";
import { loadDriverVersion } from "../deploy/drivers.ts";
import type { Deps } from "../deps.ts";

/**
 * Loads every driver in the folders that came with the server, in its image say. What is known already stays as
 * it is. A driver that is not right is told in the log and holds up no other. Throws UNAVAILABLE at the end when one could
 * not be looked at, such as when the database does not answer: then all is to be tried again.
 */
export async function loadBundledDrivers(deps: Deps, folders: readonly string[]): Promise<void> {
  let unavailable: AppError | undefined;
  for (const path of (await Promise.all(folders.map(driversIn))).flat()) {
    const request = { caller: { kind: "person" }, key: undefined, asked: { path } } as const;
    try {
      // A server that starts again must not take a name back from what was loaded meanwhile.
      const { outcome } = await loadDriverVersion(
        deps,
        request,
        { kind: "directory", path },
        { renew: false },
      );
      deps.log.info("a bundled driver is loaded", { path, outcome });
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
      if (thrown.code === "UNAVAILABLE") unavailable ??= thrown;
      else deps.log.error("a bundled driver cannot be loaded", { path, error: thrown });
    }
  }
  if (unavailable) throw unavailable;
}

/** The folders with a driver in them. A folder that is not there has none. */
async function driversIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .map((name) => join(folder, name))
    .filter((path) => existsSync(join(path, driverFileName)))
    .sort();
}
