import { constants } from "node:fs";
import { open, readdir, realpath } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { type DriverFiles, packagesFolder } from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";
import { type Collector, createCollector, refuse } from "./collect.ts";
import { defaultLoadLimits, type LoadLimits } from "./limits.ts";

/** What is no part of a driver in a working copy, and is no part of a commit either. */
const ignored = new Set([".git", packagesFolder]);

/**
 * Reads a driver's files from a directory, which must lie in one of `roots`. Throws NOT_FOUND, FORBIDDEN
 * (outside the roots), INVALID (symbolic links, odd files) and LIMIT.
 */
export async function loadFromDirectory(
  path: string,
  { roots, limits = defaultLoadLimits }: { roots: readonly string[]; limits?: LoadLimits },
): Promise<DriverFiles> {
  const real = await realDirectory(path);
  const allowed = await Promise.all(roots.map((root) => realpath(root).catch(() => resolve(root))));
  if (!allowed.some((root) => real === root || real.startsWith(root.endsWith(sep) ? root : root + sep))) {
    const where = allowed.length === 0 ? "there is none" : allowed.join(", ");
    const message = `The server may not read ${path}. Put the driver into a directory it may read (${where}), add its own to STYRMIN_DRIVER_ROOTS where the server is started, or load it from git.`;
    throw new AppError("FORBIDDEN", message, { field: "path" });
  }
  const collector = createCollector(limits);
  await readFolder(real, "", collector);
  return collector.files;
}

async function realDirectory(path: string): Promise<string> {
  const missing = (cause?: unknown) =>
    new AppError("NOT_FOUND", `There is no directory ${JSON.stringify(path)} on the server.`, {
      field: "path",
      cause,
    });
  if (path === "" || path.includes("\0")) throw missing();
  return realpath(resolve(path)).catch((thrown: unknown) => {
    throw missing(thrown);
  });
}

async function readFolder(root: string, folder: string, collector: Collector): Promise<void> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch((thrown: unknown) => {
    throw new AppError("NOT_FOUND", `Directory ${join(root, folder)} cannot be read.`, {
      field: "path",
      cause: thrown,
    });
  });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (ignored.has(entry.name)) continue;
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    collector.checkPath(path);
    if (entry.isDirectory()) await readFolder(root, path, collector);
    else if (entry.isFile()) await readFile(root, path, collector);
    else refuse(path, "is no ordinary file; drivers may hold files and folders only");
  }
}

async function readFile(root: string, path: string, collector: Collector): Promise<void> {
  // The file may have become a link since it was listed.
  const handle = await open(join(root, path), constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    collector.reserve(path, (await handle.stat()).size);
    collector.add(path, await handle.readFile());
  } finally {
    await handle.close();
  }
}
