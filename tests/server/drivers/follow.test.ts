import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { digestOf, parseDriver } from "../../../drivers/kit/index.ts";
import { AppError } from "../../../lib/errors.ts";
import { newId } from "../../../lib/names.ts";
import { claimLoad } from "../../../server/db/loads.ts";
import { claimRepositories, recordPolls } from "../../../server/db/polls.ts";
import { askRepository } from "../../../server/db/sources.ts";
import { createDeps, type Deps } from "../../../server/deps.ts";
import type { LoadedDriver } from "../../../server/drivers/load.ts";
import { createLoader } from "../../../server/drivers/loader.ts";
import { createPoller } from "../../../server/drivers/poller.ts";
import {
  type CommitFile,
  commitDriver,
  git,
  type GitServer,
  startGitServer,
} from "../../helpers/git-server.ts";
import { randomOf } from "../../fuzz/random.ts";
import { helloDriver, startWorld, type World } from "../world.ts";

let server: GitServer;
let world: World;
beforeAll(async () => {
  [server, world] = await Promise.all([startGitServer(), startWorld()]);
});
afterAll(async () => {
  await world.end();
  await server.stop();
});
beforeEach(() => {
  server.mode = { kind: "serve" };
  server.requests.length = 0;
});

const signal = new AbortController().signal;
let count = 0;

/** Repositories and drivers of a test's own. */
function named(base: string) {
  const name = `${base}-${++count}`;
  const files = (version: string, greeting = "hi"): Record<string, CommitFile> => {
    const plain = helloDriver({ version });
    return {
      "driver.styrmin.yml": plain["driver.styrmin.yml"]!.replace("name: hello }", `name: ${name} }`).replace(
        "default: hi",
        `default: ${greeting}`,
      ),
      "manifests/web.yaml": plain["manifests/web.yaml"]!,
    };
  };
  return { name, files };
}

async function follow(input: Record<string, unknown>): Promise<string> {
  const answer = await world.ask(
    `mutation ($input: FollowDriverInput!) { followDriver(input: $input) { source { id } } }`,
    { input: { ref: "main", ...input } },
  );
  return answer.followDriver.source.id;
}

const sourceFields = `state seenRef seenCommit failures version { id version commit } driver { name latest { id version commit } }
  failure { about code message commit problems { field message excerpt } } loads { state commit code message }`;

async function look(id: string): Promise<any> {
  return (await world.ask(`query ($id: ID) { driverSource(id: $id) { ${sourceFields} } }`, { id }))
    .driverSource;
}

/** Asks all repositories now and loads what moved, as the two loops of one server would. */
async function turn(deps: Deps = world.deps) {
  await world.sql`update followed_repositories set due_at = now()`;
  await pollNow(deps);
  await loadNow(deps);
}

async function pollNow(deps: Deps = world.deps) {
  const poller = createPoller(deps);
  for (;;) {
    await poller.once(signal);
    await poller.idle();
    const [row] = await world.sql`
      select 1 from followed_repositories where due_at <= now() and (lease is null or lease_until < now()) limit 1`;
    if (!row) return;
  }
}

async function loadNow(deps: Deps = world.deps) {
  const loader = createLoader(deps);
  for (;;) {
    await loader.once(signal);
    await loader.idle();
    const [row] = await world.sql`select 1 from driver_sources where load_due_at <= now() and lease is null`;
    if (!row) return;
  }
}

/** Asked for refs, not for packs. */
const polls = (repository: string) =>
  server.requests.filter(({ path }) => path.startsWith(`/${repository}.git/`)).map(({ method }) => method);

const commitsOf = async (id: string) => (await look(id)).loads.map((load: any) => [load.state, load.commit]);

describe("a followed branch", () => {
  test("gives a version for each commit that changes the driver, and tells of one that is broken", async () => {
    const { name, files } = named("branch");
    const first = await commitDriver(server, name, files("1"));
    const id = await follow({ url: server.url(name) });
    expect(await look(id)).toMatchObject({ state: "WAITING", version: null, driver: null });
    await turn();
    expect(await look(id)).toMatchObject({
      state: "FOLLOWING",
      seenRef: "refs/heads/main",
      version: { version: "1", commit: first },
      driver: { name },
      failure: null,
    });

    // The same commit: one small request, and nothing is loaded.
    server.requests.length = 0;
    await turn();
    expect(polls(name)).toEqual(["POST"]);
    expect(await commitsOf(id)).toEqual([["LOADED", first]]);

    // Another commit of the same files is none.
    const second = await commitDriver(server, name, files("1"), { message: "Say it again" });
    await turn();
    expect((await look(id)).version).toMatchObject({ version: "1", commit: first });
    expect((await commitsOf(id))[0]).toEqual(["UNCHANGED", second]);

    const broken = await commitDriver(server, name, {
      ...files("2"),
      "driver.styrmin.yml": "apiVersion: styrmin.io/v1\nkind: Wrong\n",
    });
    await turn();
    const failing = await look(id);
    expect(failing).toMatchObject({
      state: "FAILING",
      seenCommit: broken,
      version: { version: "1", commit: first },
      driver: { latest: { version: "1" } },
      failure: { about: "LOAD", code: "INVALID", commit: broken },
    });
    expect(failing.failure.problems.length).toBeGreaterThan(1);
    expect(failing.failure.problems[0].excerpt).toMatch(/^ +\d+ \| .+\n +\^$/);
    // It is not loaded again and again.
    await turn();
    expect((await commitsOf(id)).filter(([state]: [string]) => state === "FAILED")).toHaveLength(1);

    const mended = await commitDriver(server, name, files("2"));
    await turn();
    expect(await look(id)).toMatchObject({
      state: "FOLLOWING",
      version: { version: "2", commit: mended },
      failure: null,
    });
  });
});

describe.skipIf(Bun.which("ssh-keygen") === null)("signatures", () => {
  test("are required of a source: it takes signed commits only, and tells which one it did not take and why", async () => {
    const { name, files } = named("signed");
    const key = join(server.root, "signing-key");
    await Bun.spawn(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "release key", "-f", key]).exited;
    const gitdir = `${server.root}/${name}.git`;
    const allowedKeys = [await Bun.file(`${key}.pub`).text()];
    const unsigned = await commitDriver(server, name, files("1"));
    const id = await follow({ url: server.url(name), requireSignature: true, allowedKeys });
    await turn();
    const refused = {
      about: "LOAD",
      code: "INVALID",
      commit: unsigned,
      message: expect.stringContaining("not signed"),
    };
    expect(await look(id)).toMatchObject({ state: "FAILING", version: null, failure: refused });

    const settings = ["gpg.format=ssh", `user.signingkey=${key}`, "user.name=A", "user.email=a@example.org"];
    const sign = [
      ...settings.flatMap((one) => ["-c", one]),
      "commit-tree",
      "-S",
      "-m",
      "Sign it",
      `${unsigned}^{tree}`,
    ];
    const signed = await git(gitdir, sign);
    await git(gitdir, ["update-ref", "refs/heads/main", signed]);
    await turn();
    expect(await look(id)).toMatchObject({ state: "FOLLOWING", version: { commit: signed } });
    const answer = await world.ask(
      `{ applicationDriverVersions(filter: { driver: "${name}" }) { author subject signature } }`,
    );
    expect(answer.applicationDriverVersions).toEqual([
      {
        author: "A <a@example.org>",
        subject: "Sign it",
        signature: expect.objectContaining({ state: "GOOD", kind: "SSH", signer: "release key" }),
      },
    ]);
  });

  test("are required of a repository as well, however its drivers are loaded", async () => {
    const { name, files } = named("vouched");
    const [key, other] = ["vouching-key", "other-key"].map((file) => join(server.root, file)) as [
      string,
      string,
    ];
    for (const file of [key, other])
      await Bun.spawn(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "us", "-f", file]).exited;
    const unsigned = await commitDriver(server, name, files("1"));
    const url = server.url(name);
    const create = `mutation ($input: CreateRepositoryInput!) { createRepository(input: $input) { requireSignature allowedKeys } }`;
    const input = { name, url, requireSignature: true };
    await expect(world.ask(create, { input })).rejects.toMatchObject({
      code: "INVALID",
      field: "allowedKeys",
    });
    const allowedKeys = [await Bun.file(`${key}.pub`).text()];
    const made = await world.ask(create, { input: { ...input, allowedKeys } });
    expect(made.createRepository).toEqual({ requireSignature: true, allowedKeys });

    const load = () =>
      world.ask(
        `mutation { loadApplicationDriverVersion(input: { url: "${url}", ref: "main" }) { commit signature } }`,
      );
    const scan = () =>
      world.ask(`mutation { scanRepository(input: { url: "${url}", load: true }) { commit } }`);
    for (const way of [load, scan])
      await expect(way()).rejects.toMatchObject({ code: "INVALID", field: "signature" });

    const settings = ["gpg.format=ssh", `user.signingkey=${key}`, "user.name=A", "user.email=a@example.org"];
    const sign = [
      ...settings.flatMap((one) => ["-c", one]),
      "commit-tree",
      "-S",
      "-m",
      "Sign it",
      `${unsigned}^{tree}`,
    ];
    const signed = await git(`${server.root}/${name}.git`, sign);
    await git(`${server.root}/${name}.git`, ["update-ref", "refs/heads/main", signed]);
    const loaded = (await load()).loadApplicationDriverVersion;
    expect(loaded).toMatchObject({ commit: signed, signature: { state: "GOOD", signer: "us" } });
    // Another key of the source does not help: both must be content.
    const id = await follow({
      url,
      requireSignature: true,
      allowedKeys: [await Bun.file(`${other}.pub`).text()],
    });
    await turn();
    expect(await look(id)).toMatchObject({
      state: "FAILING",
      failure: { message: expect.stringContaining("not allowed") },
    });
  });
});

/** From here on a driver is read from the repository by git itself: what is tested is who reads what, and when. */
function quickDeps(more: Partial<Parameters<typeof createDeps>[0]> = {}): Deps {
  const { sql, log, sealing, listRefs, render, checkManifests, scanDrivers } = world.deps;
  const deps = createDeps({
    sql,
    log,
    sealing,
    scanDrivers,
    listRefs,
    render,
    checkManifests,
    loadDriver: async () => {
      throw new Error("sources are not loaded so");
    },
    readNewCommits: async ({ url, ref, path, since }) => {
      const gitdir = `${server.root}${new URL(url).pathname}`;
      const tip = await git(gitdir, ["rev-parse", ref]);
      const load = (commit: string) => ({ commit, load: () => loadAt(gitdir, commit, path ?? "") });
      if (since === null || since === tip)
        return { commits: [load(tip)], found: { state: "FOUND", leftOut: null } };
      const isBehind = git(gitdir, ["merge-base", "--is-ancestor", since, tip]).then(
        () => true,
        () => false,
      );
      if (!(await isBehind)) return { commits: [load(tip)], found: { state: "UNRELATED" } };
      const range = ["rev-list", "--first-parent", "--reverse", `${since}..${tip}`, "--", path || "."];
      const changed = (await git(gitdir, range)).split("\n").filter((one) => one !== "" && one !== tip);
      return { commits: [...changed, tip].map(load), found: { state: "FOUND", leftOut: null } };
    },
    ...more,
  });
  closing.push(deps);
  return deps;
}

async function loadAt(gitdir: string, commit: string, folder: string): Promise<LoadedDriver> {
  const files: Record<string, Uint8Array> = {};
  for (const path of ["driver.styrmin.yml", "manifests/web.yaml"])
    files[path] = Buffer.from(await git(gitdir, ["show", `${commit}:${folder ? `${folder}/` : ""}${path}`]));
  const { spec, problems } = parseDriver(Buffer.from(files["driver.styrmin.yml"]!).toString());
  if (problems) throw new AppError("INVALID", "The driver is not right.");
  return { spec: spec!, files, commit, made: null, digest: digestOf(files), rights: [] };
}
const closing: Deps[] = [];
afterAll(async () => void (await Promise.all(closing.map((deps) => deps.close()))));

describe("what moves otherwise", () => {
  test("with another content under the same version gives one more, and the last one pushed is the latest", async () => {
    const deps = quickDeps();
    const { name, files } = named("tie");
    const first = await commitDriver(server, name, files("1", "one"));
    const id = await follow({ url: server.url(name) });
    await turn(deps);
    const second = await commitDriver(server, name, files("1", "two"));
    await turn(deps);
    const looked = await look(id);
    expect(looked.driver.latest).toMatchObject({ version: "1", commit: second });
    expect(looked.loads[0]).toMatchObject({
      state: "LOADED",
      message: expect.stringMatching(/^version 1 stood for other files so far \(sha256:/),
    });
    // The commit is taken back: what was there before is the latest again, and no new version.
    await commitDriver(server, name, files("1", "one"), { message: "Revert" });
    await turn(deps);
    const { driver, version, loads } = await look(id);
    expect(driver.latest).toMatchObject({ commit: first });
    expect(version.id).toBe(driver.latest.id);
    expect(loads[0].state).toBe("UNCHANGED");
  });

  test("is followed over a forced push, a deleted branch and its return", async () => {
    const deps = quickDeps();
    const { name, files } = named("moves");
    const first = await commitDriver(server, name, files("1"));
    await commitDriver(server, name, files("2"));
    const gitdir = `${server.root}/${name}.git`;
    const id = await follow({ url: server.url(name) });
    await turn(deps);
    expect(await look(id)).toMatchObject({ version: { version: "2" } });

    await git(gitdir, ["update-ref", "refs/heads/main", first]);
    await turn(deps);
    expect(await look(id)).toMatchObject({
      state: "FOLLOWING",
      seenCommit: first,
      version: { version: "1" },
    });

    await git(gitdir, ["update-ref", "-d", "refs/heads/main"]);
    await turn(deps);
    expect(await look(id)).toMatchObject({
      state: "FAILING",
      failure: { about: "REF", code: "NOT_FOUND" },
      version: { version: "1", commit: first },
    });
    await git(gitdir, ["update-ref", "refs/heads/main", first]);
    await turn(deps);
    expect(await look(id)).toMatchObject({ state: "FOLLOWING", failure: null, version: { commit: first } });
  });

  test("is the highest of the version tags, without pre-releases", async () => {
    const deps = quickDeps();
    const { name, files } = named("tags");
    await commitDriver(server, name, files("1"), { tag: "v1.9.0" });
    const id = await follow({ url: server.url(name), ref: "v*" });
    await turn(deps);
    expect(await look(id)).toMatchObject({ seenRef: "refs/tags/v1.9.0", version: { version: "1" } });
    const tenth = await commitDriver(server, name, files("2"), { tag: "v1.10.0", annotated: true });
    await commitDriver(server, name, files("3"), { tag: "v2.0.0-rc1" });
    await commitDriver(server, name, files("4"), { tag: "very-new" });
    await turn(deps);
    expect(await look(id)).toMatchObject({
      seenRef: "refs/tags/v1.10.0",
      seenCommit: tenth,
      version: { version: "2" },
    });
  });

  test("is refused when it calls itself another driver", async () => {
    const deps = quickDeps();
    const { name, files } = named("called");
    await commitDriver(server, name, files("1"));
    const id = await follow({ url: server.url(name) });
    await turn(deps);
    const other = named("other");
    await commitDriver(server, name, other.files("99"));
    await turn(deps);
    expect(await look(id)).toMatchObject({
      state: "FAILING",
      failure: { code: "CONFLICT", message: expect.stringContaining(other.name) },
      version: { version: "1" },
      driver: { name },
    });
    expect(
      (await world.ask(`{ applicationDriver(name: "${other.name}") { id } }`)).applicationDriver,
    ).toBeNull();
  });
});

describe("a repository", () => {
  test("is asked once for all that is followed in it", async () => {
    const deps = quickDeps();
    const { name, files } = named("shared");
    const folders = ["a", "b", "c", "d", "e"];
    const all = folders.flatMap((folder) =>
      Object.entries(named(`in-${folder}`).files("1")).map(
        ([path, file]) => [`${folder}/${path}`, file] as const,
      ),
    );
    await commitDriver(server, name, { ...Object.fromEntries(all), ...files("1") });
    const ids = [];
    for (const path of folders)
      ids.push(await follow({ url: server.url(name), path, name: `${name}-${path}` }));
    await pollNow(deps);
    expect(polls(name)).toEqual(["GET", "POST"]);
    await loadNow(deps);
    for (const id of ids) expect((await look(id)).version).toMatchObject({ version: "1" });
    server.requests.length = 0;
    await turn(deps);
    expect(polls(name)).toEqual(["POST"]);
  });

  test("that answers garbage, an error or nothing is told, asked ever more seldom, and taken up again", async () => {
    const deps = quickDeps();
    const { name, files } = named("garbage");
    await commitDriver(server, name, files("1"));
    const id = await follow({ url: server.url(name) });
    await turn(deps);
    const waits: number[] = [];
    const wait = async () => {
      const [row] = await world.sql<{ ms: number }[]>`
        select (extract(epoch from due_at - polled_at) * 1000)::int as ms from followed_repositories where url = ${server.url(name)}`;
      waits.push(row!.ms);
    };
    await wait();
    const answers: [string, number][] = [
      ["<html>hello</html>", 200],
      ["0004zzzz", 200],
      ["", 500],
      ["0".repeat(100), 200],
    ];
    for (const [text, status] of answers) {
      const odd = Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        fetch: () =>
          new Response(text, {
            status,
            headers: { "content-type": "application/x-git-upload-pack-advertisement" },
          }),
      });
      server.mode = { kind: "status", status: 503 };
      await world.sql`update followed_repositories set due_at = now() where url = ${server.url(name)}`;
      await pollNow({
        ...deps,
        listRefs: (asked, stop) => deps.listRefs({ ...asked, url: odd.url.origin }, stop),
      });
      await odd.stop(true);
      await wait();
      expect(await look(id)).toMatchObject({
        state: "FAILING",
        failure: { about: "REPOSITORY", code: "UNAVAILABLE" },
        version: { version: "1" },
      });
    }
    for (let index = 1; index < waits.length - 1; index++)
      // Twice as long or an hour, each a tenth more or less: 1.5 × 0.9 / 1.1 at least.
      expect(waits[index + 1]! / waits[index]!).toBeGreaterThan(1.2);
    server.mode = { kind: "serve" };
    await turn(deps);
    expect(await look(id)).toMatchObject({ state: "FOLLOWING", failure: null, failures: 0 });
  });

  test("that is not there for a moment, when a commit is read, is read again", async () => {
    const { name, files } = named("moment");
    const commit = await commitDriver(server, name, files("1"));
    const id = await follow({ url: server.url(name) });
    await pollNow();
    server.mode = { kind: "status", status: 404 };
    await loadNow();
    expect(await look(id)).toMatchObject({
      state: "FAILING",
      failure: { about: "LOAD", code: "NOT_FOUND", commit },
      version: null,
    });
    server.mode = { kind: "serve" };
    const [due] = await world.sql`
      update driver_sources set load_due_at = now() where id = ${id} and load_due_at is not null returning id`;
    expect(due).toBeDefined();
    await loadNow();
    expect(await look(id)).toMatchObject({ state: "FOLLOWING", failure: null, version: { commit } });
  });

  test("that wants to know who asks is told what is recorded", async () => {
    const locked = await startGitServer({ auth: { user: "git", password: "open-sesame" } });
    try {
      const { name, files } = named("locked");
      await commitDriver(locked, name, files("1"));
      const id = await follow({ url: locked.url(name) });
      await turn();
      expect(await look(id)).toMatchObject({ failure: { about: "REPOSITORY", code: "FORBIDDEN" } });
      await world.ask(
        `mutation ($url: String!) {
        createRepository(input: { name: "locked", url: $url, kind: GIT, token: "open-sesame" }) { id } }`,
        { url: locked.origin },
      );
      await turn();
      expect(await look(id)).toMatchObject({ state: "FOLLOWING", version: { version: "1" } });
    } finally {
      await locked.stop();
    }
  });
});

describe("a server that dies", () => {
  test("between poll and load loses nothing", async () => {
    const { name, files } = named("between");
    await commitDriver(server, name, files("1"));
    const id = await follow({ url: server.url(name) });
    await pollNow(quickDeps());
    expect(await look(id)).toMatchObject({ state: "LOADING", version: null });
    await turn(quickDeps());
    expect(await look(id)).toMatchObject({ version: { version: "1" } });
  });

  test("in the middle of a poll or a load is followed by another, and its own late end counts for nothing", async () => {
    const deps = quickDeps();
    const { name, files } = named("middle");
    await commitDriver(server, name, files("1"));
    const id = await follow({ url: server.url(name) });
    const dead = newId();
    await claimRepositories(world.sql, { lease: dead, most: 1000, leaseMs: 60_000 });
    await world.sql`update followed_repositories set lease_until = now() - interval '1 second' where lease = ${dead}`;
    await pollNow(deps);
    const late = { url: server.url(name), protocol: 2, failures: 9, failure: null, waitMs: 1 };
    await recordPolls(world.sql, dead, [late], []);
    expect(await look(id)).toMatchObject({ state: "LOADING", failures: 0 });

    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const slow = quickDeps();
    const readNow = slow.readNewCommits;
    slow.readNewCommits = async (...args) => {
      const read = await readNow(...args);
      await held;
      return read;
    };
    const first = createLoader(slow);
    // It has taken all it will before its lease is ended, or it would take the same again itself.
    const begun = first.once(signal);
    await begun;
    const taken = await world.sql`
      update driver_sources set lease_until = now() - interval '1 second' where id = ${id} and lease is not null returning 1`;
    expect(taken).toHaveLength(1);
    await loadNow(deps);
    expect(await look(id)).toMatchObject({ state: "FOLLOWING", version: { version: "1" } });
    release();
    await first.idle();
    expect(await commitsOf(id)).toHaveLength(1);
  });

  test("is not needed by the other: two of them ask each repository once and load each commit once", async () => {
    const repositories = Array.from({ length: 12 }, () => named("two"));
    const ids = [];
    for (const { name, files } of repositories) {
      await commitDriver(server, name, files("1"));
      ids.push(await follow({ url: server.url(name) }));
    }
    const both = [quickDeps(), quickDeps()];
    server.requests.length = 0;
    await Promise.all(both.map((deps) => pollNow(deps)));
    for (const { name } of repositories) expect(polls(name)).toEqual(["GET", "POST"]);
    await Promise.all(both.map((deps) => loadNow(deps)));
    for (const id of ids) expect((await look(id)).loads).toMatchObject([{ state: "LOADED" }]);
  });

  test("leaves no question unasked: who wants to know during a poll is answered by another", async () => {
    const { name } = named("during");
    const url = server.url(name);
    await follow({ url });
    const lease = newId();
    await claimRepositories(world.sql, { lease, most: 1000, leaseMs: 60_000 });
    await askRepository(world.sql, url);
    await recordPolls(
      world.sql,
      lease,
      [{ url, protocol: 2, failures: 0, failure: null, waitMs: 300_000 }],
      [],
    );
    const [row] =
      await world.sql`select due_at <= now() as due, lease from followed_repositories where url = ${url}`;
    expect(row).toMatchObject({ due: true, lease: null });
    await world.sql`update followed_repositories set lease = null, lease_until = null`;
  });
});

describe("whatever happens to branch and servers", () => {
  const broken = "apiVersion: styrmin.io/v1\nkind: Wrong\n";
  for (const seed of [1, 2, 5]) {
    test(`the end is that of the branch, each content is one version, and no good version is lost (seed ${seed})`, async () => {
      const random = randomOf(`follow ${seed}`);
      const deps = quickDeps();
      const { name, files } = named("chance");
      const gitdir = `${server.root}/${name}.git`;
      const commits = [await commitDriver(server, name, files("1", "first"))];
      const goodness = new Map([[commits[0]!, true]]);
      const id = await follow({ url: server.url(name) });
      await turn(deps);
      const push = async (isGood: boolean) => {
        const greeting = `g${random.int(4)}`;
        const content = isGood ? files("1", greeting) : { ...files("1"), "driver.styrmin.yml": broken };
        const commit = await commitDriver(server, name, content, { message: `${random.int(1e9)}` });
        commits.push(commit);
        goodness.set(commit, isGood);
      };
      const happenings: (() => Promise<unknown>)[] = [
        () => push(true),
        () => push(true),
        () => push(false),
        () => git(gitdir, ["update-ref", "refs/heads/main", random.pick(commits)]),
        () => git(gitdir, ["update-ref", "-d", "refs/heads/main"]),
        () => world.sql`update followed_repositories set due_at = now()`.then(() => pollNow(deps)),
        () => loadNow(deps),
        () => turn(deps),
        // A server that dies with it in hand: its lease is over when the next one looks.
        () => claimRepositories(world.sql, { lease: newId(), most: 100, leaseMs: -1 }),
        () => claimLoad(world.sql, { lease: newId(), leaseMs: -1 }),
      ];
      for (let step = 0; step < 12; step++) {
        await random.pick(happenings)();
        expect((await look(id)).version).not.toBeNull();
      }
      const tip = random.pick(commits);
      await git(gitdir, ["update-ref", "refs/heads/main", tip]);
      await turn(deps);
      const end = await look(id);
      await world.ask(`mutation { unfollowDriver(source: "${id}") { id } }`);
      const versions = await world.sql<{ digest: string }[]>`
        select digest from application_driver_versions v join application_drivers d on d.id = v.driver_id where d.name = ${name}`;
      expect(new Set(versions.map(({ digest }) => digest)).size).toBe(versions.length);
      expect(end.seenCommit).toBe(tip);
      if (!goodness.get(tip)) return expect(end.failure).toMatchObject({ about: "LOAD", commit: tip });
      expect(end).toMatchObject({ state: "FOLLOWING", failure: null });
      const shown = await git(gitdir, ["show", `${tip}:driver.styrmin.yml`]);
      const [has] =
        await world.sql`select spec from application_driver_versions where id = ${end.version.id}`;
      expect(parseDriver(shown).spec).toEqual(has!.spec);
      expect(end.driver.latest.id).toBe(end.version.id);
    });
  }
});

describe("following", () => {
  test("is changed, seen in lists, and ended; the versions stay", async () => {
    const deps = quickDeps();
    const { name, files } = named("ended");
    await commitDriver(server, name, files("1"));
    await commitDriver(server, name, files("5"), { branch: "next" });
    const id = await follow({ url: server.url(name), everySeconds: 60 });
    await turn(deps);
    await world.ask(
      `mutation { updateDriverSource(input: { source: "${name}", ref: "next" }) { source { id } } }`,
    );
    await turn(deps);
    expect(await look(id)).toMatchObject({ seenRef: "refs/heads/next", version: { version: "5" } });
    const listed =
      await world.ask(`{ driverSources(filter: { driver: "${name}" }) { name everySeconds webhook }
      driverLoads(filter: { source: "${name}" }) { state source { name } version { id version } } }`);
    expect(listed.driverSources).toEqual([{ name, everySeconds: 60, webhook: false }]);
    expect(listed.driverLoads.map((load: any) => load.version.version)).toEqual(["5", "1"]);
    const byDriver = `mutation { deleteApplicationDriver(driver: "${name}") { id } }`;
    await expect(world.ask(byDriver)).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining(`drivers unfollow ${name}`),
    });
    const byVersion = ({ version }: { version: { id: string } }) =>
      world.ask(`mutation { deleteApplicationDriverVersion(id: "${version.id}") { id } }`);
    await byVersion(listed.driverLoads[1]);
    await expect(byVersion(listed.driverLoads[0])).rejects.toMatchObject({ code: "CONFLICT", field: "id" });
    await world.ask(`mutation { unfollowDriver(source: "${name}") { name } }`);
    expect(await look(id)).toBeNull();
    expect(await world.sql`select from followed_repositories where url = ${server.url(name)}`).toHaveLength(
      0,
    );
    const { applicationDriver } = await world.ask(
      `{ applicationDriver(name: "${name}") { versions { version } } }`,
    );
    expect(applicationDriver.versions).toEqual([{ version: "5" }]);
    await world.ask(byDriver);
  });

  const refused: [string, Record<string, unknown>, string, string][] = [
    ["a commit", { ref: "0123456789012345678901234567890123456789" }, "INVALID", "ref"],
    ["an option", { ref: "--upload-pack=x" }, "INVALID", "ref"],
    ["two stars", { ref: "v*.*" }, "INVALID", "ref"],
    ["a pattern of branches", { ref: "refs/heads/*" }, "INVALID", "ref"],
    ["credentials in the address", { url: "https://me:secret@git.example.org/x" }, "INVALID", "url"],
    ["another scheme", { url: "file:///etc" }, "INVALID", "url"],
    ["a folder that leads out", { path: "../x" }, "INVALID", "path"],
    ["a poll each second", { everySeconds: 1 }, "INVALID", "everySeconds"],
    ["a signature that nobody may make", { requireSignature: true }, "INVALID", "allowedKeys"],
    ["a short secret", { webhookSecret: "short" }, "INVALID", "webhookSecret"],
    ["a name that is none", { name: "Not A Name" }, "INVALID", "name"],
  ];
  for (const [what, input, code, field] of refused) {
    test(`refuses ${what}`, async () => {
      const asked = follow({ url: "https://git.example.org/refused.git", ...input });
      await expect(asked).rejects.toMatchObject({ code, field });
    });
  }
});
