import { exceeded } from "../git/errors.ts";
import type { Line } from "../git/history.ts";
import type { Commit, Repository } from "../git/repository.ts";
import type { LoadLimits } from "./limits.ts";
import { readDriver, type ReadDriver } from "./tree.ts";

/** A driver's folder in one commit of a branch. */
export interface EarlierCommit extends Commit {
  driver: ReadDriver;
}

/** Commits that were not read, as there were more than one load takes. */
export interface LeftOut {
  count: number;
  /** The oldest and the newest of them. */
  from: string;
  to: string;
  /** Which limit it was. */
  limit: "commits" | "scan bytes";
}

/**
 * Reads a driver's folder in each commit of a line but its newest, as far as the commit changed the folder. The newest
 * come first, so that the oldest are what is left out when there are too many. What cannot be taken holds up no other.
 */
export async function readEarlier(
  repository: Repository,
  path: string,
  { commits, base }: Extract<Line, { state: "FOUND" }>,
  limits: LoadLimits,
  take: (commit: EarlierCommit) => Promise<void>,
): Promise<LeftOut | null> {
  const changed = await changing(repository, path, commits, base, limits);
  let bytes = 0;
  for (const [index, oid] of changed.entries()) {
    const leftOut = (limit: LeftOut["limit"]): LeftOut => {
      const left = changed.slice(index);
      return { count: left.length, from: left.at(-1)!, to: oid, limit };
    };
    // The newest commit, which is read before, is one of them.
    if (index + 1 >= limits.commits) return leftOut("commits");
    const commit = await repository.commit(oid);
    const driver = await readDriver(repository, path, limits, commit.tree).catch(
      (error: unknown): ReadDriver => ({ path, files: {}, error }),
    );
    for (const content of [commit.object, ...Object.values(driver.files)]) bytes += content.byteLength;
    if (bytes > limits.scanBytes) return leftOut("scan bytes");
    await take({ ...commit, driver });
  }
  return null;
}

/** Those whose folder is another one than in the commit before; the newest is not looked at. */
async function changing(
  repository: Repository,
  path: string,
  commits: readonly string[],
  base: string | undefined,
  { entries }: LoadLimits,
): Promise<string[]> {
  if (commits.length < 2) return [];
  let looks = 0;
  /** A folder is in many commits, of which few change it. */
  const known = new Map<string, string | undefined>();
  const names = path === "" ? [] : path.split("/");
  const below = async (tree: string, depth: number): Promise<string | undefined> => {
    if (depth === names.length) return tree;
    const key = `${depth} ${tree}`;
    if (known.has(key)) return known.get(key);
    const found = await repository.folder(tree);
    looks += found.length + 1;
    if (looks > entries) throw exceeded("entries", `has more than ${entries} files and folders to look at`);
    const next = found.find((each) => each.name === names[depth] && /^0?40000$/.test(each.mode));
    const folder = next && (await below(next.oid, depth + 1));
    known.set(key, folder);
    return folder;
  };
  const folderOf = async (oid: string) => below((await repository.commit(oid)).tree, 0);
  const found: string[] = [];
  const older = [...commits.slice(1), ...(base === undefined ? [] : [base])];
  const folders: (string | undefined)[] = [];
  for (const oid of older) folders.push(await folderOf(oid));
  for (const [index, oid] of commits.slice(1).entries())
    if (folders[index] !== folders[index + 1]) found.push(oid);
  return found;
}
