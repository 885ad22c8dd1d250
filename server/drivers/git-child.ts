/**
 * The child process that reads a driver from a git repository: request as JSON on stdin, answer as JSON on
 * stdout. It fetches one commit without history into an empty bare store and reads files from git's objects,
 * never from a checkout, so that nothing in the repository can name a file of this machine.
 */
import fs from "node:fs";
import git, { type HttpClient } from "isomorphic-git";
import { AppError, type ErrorCode, messageOf, type Problem } from "../../lib/errors.ts";
import type { AddressPolicy } from "./address.ts";
import { type Collector, createCollector, refuse } from "./collect.ts";
import { createGitHttp } from "./git-http.ts";
import type { LoadLimits } from "./limits.ts";

export interface GitRequest {
  url: string;
  /** A branch, a tag or a whole commit id. */
  ref: string;
  /** The driver's folder; empty for the root. */
  path: string;
  authorization?: string;
  /** PEM. */
  ca?: string;
  policy: AddressPolicy;
  limits: LoadLimits;
  /** An empty directory that the parent removes afterwards. */
  store: string;
}

export type GitAnswer =
  | {
      commit: string;
      /** The commit object as git has it. */
      object: string;
      files: Record<string, string>;
    }
  | { error: { code: ErrorCode; message: string; field?: string; problems: Problem[] } };

/** More than the largest commit with two signatures needs. */
const maxCommitBytes = 256 * 1024;

const request = (await Bun.stdin.json()) as GitRequest;
const answer = await load(request).catch((thrown: unknown): GitAnswer => {
  const { code, message, field, problems } = translated(thrown, request);
  return { error: { code, message, problems, ...(field === undefined ? {} : { field }) } };
});
await Bun.write(Bun.stdout, JSON.stringify(answer));
// Connections that are still open would keep the process.
process.exit(0);

async function load({
  url,
  ref,
  path,
  authorization,
  ca,
  policy,
  limits,
  store,
}: GitRequest): Promise<GitAnswer> {
  const http = createGitHttp({
    policy,
    wireBytes: limits.wireBytes,
    ...(authorization === undefined ? {} : { authorization }),
    ...(ca === undefined ? {} : { ca }),
  });
  const repository = { fs, gitdir: store };
  const oid = await resolveRef(http, url, ref);
  await git.init({ ...repository, bare: true, defaultBranch: "main" });
  await git.addRemote({ ...repository, remote: "origin", url });
  await fetchCommit(http, store, url, oid, oid === ref);
  const { oid: commit, commit: found } = await git.readCommit({ ...repository, oid });
  const object = await readCommitObject(store, commit);

  const collector = createCollector(limits);
  const tree = await folderOf(store, found.tree, path);
  await readFolder(store, tree, "", collector);
  const files = Object.entries(collector.files).map(
    ([name, content]) => [name, Buffer.from(content).toString("base64")] as const,
  );
  return { commit, object: Buffer.from(object).toString("base64"), files: Object.fromEntries(files) };
}

/** The object that a branch, a tag or a commit id stands for. A branch wins over a tag of the same name. */
async function resolveRef(http: HttpClient, url: string, ref: string): Promise<string> {
  const candidates = ref.startsWith("refs/") ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`];
  for (const prefix of candidates) {
    const found = await git.listServerRefs({ http, url, prefix, peelTags: false });
    const exact = found.find((each) => each.ref === prefix);
    if (exact) return exact.oid;
  }
  if (/^[0-9a-f]{40}$/.test(ref)) return ref;
  const short = /^[0-9a-f]{7,39}$/.test(ref) ? " A commit needs all of its 40 digits." : "";
  throw new AppError("NOT_FOUND", `Repository ${url} has no branch, tag or commit "${ref}".${short}`, {
    field: "ref",
  });
}

async function fetchCommit(http: HttpClient, store: string, url: string, oid: string, isCommit: boolean) {
  const common = { fs, http, gitdir: store, url, remote: "origin", tags: false };
  try {
    const advertised = { ...common, http: withHead(http, oid) };
    await git.fetch({ ...advertised, ref: oid, remoteRef: oid, depth: 1, singleBranch: true });
    await git.readObject({ fs, gitdir: store, oid, format: "deflated" });
    return;
  } catch (thrown) {
    if (!isCommit || thrown instanceof AppError) throw thrown;
  }
  // Many servers hand out only what a branch or a tag points to; the commit may lie a little behind one.
  await git.fetch({ ...common, depth: 200, singleBranch: false, tags: true });
  const there = await git.readObject({ fs, gitdir: store, oid, format: "deflated" }).catch(() => undefined);
  if (there) return;
  throw new AppError(
    "NOT_FOUND",
    `Repository ${url} does not give commit ${oid}. Name the branch or tag it is on.`,
    {
      field: "ref",
    },
  );
}

/**
 * The library gives up on a repository whose HEAD names a branch that is not there, though nobody asked for
 * it. So the list of refs that it reads always ends with a HEAD.
 */
function withHead({ request }: HttpClient, oid: string): HttpClient {
  return {
    async request(asked) {
      const response = await request(asked);
      if (!asked.url.includes("/info/refs?") || response.statusCode !== 200 || !response.body)
        return response;
      const chunks: Uint8Array[] = [];
      for await (const chunk of response.body) chunks.push(chunk);
      const refs = Buffer.concat(chunks).toString("latin1");
      const ended = refs.endsWith("0000") && !refs.includes(" HEAD");
      const line = `${oid} HEAD\n`;
      const length = (line.length + 4).toString(16).padStart(4, "0");
      const list = ended ? `${refs.slice(0, -4)}${length}${line}0000` : refs;
      return { ...response, body: [Buffer.from(list, "latin1")].values() as never };
    },
  };
}

/** The bytes of a commit, for its author and its signature. */
async function readCommitObject(store: string, oid: string): Promise<Uint8Array> {
  const { object } = await git.readObject({ fs, gitdir: store, oid, format: "content" });
  const bytes = object as Uint8Array;
  if (bytes.byteLength <= maxCommitBytes) return bytes;
  throw new AppError(
    "LIMIT",
    `Commit ${oid} has ${bytes.byteLength} bytes without its files; ${maxCommitBytes} are allowed.`,
    { field: "ref" },
  );
}

async function folderOf(store: string, root: string, path: string): Promise<string> {
  let oid = root;
  for (const name of path === "" ? [] : path.split("/")) {
    const { tree } = await git.readTree({ fs, gitdir: store, oid });
    const entry = tree.find((each) => each.path === name);
    if (entry?.type !== "tree") {
      const what = entry ? `${path} is no folder of` : `there is no folder ${path} in`;
      throw new AppError("NOT_FOUND", `The driver cannot be loaded: ${what} the repository.`, {
        field: "path",
      });
    }
    oid = entry.oid;
  }
  return oid;
}

async function readFolder(store: string, oid: string, folder: string, collector: Collector): Promise<void> {
  const { tree } = await git.readTree({ fs, gitdir: store, oid });
  for (const entry of tree) {
    const path = folder === "" ? entry.path : `${folder}/${entry.path}`;
    collector.checkPath(path);
    if (entry.mode === "120000") refuse(path, "is a symbolic link; drivers may hold files and folders only");
    if (entry.type === "commit") refuse(path, "is a submodule; drivers may hold files and folders only");
    if (entry.type === "tree") {
      await readFolder(store, entry.oid, path, collector);
    } else if (entry.mode === "100644" || entry.mode === "100755") {
      const { blob } = await git.readBlob({ fs, gitdir: store, oid: entry.oid });
      collector.add(path, blob);
    } else {
      refuse(path, `has the unknown mode ${entry.mode}`);
    }
  }
}

/** The errors of the git library and of the network in our own words. */
function translated(thrown: unknown, { url, ref }: GitRequest): AppError {
  if (thrown instanceof AppError) return thrown;
  const { code, data } = thrown as { code?: string; data?: { statusCode?: number } };
  const status = code === "HttpError" ? data?.statusCode : undefined;
  const field = "url";
  if (status === 404 || status === 410) {
    return new AppError("NOT_FOUND", `There is no git repository at ${url}. Check the address.`, { field });
  }
  if (status === 401 || status === 403) {
    const message = `Repository ${url} does not exist or wants other credentials (HTTP ${status}). Check the address; a user and a password can stand in it.`;
    return new AppError("FORBIDDEN", message, { field });
  }
  if (status !== undefined) {
    return new AppError("UNAVAILABLE", `Repository ${url} answers with HTTP ${status}. Try again later.`, {
      field,
    });
  }
  if (code === "SmartHttpError" || code === "EmptyServerResponseError" || code === "ParseError") {
    return new AppError(
      "NOT_FOUND",
      `${url} is there, but no git repository that speaks smart HTTP. Use the address that git clones from.`,
      {
        field,
      },
    );
  }
  if (code === "UnsafeFilepathError") {
    return new AppError(
      "INVALID",
      "The driver cannot be loaded: the repository has a file name that leads elsewhere. Rename it.",
    );
  }
  if (code === "ObjectTypeError") {
    return new AppError("NOT_FOUND", `"${ref}" is no commit of ${url}. Name a branch, a tag or a commit.`, {
      field: "ref",
    });
  }
  const reason =
    code && !messageOf(thrown).includes(code) ? `${messageOf(thrown)} (${code})` : messageOf(thrown);
  return new AppError(
    "UNAVAILABLE",
    `Repository ${url} cannot be read: ${reason}. Check the address and that the server may reach it.`,
    {
      field,
      cause: thrown,
    },
  );
}
