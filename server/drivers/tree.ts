// Not from the index: rendering and all it needs would be read at each start of the child.
import { packagesFolder } from "../../drivers/kit/files.ts";
import { type DriverFiles, driverFileName } from "../../drivers/kit/format.ts";
import { AppError } from "../../lib/errors.ts";
import { exceeded } from "../git/errors.ts";
import type { TreeEntry } from "../git/objects.ts";
import type { Repository } from "../git/repository.ts";
import { type Collector, createCollector, refuse } from "./collect.ts";
import type { LoadLimits } from "./limits.ts";

/** A driver's folder: its files, or why they cannot be taken. */
export interface ReadDriver<Content = Uint8Array, Failure = unknown> {
  /** Empty for the root. */
  path: string;
  files: Record<string, Content>;
  error?: Failure;
}

/** No driver lies deeper than that; what does is passed over by a scan. */
const maxDepth = 32;

/** Reads the files of one folder, of another commit than the repository's when its `tree` is named. Throws NOT_FOUND, INVALID (odd files) and LIMIT. */
export async function readDriver(
  repository: Repository,
  path: string,
  limits: LoadLimits,
  tree = repository.tree,
): Promise<ReadDriver> {
  const look = counting(repository, limits);
  const found = await filesOf(look, await folderAt(look, tree, path), limits);
  return { path, files: await contentsOf(repository, found) };
}

/** Reads all folders that hold a driver. One that cannot be taken holds up no other. Throws LIMIT. */
export async function readDrivers(repository: Repository, limits: LoadLimits): Promise<ReadDriver[]> {
  const look = counting(repository, limits);
  const folders: { path: string; tree: string }[] = [];
  for await (const each of driverFolders(look, repository.tree, "", 0)) folders.push(each);
  if (folders.length > limits.drivers) throw exceeded("drivers", `holds more than ${limits.drivers} drivers`);
  folders.sort((a, b) => (a.path < b.path ? -1 : 1));
  let bytes = 0;
  const read = async (tree: string) => {
    const files = await contentsOf(repository, await filesOf(look, tree, limits));
    for (const content of Object.values(files)) bytes += content.byteLength;
    if (bytes <= limits.scanBytes) return files;
    throw exceeded(
      "scan bytes",
      `holds drivers of more than ${limits.scanBytes} bytes; load this one by its path`,
    );
  };
  const found: ReadDriver[] = [];
  for (const { path, tree } of folders) {
    found.push(
      await read(tree).then(
        (files) => ({ path, files }),
        (error: unknown) => ({ path, files: {}, error }),
      ),
    );
  }
  return found;
}

type Look = (tree: string) => Promise<TreeEntry[]>;

/** A folder may be named in many places, each of which is work. */
function counting(repository: Repository, { entries }: LoadLimits): Look {
  let count = 0;
  return async (tree) => {
    const found = await repository.folder(tree);
    count += found.length + 1;
    if (count > entries) throw exceeded("entries", `has more than ${entries} files and folders to look at`);
    return found;
  };
}

async function folderAt(look: Look, root: string, path: string): Promise<string> {
  let tree = root;
  for (const name of path === "" ? [] : path.split("/")) {
    const entry = (await look(tree)).find((each) => each.name === name);
    if (!entry || !isFolder(entry)) {
      const what = entry ? `${path} is no folder of` : `there is no folder ${path} in`;
      throw new AppError("NOT_FOUND", `The driver cannot be loaded: ${what} the repository.`, {
        field: "path",
      });
    }
    tree = entry.oid;
  }
  return tree;
}

async function* driverFolders(
  look: Look,
  tree: string,
  path: string,
  depth: number,
): AsyncGenerator<{ path: string; tree: string }> {
  const entries = await look(tree);
  if (entries.some(({ name }) => name === driverFileName)) yield { path, tree };
  for (const entry of entries) {
    if (!isFolder(entry) || entry.name === undefined || depth >= maxDepth) continue;
    if (entry.name === packagesFolder) continue;
    yield* driverFolders(look, entry.oid, path === "" ? entry.name : `${path}/${entry.name}`, depth + 1);
  }
}

interface FilesOf {
  collector: Collector;
  /** Ids of contents by path. */
  blobs: Map<string, string>;
  /** Files and folders. */
  paths: Set<string>;
}

/** All that can be refused before the first file is read: names, kinds, how many there are. */
async function filesOf(look: Look, tree: string, limits: LoadLimits): Promise<FilesOf> {
  const found: FilesOf = { collector: createCollector(limits), blobs: new Map(), paths: new Set() };
  const visit = async (oid: string, folder: string): Promise<void> => {
    for (const { name, mode, oid: entryOid } of await look(oid)) {
      if (name === packagesFolder) continue;
      const path = checkedPath(found, folder, name);
      if (mode === "120000") refuse(path, "is a symbolic link; drivers may hold files and folders only");
      if (mode === "160000") refuse(path, "is a submodule; drivers may hold files and folders only");
      if (isFolder({ mode })) {
        await visit(entryOid, path);
      } else if (/^0?100[67](44|55|64)$/.test(mode)) {
        found.blobs.set(path, entryOid);
        if (found.blobs.size > limits.files) tooMany(limits.files);
      } else {
        refuse(path, `has the unknown mode ${mode.slice(0, 20)}`);
      }
    }
  };
  await visit(tree, "");
  return found;
}

function checkedPath({ collector, paths }: FilesOf, folder: string, name: string | undefined): string {
  const path = folder === "" ? (name ?? "?") : `${folder}/${name ?? "?"}`;
  if (name === undefined) refuse(path, "has a name that is no UTF-8");
  if (name.includes("/")) refuse(path, "has a name with a slash in it, which leads elsewhere");
  collector.checkPath(path);
  if (paths.has(path)) refuse(path, "is there twice");
  paths.add(path);
  return path;
}

function tooMany(files: number): never {
  const text = `The driver is too large: it has more than ${files} files (limit: files).`;
  throw new AppError("LIMIT", `${text} Keep the driver in a folder of its own and name it as path.`);
}

async function contentsOf(repository: Repository, { collector, blobs }: FilesOf): Promise<DriverFiles> {
  for (const [path, oid] of blobs) collector.add(path, await repository.file(oid));
  return collector.files;
}

const isFolder = ({ mode }: { mode: string }) => /^0?40000$/.test(mode);
