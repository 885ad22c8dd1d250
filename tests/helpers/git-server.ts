import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file of a commit: its text, or something that is no ordinary file. */
export type CommitFile =
  string | Uint8Array | { symlink: string } | { submodule: string } | { executable: string };

export interface CommitOptions {
  /** The branch that the commit is added to. Default `main`. */
  branch?: string;
  /** A tag that is set to the commit, also when it was elsewhere. */
  tag?: string;
  /** Makes the tag an annotated one. */
  annotated?: boolean;
  message?: string;
}

export type GitMode =
  | { kind: "serve" }
  /** Takes requests and never answers. */
  | { kind: "hang" }
  /** Sends one byte of each answer every `everyMs`. */
  | { kind: "drip"; everyMs: number }
  | { kind: "redirect"; to: string }
  | { kind: "status"; status: number };

export interface GitServer {
  origin: string;
  /** The folder with the bare repositories. */
  root: string;
  /** How it behaves from now on. */
  mode: GitMode;
  /** Method, path and Authorization header of each request so far. */
  requests: { method: string; path: string; authorization: string | null }[];
  /** The clone URL of a repository. */
  url(repository: string): string;
  stop(): Promise<void>;
}

/**
 * A real git server on loopback: `git http-backend` (smart HTTP) behind `Bun.serve`. Needs `git` to be
 * installed. With `auth` it wants that user and password.
 */
export async function startGitServer({
  auth,
  protocol = 2,
  tls,
}: {
  auth?: { user: string; password: string };
  /** The newest protocol that it knows. */
  protocol?: 0 | 2;
  tls?: { key: string; cert: string };
} = {}): Promise<GitServer> {
  const root = mkdtempSync(join(tmpdir(), "styrmin-test-git-"));
  const wanted = auth ? `Basic ${btoa(`${auth.user}:${auth.password}`)}` : null;
  const listener = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    ...(tls ? { tls } : {}),
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const authorization = request.headers.get("authorization");
      server.requests.push({ method: request.method, path: pathname + search, authorization });
      const { mode } = server;
      if (mode.kind === "hang") return new Promise<Response>(() => {});
      if (mode.kind === "status") return new Response("as told", { status: mode.status });
      if (mode.kind === "redirect") {
        return new Response(null, { status: 302, headers: { location: `${mode.to}${pathname}${search}` } });
      }
      if (wanted !== null && authorization !== wanted) {
        return new Response("who are you?", { status: 401, headers: { "www-authenticate": "Basic" } });
      }
      const response = await backend(root, request, protocol);
      return mode.kind === "drip" ? dripping(response, mode.everyMs) : response;
    },
  });
  const server: GitServer = {
    origin: listener.url.origin,
    root,
    mode: { kind: "serve" },
    requests: [],
    url: (repository) => `${listener.url.origin}/${repository}.git`,
    async stop() {
      await listener.stop(true);
      await rm(root, { recursive: true, force: true });
    },
  };
  return server;
}

/**
 * Adds a commit with exactly these files to a repository of the server, which is made when it is not there.
 * Returns the commit's id.
 */
export async function commitDriver(
  server: Pick<GitServer, "root">,
  repository: string,
  files: Record<string, CommitFile>,
  options: CommitOptions = {},
): Promise<string> {
  return (await commitDrivers(server, repository, [files], options))[0]!;
}

/** Adds several commits, one after the other; returns their ids. */
export async function commitDrivers(
  server: Pick<GitServer, "root">,
  repository: string,
  commits: readonly Record<string, CommitFile>[],
  { branch = "main", tag, annotated = false, message = "Change the driver" }: CommitOptions = {},
): Promise<string[]> {
  const gitdir = join(server.root, `${repository}.git`);
  const known = await Bun.file(join(gitdir, "HEAD")).exists();
  if (!known) await git(gitdir, ["init", "--bare", "--quiet", "--initial-branch=main", gitdir]);
  const tip = () => git(gitdir, ["rev-parse", "--verify", "--quiet", `refs/heads/${branch}`]);
  let parent = known ? await tip().catch(() => "") : "";

  const who = `Driver Author <author@example.org> ${Math.floor(Date.now() / 1000)} +0000`;
  const parts: (string | Uint8Array)[] = [];
  for (const [index, files] of commits.entries()) {
    const mark = `:${index + 1}`;
    parts.push(`commit refs/heads/${branch}\nmark ${mark}\ncommitter ${who}\n`);
    parts.push(...data(message), ...(parent ? [`from ${parent}\n`] : []), "deleteall\n");
    for (const [path, file] of Object.entries(files)) parts.push(...entry(path, file));
    parts.push("\n", `get-mark ${mark}\n`);
    parent = mark;
  }
  if (tag && annotated) parts.push(`tag ${tag}\nfrom ${parent}\ntagger ${who}\n`, ...data(message));
  else if (tag) parts.push(`reset refs/tags/${tag}\nfrom ${parent}\n`);
  const made = await git(gitdir, ["fast-import", "--quiet", "--force"], new Blob(parts as BlobPart[]));
  return made.split("\n");
}

/** Runs git in a repository and returns what it printed. */
export async function git(gitdir: string, args: string[], stdin?: Blob): Promise<string> {
  const child = Bun.spawn(["git", ...args], {
    env: { PATH: process.env.PATH ?? "", GIT_DIR: gitdir, GIT_CONFIG_NOSYSTEM: "1", HOME: gitdir },
    stdin: stdin ?? "ignore",
    stderr: "pipe",
  });
  const [text, trouble] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0) throw new Error(`git ${args.join(" ")}: ${trouble}`);
  return text.trim();
}

function entry(path: string, file: CommitFile): (string | Uint8Array)[] {
  const quoted = JSON.stringify(path);
  if (typeof file === "string" || file instanceof Uint8Array)
    return [`M 100644 inline ${quoted}\n`, ...data(file)];
  if ("symlink" in file) return [`M 120000 inline ${quoted}\n`, ...data(file.symlink)];
  if ("submodule" in file) return [`M 160000 ${file.submodule} ${quoted}\n`];
  return [`M 100755 inline ${quoted}\n`, ...data(file.executable)];
}

function data(content: string | Uint8Array): (string | Uint8Array)[] {
  return [`data ${Buffer.byteLength(content)}\n`, content, "\n"];
}

/** One request through `git http-backend` as CGI (RFC 3875). */
async function backend(root: string, request: Request, protocol: 0 | 2): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const child = Bun.spawn(["git", "http-backend"], {
    env: {
      PATH: process.env.PATH ?? "",
      HOME: root,
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      REQUEST_METHOD: request.method,
      PATH_INFO: decodeURIComponent(pathname),
      QUERY_STRING: search.slice(1),
      CONTENT_TYPE: request.headers.get("content-type") ?? "",
      HTTP_CONTENT_ENCODING: request.headers.get("content-encoding") ?? "",
      GIT_PROTOCOL: protocol === 2 ? (request.headers.get("git-protocol") ?? "") : "",
      REMOTE_ADDR: "127.0.0.1",
    },
    stdin: new Blob([await request.arrayBuffer()]),
    stderr: "ignore",
  });
  const output = Buffer.from(await new Response(child.stdout).arrayBuffer());
  await child.exited;
  const end = output.indexOf("\r\n\r\n");
  const headers = new Headers();
  let status = 200;
  for (const line of output.subarray(0, Math.max(end, 0)).toString().split("\r\n")) {
    const [, name = "", value = ""] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
    if (name.toLowerCase() === "status") status = Number.parseInt(value, 10);
    else if (name !== "") headers.set(name, value);
  }
  return new Response(output.subarray(end + 4), { status: end < 0 ? 500 : status, headers });
}

async function dripping(response: Response, everyMs: number): Promise<Response> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  let next = 0;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await Bun.sleep(everyMs);
      if (next < bytes.length) controller.enqueue(bytes.subarray(next, ++next));
      else controller.close();
    },
  });
  return new Response(body, { status: response.status, headers: response.headers });
}
