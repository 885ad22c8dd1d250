import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  type DriverFiles,
  driverFileName,
  type DriverSpec,
  packagesFolder,
  parseDriver,
  textOf,
} from "../../../drivers/kit/index.ts";
import { Exit, exitCodes } from "../io.ts";
import type { Problem } from "./problems.ts";

/** What is no part of a driver in a working copy. */
const ignored = new Set([".git", packagesFolder]);
/** As a server allows it by default. */
const most = { files: 2_000, fileBytes: 1024 * 1024, totalBytes: 10 * 1024 * 1024 };

/** A driver as it lies in a folder, with what is wrong with it so far. */
export interface Folder {
  files: DriverFiles;
  /** Absent when the specification cannot be read; then `problems` says why. */
  spec?: DriverSpec;
  problems: Problem[];
  /** The packed charts that the files pin, by digest. */
  charts?: Record<string, Uint8Array>;
}

/** A driver whose specification is right. */
export type Sound = Folder & { spec: DriverSpec };

/** Reads a driver's folder and its specification. Throws `Exit` when there is no driver at all. */
export async function readFolder(path: string): Promise<Folder> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) throw new Exit(exitCodes.refused, `There is no folder ${path}.`);
  const files: DriverFiles = {};
  const problems: Problem[] = [];
  await addFolder(path, "", files, problems);
  const content = files[driverFileName];
  if (!content) {
    const hint = "`styrminctl drivers init` makes a new driver.";
    throw new Exit(exitCodes.refused, `There is no ${driverFileName} in ${path}. ${hint}`);
  }
  const text = textOf(content);
  if (text === undefined) {
    problems.push({ file: driverFileName, field: "", message: "is not UTF-8 text" });
    return { files, problems };
  }
  const parsed = parseDriver(text);
  if (parsed.problems) return { files, problems: [...problems, ...parsed.problems] };
  return { files, problems, spec: parsed.spec };
}

async function addFolder(
  root: string,
  folder: string,
  files: DriverFiles,
  problems: Problem[],
): Promise<void> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  for (const entry of entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
    if (ignored.has(entry.name)) continue;
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) await addFolder(root, path, files, problems);
    else if (entry.isFile()) files[path] = await readFile(join(root, path));
    else problems.push({ file: path, field: "", message: "is no ordinary file, and is refused at load" });
  }
  if (folder === "") problems.push(...sizeProblems(files));
}

function sizeProblems(files: DriverFiles): Problem[] {
  const sizes = Object.entries(files).map(([path, content]) => [path, content.byteLength] as const);
  const problems = sizes
    .filter(([, bytes]) => bytes > most.fileBytes)
    .map(([file, bytes]) => ({
      file,
      field: "",
      message: `has ${bytes} bytes; ${most.fileBytes} are allowed`,
    }));
  const total = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
  if (sizes.length > most.files || total > most.totalBytes) {
    const allowed = `${most.files} files and ${most.totalBytes} bytes are allowed`;
    const message = `the folder has ${sizes.length} files and ${total} bytes; ${allowed}`;
    return [...problems, { field: "", file: ".", message }];
  }
  return problems;
}
