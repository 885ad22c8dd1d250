import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** What an action may leave in its folder, beside the driver's files. */
const mostEntries = 2_000;
const mostFiles = 2_000;

/** A run's own folder: `driver` with the driver's files, `tmp` for the action. */
export interface RunFolder {
  path: string;
  driver: string;
  /** Bytes in it beyond the driver's files; Infinity when there are too many files to count. */
  written(): number;
  remove(): void;
}

/** Throws when a path of the driver leads out of its folder, or there is no room. */
export function makeRunFolder(work: string, files: Record<string, string>): RunFolder {
  const path = mkdtempSync(join(work, "run-"));
  const [driver, tmp] = [join(path, "driver"), join(path, "tmp")];
  const remove = () => removeTree(path);
  try {
    for (const folder of [driver, tmp]) mkdirSync(folder, { mode: 0o700 });
    const entries = Object.entries(files);
    if (entries.length > mostFiles) throw new Error(`The driver has more than ${mostFiles} files.`);
    for (const [name, content] of entries) {
      if (!isInside(name)) throw new Error(`The driver has a file "${name}", which is no path inside it.`);
      mkdirSync(dirname(join(driver, name)), { recursive: true, mode: 0o700 });
      writeFileSync(join(driver, name), Buffer.from(content, "base64"), { mode: 0o600, flag: "wx" });
    }
  } catch (thrown) {
    remove();
    throw thrown;
  }
  const before = sizeOf(path);
  return { path, driver, remove, written: () => Math.max(0, sizeOf(path) - before) };
}

/**
 * Removes a folder whatever an action has made of it: folders that nobody may enter are opened, and one within another
 * is moved up before it is emptied, so that no path is too long. Links are not followed.
 */
export function removeTree(path: string): void {
  let moved = 0;
  const folders = [path];
  for (let folder = folders.pop(); folder; folder = folders.pop()) {
    try {
      chmodSync(folder, 0o700);
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const inside = join(folder, entry.name);
        if (!entry.isDirectory()) {
          unlinkSync(inside);
          continue;
        }
        const up = `${path}.${++moved}`;
        chmodSync(inside, 0o700);
        renameSync(inside, up);
        folders.push(up);
      }
      rmdirSync(folder);
    } catch {
      // Whoever owns it is gone, and what is left stays in memory until the runner ends.
    }
  }
}

/** Whether a path of a driver stays below its folder. */
export function isInside(path: string): boolean {
  const parts = path.split("/");
  return (
    path !== "" &&
    !path.includes("\0") &&
    !path.includes("\\") &&
    parts.every((part) => !["", ".", ".."].includes(part))
  );
}

/** Links are not followed. What goes while it is looked at counts for nothing. */
function sizeOf(folder: string, seen = { entries: 0 }): number {
  let bytes = 0;
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (++seen.entries > mostEntries + mostFiles) return Number.POSITIVE_INFINITY;
      const path = join(folder, entry.name);
      bytes += entry.isDirectory()
        ? sizeOf(path, seen)
        : (lstatSync(path, { throwIfNoEntry: false })?.size ?? 0);
    }
  } catch {}
  return bytes;
}
