import git, { type HttpClient } from "isomorphic-git";
import { AppError } from "../../lib/errors.ts";
import type { AddressPolicy } from "../drivers/address.ts";
import { exceeded, GitRefusal, malformed } from "./errors.ts";
import { guarded } from "./guard.ts";
import { type Graph, type Line, lineSince } from "./history.ts";
import { createGitHttp } from "./http.ts";
import { createMemoryFs } from "./memory.ts";
import { type ObjectType, parentsOf, parseTag, parseTree, type TreeEntry, treeOf } from "./objects.ts";
import type { PackLimits } from "./pack.ts";

export interface OpenOptions {
  policy: AddressPolicy;
  authorization?: string | undefined;
  ca?: string | undefined;
  limits: PackLimits & { wireBytes: number; silenceMs: number };
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

/** How far reading a repository is. */
export interface Progress {
  phase: "connecting" | "receiving" | "reading";
  /** Received so far. */
  bytes: number;
  objects: number;
}

/** One commit. */
export interface Commit {
  oid: string;
  /** As git keeps it. */
  object: Buffer;
  /** Its folder. */
  tree: string;
}

/** One commit of a repository, without its history as long as nobody asks for it. */
export interface Repository extends Commit {
  /** The entries of a folder that is in the commit. Throws INVALID when the server did not send it. */
  folder(oid: string): Promise<TreeEntry[]>;
  /** The content of a file that is in the commit; throws the same. */
  file(oid: string): Promise<Buffer>;
  /**
   * The commits since another one, with which folders and files of those commits can be asked for. Fetches as much of the
   * history as that takes, `most` commits deep at most; what was fetched counts for the same limits.
   */
  lineSince(oid: string, most: number): Promise<Line>;
  /** Another commit that was fetched; throws INVALID. */
  commit(oid: string): Promise<Commit>;
}

/** More than the largest commit with two signatures needs. */
const maxCommitBytes = 256 * 1024;

/** Where the library thinks that its store is; it is in memory. */
const gitdir = "/git";

/** Fetches the one commit that a branch, a tag or a commit id stands for. Throws AppError. */
export async function openRepository(url: string, ref: string, options: OpenOptions): Promise<Repository> {
  const { limits, signal, onProgress = () => {} } = options;
  const progress: Progress = { phase: "connecting", bytes: 0, objects: 0 };
  const tell = (change: Partial<Progress>) => onProgress(Object.assign(progress, change));
  const network = createGitHttp({
    policy: options.policy,
    authorization: options.authorization,
    ca: options.ca,
    wireBytes: limits.wireBytes,
    silenceMs: limits.silenceMs,
    signal,
    onBytes: nowAndThen((bytes) => tell({ phase: "receiving", bytes })),
  });
  const onPack = (objects: number) => tell({ phase: "reading", objects });
  const graph = new Map<string, string[]>();
  const onCommit = (oid: string, content: Buffer) => void graph.set(oid, parentsOf(content));
  const http = guarded(network, { limits, url, onPack, onCommit });
  const store = { fs: createMemoryFs(), gitdir, cache: {} };

  tell({});
  try {
    const asked = await resolveRef(http, url, ref);
    await store.fs.promises.mkdir(gitdir);
    await git.init({ ...store, bare: true, defaultBranch: "main" });
    await git.addRemote({ ...store, remote: "origin", url });
    await fetchCommit(http, store, url, asked, isOid(ref));
    const commit = await readCommit(store, asked, ref, url);
    const deepen = (depth: number) =>
      fetchAt(http, store, url, commit.oid, depth).catch((thrown) => {
        throw translated(thrown, url, ref);
      });
    return repositoryAt(store, commit, graph, deepen);
  } catch (thrown) {
    throw translated(thrown, url, ref);
  }
}

type Store = { fs: ReturnType<typeof createMemoryFs>; gitdir: string; cache: object };

const isOid = (text: string) => /^[0-9a-f]{40}$/.test(text);

/**
 * The object that a branch, a tag or a commit id stands for. A branch wins over a tag of the same name. The library is
 * asked for the old protocol, in which it fetches too: so one answer does for both.
 */
async function resolveRef(http: HttpClient, url: string, ref: string): Promise<string> {
  const whole = ref === "HEAD" || ref.startsWith("refs/");
  for (const prefix of whole ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`]) {
    const found = await git.listServerRefs({ http, url, prefix, peelTags: true, protocolVersion: 1 });
    const exact = found.find((each) => each.ref === prefix);
    if (exact) return exact.peeled ?? exact.oid;
  }
  if (isOid(ref)) return ref;
  const short = /^[0-9a-f]{7,39}$/.test(ref) ? " A commit needs all of its 40 digits." : "";
  const text = `Repository ${url} has no branch, tag or commit "${ref}".${short}`;
  throw new AppError("NOT_FOUND", text, { field: "ref" });
}

/** With so many commits of its history. Of what is there already git's servers leave out the commits, and send the files again. */
function fetchAt(http: HttpClient, store: Store, url: string, oid: string, depth: number) {
  const what = { remote: "origin", ref: oid, remoteRef: oid, singleBranch: true, tags: false };
  return git.fetch({ ...store, http, url, ...what, depth });
}

async function fetchCommit(http: HttpClient, store: Store, url: string, oid: string, isCommit: boolean) {
  try {
    await fetchAt(http, store, url, oid, 1);
  } catch (thrown) {
    // Many servers hand out only what a branch or a tag points to; the commit may lie a little behind one.
    if (!(thrown instanceof GitRefusal && isCommit)) throw thrown;
    await git.fetch({ ...store, http, url, remote: "origin", depth: 200, singleBranch: false, tags: true });
  }
}

const maxTags = 10;

/** A tag may stand for a tag, and so on, until a commit. */
async function readCommit(store: Store, asked: string, ref: string, url: string): Promise<Commit> {
  let oid = asked;
  for (let tags = 0; tags <= maxTags; tags++) {
    const object = await readObject(store, oid);
    if (!object) throw notGiven(url, ref);
    if (object.type === "commit") return commitOf(oid, object.content);
    if (object.type !== "tag") break;
    oid = parseTag(object.content);
  }
  const text = `"${ref}" is no commit of ${url}. Name a branch, a tag or a commit.`;
  throw new AppError("NOT_FOUND", text, { field: "ref" });
}

function commitOf(oid: string, object: Buffer): Commit {
  if (object.length > maxCommitBytes) {
    throw exceeded("commit bytes", `has a commit of ${object.length} bytes; ${maxCommitBytes} are allowed`);
  }
  return { oid, object, tree: treeOf(object) };
}

function repositoryAt(
  store: Store,
  commit: Commit,
  graph: Graph,
  deepen: (depth: number) => Promise<unknown>,
): Repository {
  const contentOf = async (type: ObjectType, wanted: string) => {
    const found = await readObject(store, wanted);
    if (found?.type === type) return found.content;
    throw malformed(`lacks the ${type} ${wanted.slice(0, 12)}, which it should hold`);
  };
  /** One folder may be named in very many places. */
  const folders = new Map<string, TreeEntry[]>();
  const folder = async (tree: string) => {
    const known = folders.get(tree) ?? parseTree(await contentOf("tree", tree));
    folders.set(tree, known);
    return known;
  };
  return {
    ...commit,
    folder,
    file: (blob) => contentOf("blob", blob),
    commit: async (oid) => commitOf(oid, await contentOf("commit", oid)),
    async lineSince(since, most) {
      let line = lineSince(graph, commit.oid, since);
      for (const depth of depthsUpTo(most)) {
        if (line.state !== "OPEN") break;
        await deepen(depth);
        line = lineSince(graph, commit.oid, since);
      }
      return line;
    },
  };
}

/** A few commits are the rule; who has many gets them in few steps. */
const depthsUpTo = (most: number) => [...[16, 128].filter((depth) => depth < most), most];

/**
 * The bytes of an object; undefined when it is not there. Folders are read from them by `parseTree`: the library's own
 * reading gives up on a folder for one odd name in it, and makes names of what is no text.
 */
async function readObject(store: Store, oid: string): Promise<{ type: string; content: Buffer } | undefined> {
  try {
    const { type, object } = await git.readObject({ ...store, oid, format: "content" });
    const bytes = object as Uint8Array;
    return { type: type!, content: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
  } catch (thrown) {
    if ((thrown as { code?: string }).code === "NotFoundError") return undefined;
    throw thrown;
  }
}

const notGiven = (url: string, ref: string) =>
  new AppError(
    "NOT_FOUND",
    `Repository ${url} does not give commit ${ref}. Name the branch or tag it is on.`,
    { field: "ref" },
  );

/** The errors of the git library and of servers in our own words. */
function translated(thrown: unknown, url: string, ref: string): unknown {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof GitRefusal) {
    if (/not our ref|no such|unadvertised|not found/i.test(thrown.message)) return notGiven(url, ref);
    const text = `Repository ${url} refuses: ${thrown.message || "no reason"}.`;
    return new AppError("UNAVAILABLE", text, { field: "url", cause: thrown });
  }
  const code = (thrown as { code?: unknown }).code;
  if (typeof code === "string" && /Error$/.test(code)) return malformed(`cannot be understood (${code})`);
  return thrown;
}

/** Not for each of thousands of chunks. */
function nowAndThen(tell: (bytes: number) => void): (bytes: number) => void {
  let told = 0;
  return (bytes) => {
    if (bytes - told < 256 * 1024) return;
    told = bytes;
    tell(bytes);
  };
}
