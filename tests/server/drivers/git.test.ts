import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "../../../lib/errors.ts";
import { defaultLoadLimits, type LoadLimits } from "../../../server/drivers/limits.ts";
import { type LoadSource, loadDriver } from "../../../server/drivers/load.ts";
import { specText } from "../../drivers/sample.ts";
import { childNamed } from "../../helpers/children.ts";
import {
  type CommitFile,
  commitDriver,
  git,
  type GitServer,
  startGitServer,
} from "../../helpers/git-server.ts";
import { pace } from "../../helpers/pace.ts";

let server: GitServer;
const scratch = await mkdtemp(join(tmpdir(), "styrmin-test-scratch-"));
const { TMPDIR } = process.env;
beforeAll(async () => {
  server = await startGitServer();
  process.env.TMPDIR = scratch;
});
afterAll(async () => {
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  await server.stop();
  const left = (await readdir(scratch)).filter((name) => name.startsWith("styrmin-git-"));
  await rm(scratch, { recursive: true, force: true });
  expect(left).toEqual([]);
});

const manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n";
const driver = (version = "1", more: Record<string, CommitFile> = {}): Record<string, CommitFile> => ({
  "driver.styrmin.yml": specText("", { version }),
  "manifests/a.yaml": manifest,
  ...more,
});

function load(
  source: { url: string; ref?: string; path?: string },
  limits: Partial<LoadLimits> = {},
  allowLoopbackGit = true,
) {
  const full: LoadSource = { kind: "git", ref: "main", ...source };
  return loadDriver(full, {
    allowLoopbackGit,
    allowPrivateGit: false,
    directories: [],
    limits: { ...defaultLoadLimits, ...limits },
  });
}

/** What loading fails with; fails itself when it does not. */
async function failure(...args: Parameters<typeof load>): Promise<AppError> {
  try {
    await load(...args);
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown;
    throw thrown;
  }
  throw new Error("loading succeeded");
}

describe("a driver in a git repository", () => {
  test.concurrent("loads from a branch, a tag, an annotated tag and a commit", async () => {
    const first = await commitDriver(server, "refs", driver("1"), { tag: "v1", annotated: true });
    const second = await commitDriver(server, "refs", driver("2"), { tag: "v2" });
    const third = await commitDriver(server, "refs", driver("3"), { branch: "topic/new" });
    const url = server.url("refs");
    const found = await Promise.all(
      ["main", "v1", "v2", "topic/new", "refs/tags/v1", first].map((ref) => load({ url, ref })),
    );
    expect(found.map(({ commit }) => commit)).toEqual([second, first, second, third, first, first]);
    // The test's commits have no author of their own, and git then takes the committer.
    expect(found[0]!.made).toMatchObject({
      author: "Driver Author <author@example.org>",
      subject: "Change the driver",
    });
    expect(Math.abs(Date.now() - found[0]!.made!.committedAt!.getTime())).toBeLessThan(60_000);
    expect(found.map(({ spec }) => spec.version)).toEqual(["2", "1", "2", "3", "1", "1"]);
    expect(Object.keys(found[0]!.files)).toEqual(["driver.styrmin.yml", "manifests/a.yaml"]);
  });

  test.concurrent("loads from a commit that no branch or tag points to", async () => {
    const early = await commitDriver(server, "deep", driver("1"));
    await commitDriver(server, "deep", driver("2"));
    await commitDriver(server, "deep", driver("3"));
    expect((await load({ url: server.url("deep"), ref: early })).spec.version).toBe("1");
  });

  test.concurrent("loads without the packages that somebody has committed", async () => {
    const types = { "node_modules/@styrmin/driver-kit": { symlink: "/home/me/styrmin/drivers/kit" } };
    await commitDriver(server, "packages", driver("1", types));
    const { files } = await load({ url: server.url("packages") });
    expect(Object.keys(files)).toEqual(Object.keys(driver()));
    const inside = driver("1", { "lib/node_modules": { symlink: "../../packages" } });
    await commitDriver(server, "packages", inside, { branch: "link" });
    expect((await load({ url: server.url("packages"), ref: "link" })).files).toEqual(files);
  });

  test("loads from a subfolder, whatever lies beside it", async () => {
    const inside = Object.fromEntries(
      Object.entries(driver()).map(([path, file]) => [`apps/x/${path}`, file]),
    );
    await commitDriver(server, "folder", {
      ...inside,
      link: { symlink: "/etc/passwd" },
      huge: "x".repeat(2_000_000),
    });
    await commitDriver(server, "plain", driver());
    const fromFolder = await load({ url: server.url("folder"), path: "./apps/x/" });
    const fromRoot = await load({ url: server.url("plain") });
    expect(fromFolder.digest).toBe(fromRoot.digest);
    expect((await failure({ url: server.url("folder") })).message).toContain("link is a symbolic link");
    expect(await failure({ url: server.url("folder"), path: "apps" })).toMatchObject({
      code: "NOT_FOUND",
      field: "path",
    });
    expect(await failure({ url: server.url("folder"), path: "apps/y" })).toMatchObject({
      code: "NOT_FOUND",
      field: "path",
    });
    expect(await failure({ url: server.url("folder"), path: "apps/x/driver.styrmin.yml" })).toMatchObject({
      code: "NOT_FOUND",
    });
    expect(await failure({ url: server.url("folder"), path: "link/x" })).toMatchObject({ code: "NOT_FOUND" });
    expect(await failure({ url: server.url("folder"), path: "apps/../.." })).toMatchObject({
      code: "INVALID",
      field: "path",
    });
  });

  test.concurrent("of a tag that was moved is read anew", async () => {
    const url = server.url("moved");
    await commitDriver(server, "moved", driver("1"), { tag: "stable" });
    const before = await load({ url, ref: "stable" });
    await commitDriver(server, "moved", driver("2"), { tag: "stable" });
    const after = await load({ url, ref: "stable" });
    expect([before.spec.version, after.spec.version]).toEqual(["1", "2"]);
    expect(after.digest).not.toBe(before.digest);
  });

  test.concurrent("has the same digest for the same content in another commit", async () => {
    const url = server.url("again");
    const one = await load({ url, ref: await commitDriver(server, "again", driver()) });
    const two = await load({ url, ref: await commitDriver(server, "again", driver()) });
    expect(two.commit).not.toBe(one.commit);
    expect(two.digest).toBe(one.digest);
  });
});

describe("what is not there", () => {
  test("is told with its field: repository, ref, driver file", async () => {
    await commitDriver(server, "there", { "README.md": "hello" });
    const url = server.url("there");
    expect(await failure({ url: server.url("nowhere") })).toMatchObject({ code: "NOT_FOUND", field: "url" });
    expect(await failure({ url, ref: "nope" })).toMatchObject({ code: "NOT_FOUND", field: "ref" });
    expect(await failure({ url, ref: "0".repeat(40) })).toMatchObject({ code: "NOT_FOUND", field: "ref" });
    expect((await failure({ url, ref: "abcdef0" })).message).toContain("all of its 40 digits");
    expect(await failure({ url })).toMatchObject({ code: "NOT_FOUND", field: "path" });
    expect((await failure({ url })).message).toContain("driver.styrmin.yml");
  });

  test("and what cannot be an address or a ref is refused before anything is asked", async () => {
    const before = server.requests.length;
    const urls = [
      "",
      "x",
      "/etc",
      "file:///etc",
      "ssh://git@h/x",
      "git@github.com:a/b",
      "ext::sh -c id",
      "ftp://h/x",
      "http://",
      `https://h/${"a".repeat(3_000)}`,
    ];
    for (const url of urls) expect(await failure({ url })).toMatchObject({ code: "INVALID", field: "url" });
    const url = server.url("there");
    for (const ref of [
      "",
      "-x",
      "--upload-pack=id",
      "a..b",
      "a b",
      "a\nb",
      "a:b",
      "^main",
      "x.lock",
      "a".repeat(300),
    ]) {
      expect(await failure({ url, ref })).toMatchObject({ code: "INVALID", field: "ref" });
    }
    expect(server.requests.length).toBe(before);
  });
});

describe("a bad driver", () => {
  test.concurrent("is refused with every problem and its line", async () => {
    const text = specText("  paramters: []\n  services: [{}]\n");
    await commitDriver(server, "bad", driver("1", { "driver.styrmin.yml": text }));
    const { code, field, problems } = await failure({ url: server.url("bad") });
    expect([code, field]).toEqual(["INVALID", "driver.styrmin.yml:7:3"]);
    expect(problems.map((problem) => problem.field)).toContainEqual(
      expect.stringMatching(/^driver\.styrmin\.yml:8:/),
    );
    expect(problems.map(({ message }) => message).join("\n")).toContain('did you mean "parameters"');
  });

  test.concurrent("with a broken template is refused at load time, with file and line", async () => {
    await commitDriver(
      server,
      "template",
      driver("1", { "manifests/b.yaml": "a: 1\n\nb: {{ 1 | nope }}\n" }),
    );
    const failed = await failure({ url: server.url("template") });
    expect(failed).toMatchObject({ code: "INVALID", field: "manifests/b.yaml:3:11" });
    expect(failed.message).toContain("filter nope is unknown");
  });

  test.concurrent("without manifests is refused", async () => {
    await commitDriver(server, "empty", { "driver.styrmin.yml": specText() });
    expect((await failure({ url: server.url("empty") })).problems[0]!.field).toBe("spec.manifests");
  });
});

describe("a hostile repository", () => {
  const odd: [string, Record<string, CommitFile>, string][] = [
    ["a symbolic link", { "manifests/b.yaml": { symlink: "/etc/passwd" } }, "symbolic link"],
    ["a driver file that is a link", { "driver.styrmin.yml": { symlink: "/etc/passwd" } }, "symbolic link"],
    ["a submodule", { "manifests/sub": { submodule: "1".repeat(40) } }, "submodule"],
    ["a backslash", { "a\\b": "x" }, "cannot be used"],
    ["__proto__", { "__proto__/a": "x" }, "cannot be used"],
    ["twins but for case", { "a.txt": "1", "A.txt": "2" }, "upper and lower case"],
    ["a control character", { "a\tb": "x" }, "cannot be used"],
    ["a name that is not normal", { "e\u0301": "x" }, "normal form"],
  ];
  test.concurrent.each(odd)("with %s is refused", async (what, files, says) => {
    const name = what.replaceAll(/\W+/g, "-");
    await commitDriver(server, name, { ...driver(), ...files });
    const failed = await failure({ url: server.url(name) });
    expect(failed.code).toBe("INVALID");
    expect(failed.message).toContain(says);
  });

  test("with .. in a tree is refused", async () => {
    const gitdir = `${server.root}/plain.git`;
    const blob = await git(gitdir, ["hash-object", "-w", "--stdin"], new Blob(["x"]));
    const tree = Buffer.concat([Buffer.from("100644 ..\0"), Buffer.from(blob, "hex")]);
    const oid = await git(
      gitdir,
      ["hash-object", "-w", "-t", "tree", "--literally", "--stdin"],
      new Blob([tree]),
    );
    const raw = `tree ${oid}\nauthor a <a@b> 1 +0000\ncommitter a <a@b> 1 +0000\n\nx\n`;
    const commit = await git(gitdir, ["hash-object", "-w", "-t", "commit", "--stdin"], new Blob([raw]));
    await git(gitdir, ["update-ref", "refs/heads/dots", commit]);
    expect((await failure({ url: server.url("plain"), ref: "dots" })).code).toBe("INVALID");
  });

  test.concurrent("with a huge file, too many files or too much of them is refused", async () => {
    const url = server.url("large");
    await commitDriver(server, "large", driver("1", { a: "x".repeat(1024 * 1024 + 1) }), { branch: "file" });
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`f${i}`, `${i}`.repeat(100)]));
    await commitDriver(server, "large", driver("1", many), { branch: "many" });
    expect(await failure({ url, ref: "file" })).toMatchObject({ code: "LIMIT" });
    expect(await failure({ url, ref: "many" }, { files: 50 })).toMatchObject({ code: "LIMIT" });
    expect(await failure({ url, ref: "many" }, { totalBytes: 5_000 })).toMatchObject({ code: "LIMIT" });
    expect((await load({ url, ref: "many" })).commit).toBeString();
  });

  test.concurrent("that sends more than is allowed is cut off", async () => {
    const noise = Buffer.from(crypto.getRandomValues(new Uint8Array(60_000))).toString("hex");
    await commitDriver(server, "noise", driver("1", { noise }));
    expect(await failure({ url: server.url("noise") }, { wireBytes: 20_000 })).toMatchObject({
      code: "LIMIT",
      field: "url",
    });
  });

  test("that inflates to more memory than is allowed is stopped", async () => {
    const bomb = Object.fromEntries(
      Array.from({ length: 10 }, (_, i) => [`f${i}`, `${i}${" ".repeat(8_000_000)}`]),
    );
    await commitDriver(server, "bomb", driver("1", bomb));
    const start = performance.now();
    expect(await failure({ url: server.url("bomb") }, { memoryBytes: 120 * 1024 * 1024 })).toMatchObject({
      code: "LIMIT",
    });
    expect(performance.now() - start).toBeLessThan(30_000 * pace());
  });

  test("is not to blame when the process that reads it is killed", async () => {
    const { promise: asked, resolve: tellAsked } = Promise.withResolvers<void>();
    const silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => tellAsked() } });
    const told = failure({ url: `http://127.0.0.1:${silent.port}/x.git` });
    await asked;
    process.kill(await childNamed("git-child"), "SIGKILL");
    expect(await told).toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("was killed") });
    silent.stop(true);
  });
});

describe("a server", () => {
  test.concurrent("that knows only the protocol of old is read all the same", async () => {
    const old = await startGitServer({ protocol: 0 });
    const first = await commitDriver(old, "x", driver("1"), { tag: "v1", annotated: true });
    await commitDriver(old, "x", driver("2"));
    const last = await commitDriver(old, "x", driver("3"), { tag: "v3" });
    const url = old.url("x");
    const found = await Promise.all(["main", "HEAD", "v1", "v3", first].map((ref) => load({ url, ref })));
    expect(found.map(({ commit }) => commit)).toEqual([last, last, first, last, first]);
    expect(await failure({ url, ref: "0".repeat(40) })).toMatchObject({ code: "NOT_FOUND", field: "ref" });
    expect(await failure({ url, ref: "nope" })).toMatchObject({ code: "NOT_FOUND", field: "ref" });
    await old.stop();
  });

  test.concurrent("whose repository names objects by SHA-256 is told so", async () => {
    const large = await startGitServer();
    const gitdir = `${large.root}/x.git`;
    await git(gitdir, [
      "init",
      "--bare",
      "--quiet",
      "--object-format=sha256",
      "--initial-branch=main",
      gitdir,
    ]);
    await commitDriver(large, "x", driver());
    const failed = await failure({ url: large.url("x") });
    expect(failed).toMatchObject({ code: "INVALID", field: "url" });
    expect(failed.message).toContain("SHA-256");
    await large.stop();
  });

  test.concurrent("that hangs or drips is given up in time", async () => {
    const slow = await startGitServer();
    await commitDriver(slow, "x", driver());
    for (const mode of [{ kind: "hang" }, { kind: "drip", everyMs: 50 }] as const) {
      slow.mode = mode;
      const start = performance.now();
      expect(await failure({ url: slow.url("x") }, { timeMs: 500 })).toMatchObject({
        code: "UNAVAILABLE",
        field: "url",
      });
      expect(performance.now() - start).toBeLessThan(5_000 * pace());
    }
    await slow.stop();
  });

  test.concurrent("that fails, or is not there, is unavailable", async () => {
    const failing = await startGitServer();
    failing.mode = { kind: "status", status: 503 };
    expect((await failure({ url: failing.url("x") })).message).toContain("HTTP 503");
    failing.mode = { kind: "status", status: 200 };
    expect((await failure({ url: failing.url("x") })).message).toContain("no git repository");
    const url = failing.url("x");
    await failing.stop();
    expect(await failure({ url })).toMatchObject({ code: "UNAVAILABLE", field: "url" });
    expect(await failure({ url: url.replace("http:", "https:") })).toMatchObject({ code: "UNAVAILABLE" });
  });

  test.concurrent("that redirects elsewhere is not followed, and the other one sees nothing", async () => {
    const other = await startGitServer();
    await commitDriver(other, "x", driver());
    const redirecting = await startGitServer();
    redirecting.mode = { kind: "redirect", to: other.origin };
    const url = redirecting.url("x").replace("http://", "http://user:geheim@");
    expect(await failure({ url })).toMatchObject({ code: "INVALID", field: "url" });
    expect(other.requests).toEqual([]);
    redirecting.mode = { kind: "redirect", to: redirecting.origin };
    expect((await failure({ url })).message).toContain("again and again");
    await Promise.all([other.stop(), redirecting.stop()]);
  });

  test.concurrent("that has moved a repository within itself is followed, credentials and all", async () => {
    const guarded = await startGitServer({ auth: { user: "ann", password: "geheim" } });
    await commitDriver(guarded, "x", driver());
    const front = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      async fetch(request) {
        const { pathname, search } = new URL(request.url);
        if (pathname.startsWith("/old.git/"))
          return Response.redirect(`/x.git/${pathname.slice(9)}${search}`, 301);
        const { method, headers } = request;
        const body = method === "POST" ? await request.arrayBuffer() : undefined;
        return fetch(`${guarded.origin}${pathname}${search}`, { method, headers, ...(body ? { body } : {}) });
      },
    });
    const url = `http://ann:geheim@127.0.0.1:${front.port}/old.git`;
    expect((await load({ url })).spec.name).toBe("sample");
    await Promise.all([guarded.stop(), front.stop(true)]);
  });

  test.concurrent("that wants credentials gets those of the address, which are shown nowhere", async () => {
    const guarded = await startGitServer({ auth: { user: "ann", password: "geheim/1" } });
    await commitDriver(guarded, "x", driver());
    const withUser = (user: string) => guarded.url("x").replace("http://", `http://${user}@`);
    expect((await load({ url: withUser("ann:geheim%2F1") })).spec.name).toBe("sample");
    expect(await failure({ url: guarded.url("x") })).toMatchObject({ code: "FORBIDDEN", field: "url" });
    const refused = await failure({ url: withUser("ann:falsch%2F2") });
    expect(refused.code).toBe("FORBIDDEN");
    expect(`${refused.message}${refused.stack}${JSON.stringify(refused.problems)}`).not.toContain("falsch");
    await guarded.stop();
  });

  test("on the own machine needs the setting", async () => {
    const before = server.requests.length;
    const { port } = new URL(server.origin);
    for (const host of [
      "127.0.0.1",
      "localhost",
      "2130706433",
      "0x7f000001",
      "127.1",
      "[::1]",
      "[::ffff:127.0.0.1]",
      "0.0.0.0",
    ]) {
      expect(await failure({ url: `http://${host}:${port}/plain.git` }, {}, false)).toMatchObject({
        code: "FORBIDDEN",
        field: "url",
      });
    }
    expect(server.requests.length).toBe(before);
  });
});

test("an abort ends loading at once", async () => {
  server.mode = { kind: "hang" };
  const settings = { allowLoopbackGit: true, allowPrivateGit: false, directories: [] };
  const loading = loadDriver(
    { kind: "git", url: server.url("plain"), ref: "main" },
    settings,
    AbortSignal.timeout(100),
  );
  expect(loading).rejects.toThrow();
  await loading.catch(() => {});
  server.mode = { kind: "serve" };
});
