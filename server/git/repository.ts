import { AppError } from "../../lib/errors.ts";
import type { AddressPolicy } from "../drivers/address.ts";
import { exceeded, GitRefusal, malformed } from "./errors.ts";
import { canFilter, fetchPack, type Wanted } from "./fetch.ts";
import { createGitHttp } from "./http.ts";
import { type GitObject, type ObjectStore, parseTag, parseTree, type TreeEntry, treeOf } from "./objects.ts";
import { type PackLimits, type PackUse, unpack } from "./pack.ts";
import { connectTo, listRefs, type Ref, type Remote } from "./refs.ts";

export interface OpenOptions {
  policy: AddressPolicy;
  authorization?: string | undefined;
  ca?: string | undefined;
  limits: PackLimits & { wireBytes: number; silenceMs: number };
  signal?: AbortSignal;
  onProgress?: (progress: { phase: Phase; bytes: number; objects: number }) => void;
}

type Phase = "connecting" | "receiving" | "unpacking" | "reading";

/** More than the largest commit with two signatures needs. */
const maxCommitBytes = 256 * 1024;

/** One commit of a repository, without its history. */
export interface Repository {
  oid: string;
  /** The commit as git keeps it. */
  object: Buffer;
  /** Its folder. */
  tree: string;
  /** The entries of a folder that is in the commit. Throws INVALID when the server did not send it. */
  folder(oid: string): TreeEntry[];
  /** The contents of files that are in the commit, by their ids; they are fetched when they are not here yet. */
  files(oids: ReadonlySet<string>): Promise<Map<string, Buffer>>;
}

/**
 * Fetches the commit that a branch, a tag or a commit id stands for; where the server can, without its files, so that
 * only those are sent which are asked for later. Throws AppError.
 */
export async function openRepository(url: string, ref: string, options: OpenOptions): Promise<Repository> {
  const { limits, onProgress = () => {}, signal } = options;
  const progress = { phase: "connecting" as Phase, bytes: 0, objects: 0 };
  const tell = (change: Partial<typeof progress>) => onProgress(Object.assign(progress, change));
  const http = createGitHttp({
    policy: options.policy,
    authorization: options.authorization,
    ca: options.ca,
    wireBytes: limits.wireBytes,
    silenceMs: limits.silenceMs,
    signal,
    onBytes: everyMegabyte((bytes) => tell({ bytes })),
  });
  const store: ObjectStore = new Map();
  const use: PackUse = { objects: 0, inflatedBytes: 0 };
  const fetch = async (wanted: Wanted) => {
    tell({ phase: "receiving" });
    const pack = await fetchPack(remote, wanted);
    tell({ phase: "unpacking" });
    unpack(pack, store, limits, use);
    tell({ phase: "reading", objects: use.objects });
  };
  const at = (oid: string, type: GitObject["type"]) => {
    const object = store.get(oid);
    if (object?.type === type) return object.content;
    throw malformed(`lacks the ${type} ${oid.slice(0, 12)}, which it should hold`);
  };

  tell({});
  const candidates = candidatesFor(ref);
  const remote = await connectTo(http, url, (name) => candidates.includes(name) || isTip(name)).catch(
    (thrown) => rethrow(thrown, url),
  );
  const asked = await resolveRef(remote, ref, candidates).catch((thrown) => rethrow(thrown, url));
  await fetchCommit(remote, asked, isOid(ref), fetch).catch((thrown) => rethrow(thrown, url, ref));
  const oid = peel(store, asked, ref, url);
  const object = at(oid, "commit");
  if (object.length > maxCommitBytes) {
    throw exceeded("commit bytes", `has a commit of ${object.length} bytes; ${maxCommitBytes} are allowed`);
  }
  return {
    oid,
    object,
    tree: treeOf(object),
    folder: (tree) => parseTree(at(tree, "tree")),
    async files(oids) {
      const missing = [...oids].filter((each) => !store.has(each));
      if (missing.length > 0) await fetch({ oids: missing }).catch((thrown) => rethrow(thrown, url));
      return new Map([...oids].map((each) => [each, at(each, "blob")]));
    },
  };
}

/** What is recorded of a repository that answers: whether it can be reached, and what it has. */
export async function listBranchesAndTags(
  url: string,
  options: Omit<OpenOptions, "limits" | "onProgress"> & { wireBytes: number; silenceMs: number },
): Promise<Ref[]> {
  const http = createGitHttp({
    policy: options.policy,
    authorization: options.authorization,
    ca: options.ca,
    wireBytes: options.wireBytes,
    silenceMs: options.silenceMs,
    signal: options.signal,
  });
  try {
    const remote = await connectTo(http, url, isTip);
    return await listRefs(remote, ["refs/heads/", "refs/tags/"]);
  } catch (thrown) {
    return rethrow(thrown, url);
  }
}

const isTip = (name: string) => /^refs\/(heads|tags)\//.test(name);
const isOid = (text: string) => /^[0-9a-f]{40}$/.test(text);

function candidatesFor(ref: string): string[] {
  if (ref === "HEAD" || ref.startsWith("refs/")) return [ref];
  return [`refs/heads/${ref}`, `refs/tags/${ref}`];
}

/** The object that a branch, a tag or a commit id stands for. A branch wins over a tag of the same name. */
async function resolveRef(remote: Remote, ref: string, candidates: string[]): Promise<string> {
  const refs = await listRefs(remote, candidates);
  for (const name of candidates) {
    const found = refs.find((each) => each.name === name);
    if (found) return found.peeled ?? found.oid;
  }
  if (isOid(ref)) return ref;
  const short = /^[0-9a-f]{7,39}$/.test(ref) ? " A commit needs all of its 40 digits." : "";
  const text = `Repository ${remote.url} has no branch, tag or commit "${ref}".${short}`;
  throw new AppError("NOT_FOUND", text, { field: "ref" });
}

type Fetch = (wanted: Wanted) => Promise<void>;

async function fetchCommit(remote: Remote, oid: string, isCommit: boolean, fetch: Fetch): Promise<void> {
  try {
    await fetch({ oids: [oid], depth: 1, withoutFiles: canFilter(remote) });
  } catch (thrown) {
    // Some servers hand out only what a branch or a tag points to; the commit may lie a little behind one.
    if (!(thrown instanceof GitRefusal && isCommit)) throw thrown;
    const refs = await listRefs(remote, ["refs/heads/", "refs/tags/"]);
    const tips = new Set(refs.slice(0, 1_000).map(({ oid, peeled }) => peeled ?? oid));
    if (tips.size === 0) throw thrown;
    await fetch({ oids: [...tips], depth: 200 });
  }
}

const maxTags = 10;

/** A tag may stand for a tag, and so on, until a commit. */
function peel(store: ObjectStore, asked: string, ref: string, url: string): string {
  let oid = asked;
  for (let tags = 0; tags <= maxTags; tags++) {
    const object = store.get(oid);
    if (!object) throw notGiven(url, ref);
    if (object.type === "commit") return oid;
    if (object.type !== "tag") break;
    oid = parseTag(object.content);
  }
  throw new AppError("NOT_FOUND", `"${ref}" is no commit of ${url}. Name a branch, a tag or a commit.`, {
    field: "ref",
  });
}

const notGiven = (url: string, ref: string) =>
  new AppError(
    "NOT_FOUND",
    `Repository ${url} does not give commit ${ref}. Name the branch or tag it is on.`,
    {
      field: "ref",
    },
  );

function rethrow(thrown: unknown, url: string, ref?: string): never {
  if (!(thrown instanceof GitRefusal)) throw thrown;
  if (ref !== undefined && /not our ref|no such|unadvertised|not found/i.test(thrown.message))
    throw notGiven(url, ref);
  throw new AppError("UNAVAILABLE", `Repository ${url} refuses: ${thrown.message || "no reason"}.`, {
    field: "url",
    cause: thrown,
  });
}

/** Not for each of thousands of chunks. */
function everyMegabyte(tell: (bytes: number) => void): (bytes: number) => void {
  let told = 0;
  return (bytes) => {
    if (bytes - told < 256 * 1024) return;
    told = bytes;
    tell(bytes);
  };
}
