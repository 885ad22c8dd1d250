import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { claimLoad } from "../../../server/db/loads.ts";
import { driverVersionOrders } from "../../../server/db/drivers.ts";
import { lookForVersions } from "../../../server/deploy/new-versions.ts";
import type { Deps } from "../../../server/deps.ts";
import { defaultLoadLimits, type LoadLimits } from "../../../server/drivers/limits.ts";
import { loadSince } from "../../../server/drivers/git.ts";
import { readNewCommits } from "../../../server/drivers/load.ts";
import { createLoader } from "../../../server/drivers/loader.ts";
import { createPoller } from "../../../server/drivers/poller.ts";
import { latestVersion } from "../../../drivers/kit/index.ts";
import { newId } from "../../../lib/names.ts";
import {
  commitDriver,
  commitDrivers,
  git,
  type GitServer,
  startGitServer,
} from "../../helpers/git-server.ts";
import { helloDriver, registerCluster, startWorld, type World } from "../world.ts";

let server: GitServer;
let world: World;
beforeAll(async () => {
  [server, world] = await Promise.all([startGitServer(), startWorld()]);
  await registerCluster(world);
});
afterAll(async () => {
  await world.end();
  await server.stop();
});

const policy = { allowLoopback: true, allowPrivate: false };
const signal = new AbortController().signal;
const broken = { "driver.styrmin.yml": "apiVersion: styrmin.io/v1\nkind: Wrong\n" };

/** A driver's files, in a folder. */
function driver(
  name: string,
  version: string,
  { folder = "", greeting = "hi" } = {},
): Record<string, string> {
  const files = helloDriver({ version });
  const text = files["driver.styrmin.yml"]!.replace("name: hello }", `name: ${name} }`).replace(
    "default: hi",
    `default: ${greeting}`,
  );
  const all = { ...files, "driver.styrmin.yml": text };
  return Object.fromEntries(Object.entries(all).map(([path, content]) => [`${folder}${path}`, content]));
}

async function follow(input: Record<string, unknown>): Promise<string> {
  const answer = await world.ask(
    `mutation ($input: FollowDriverInput!) { followDriver(input: $input) { source { id } } }`,
    { input: { ref: "main", ...input } },
  );
  return answer.followDriver.source.id;
}

async function look(id: string): Promise<any> {
  const fields = `state seenCommit failure { commit } skipped { count from to message } version { version commit }
    driver { latest { version commit } } loads { state commit message }`;
  return (await world.ask(`query ($id: ID) { driverSource(id: $id) { ${fields} } }`, { id })).driverSource;
}

/** What became of the commits, the oldest first. */
const loadsOf = async (id: string) =>
  (await look(id)).loads.map((load: any) => [load.state, load.commit]).toReversed();

async function poll() {
  await world.sql`update followed_repositories set due_at = now()`;
  const poller = createPoller(world.deps);
  await poller.once(signal);
  await poller.idle();
}

async function load(deps: Deps = world.deps) {
  const loader = createLoader(deps);
  for (;;) {
    await loader.once(signal);
    await loader.idle();
    const [row] = await world.sql`select 1 from driver_sources where load_due_at <= now() and lease is null`;
    if (!row) return;
  }
}

async function turn(deps: Deps = world.deps) {
  await poll();
  await load(deps);
}

/** A server with other limits. */
function limited(limits: Partial<LoadLimits>): Deps {
  const settings = { allowLoopbackGit: true, allowPrivateGit: false, directories: [] };
  return {
    ...world.deps,
    readNewCommits: (source, stop) =>
      readNewCommits(source, { ...settings, limits: { ...defaultLoadLimits, ...limits } }, stop),
  };
}

const packs = (repository: string) =>
  server.requests.filter(({ method, path }) => method === "POST" && path.startsWith(`/${repository}.git/`))
    .length;

describe("commits that are pushed together", () => {
  test("give a version each, along the branch and for the folder, and a broken one holds up none", async () => {
    const name = "together";
    const folder = "apps/web/";
    const gitdir = join(server.root, `${name}.git`);
    const files = (version: string) => ({ "README.md": "hello\n", ...driver(name, version, { folder }) });
    await commitDriver(server, name, files("0.1"));
    const first = await commitDriver(server, name, files("1"));
    const id = await follow({ url: server.url(name), path: "apps/web" });
    await turn();
    // Of a new source the last commit counts, and nothing before it.
    expect(await loadsOf(id)).toEqual([["LOADED", first]]);

    const second = await commitDriver(server, name, files("2"));
    await commitDriver(server, name, { ...files("2"), "README.md": "another\n" });
    const wrong = await commitDriver(server, name, {
      "README.md": "another\n",
      "apps/web/driver.styrmin.yml": broken["driver.styrmin.yml"],
    });
    await git(gitdir, ["update-ref", "refs/heads/side", wrong]);
    await commitDriver(server, name, files("2.5"), { branch: "side" });
    const side = await commitDriver(server, name, files("3"), { branch: "side" });
    const who = ["-c", "user.name=M", "-c", "user.email=m@example.org"];
    const merge = [...who, "commit-tree", "-p", wrong, "-p", side, "-m", "Merge", `${side}^{tree}`];
    const merged = await git(gitdir, merge);
    await git(gitdir, ["update-ref", "refs/heads/main", merged]);
    const last = await commitDriver(server, name, files("4"));
    await poll();
    server.requests.length = 0;
    await load();
    // One for the commit, as ever, and one for what came before.
    expect(packs(name)).toBe(2);
    expect(await loadsOf(id)).toEqual([
      ["LOADED", first],
      ["LOADED", second],
      ["FAILED", wrong],
      ["LOADED", merged],
      ["LOADED", last],
    ]);
    expect(await look(id)).toMatchObject({
      state: "FOLLOWING",
      failure: null,
      skipped: null,
      version: { version: "4", commit: last },
      driver: { latest: { version: "4", commit: last } },
    });
    const versions = await world.ask(
      `{ applicationDriverVersions(filter: { driver: "${name}" }) { version commit author subject } }`,
    );
    expect(versions.applicationDriverVersions).toContainEqual({
      version: "3",
      commit: merged,
      author: "M <m@example.org>",
      subject: "Merge",
    });

    // One more is fetched as it always was.
    const next = await commitDriver(server, name, files("5"));
    await poll();
    server.requests.length = 0;
    await load();
    expect(packs(name)).toBe(1);
    expect((await loadsOf(id)).at(-1)).toEqual(["LOADED", next]);
  });

  test("of one version's name leave the last one's content, also when it was there before", async () => {
    const name = "same";
    const push = (greeting: string) =>
      commitDriver(server, name, driver(name, "1", { greeting }), { message: `Greet by ${greeting}` });
    const first = await push("one");
    const id = await follow({ url: server.url(name) });
    await turn();
    await push("two");
    await push("three");
    const back = await push("one");
    await turn();
    const { driver: made, version, loads } = await look(id);
    expect(made.latest).toEqual({ version: "1", commit: first });
    expect(version).toEqual({ version: "1", commit: first });
    expect(loads[0]).toMatchObject({ state: "UNCHANGED", commit: back });
    const orders = await driverVersionOrders(world.sql, {});
    const times = orders.filter((one) => one.driverName === name).map(({ loadedAt }) => loadedAt.getTime());
    expect(times).toHaveLength(3);
    expect(new Set(times).size).toBe(3);
  });

  test("are more than one load takes: the newest are loaded, and which are not is told", async () => {
    const name = "many";
    const commits: string[] = [];
    const push = async (count: number) => {
      const versions = Array.from({ length: count }, (_, n) => driver(name, `1.${commits.length + n}`));
      commits.push(...(await commitDrivers(server, name, versions)));
    };
    await push(1);
    const id = await follow({ url: server.url(name) });
    await turn();
    await push(5);
    await turn(limited({ commits: 2 }));
    const skipped = { count: 3, from: commits[1], to: commits[3] };
    expect((await look(id)).skipped).toMatchObject({
      ...skipped,
      message: expect.stringContaining("limit: commits"),
    });
    expect(await loadsOf(id)).toEqual([
      ["LOADED", commits[0]],
      ["SKIPPED", commits[3]],
      ["LOADED", commits[4]],
      ["LOADED", commits[5]],
    ]);

    await push(1);
    await turn();
    expect(await look(id)).toMatchObject({ skipped: null, version: { commit: commits.at(-1) } });
  });

  test("are as many as the limits of one load allow, and the last one in any case", async () => {
    const name = "limits";
    const versions = ["1", "2", "3", "4", "5"].map((version) => driver(name, version));
    const commits = await commitDrivers(server, name, versions);
    const since = commits[0]!;
    const tip = commits[4]!;
    const read = async (limits: Partial<LoadLimits>) => {
      const options = { policy, limits: { ...defaultLoadLimits, ...limits } };
      const { commits: got, found } = await loadSince({ url: server.url(name), ref: "main", since }, options);
      return { commits: got.map(({ commit }) => commit), ...found };
    };
    const [all, small, far, large] = await Promise.all([
      read({}),
      read({ scanBytes: 2_000 }),
      read({ history: 3 }),
      // The commit has five of them.
      read({ objects: 6 }),
    ]);
    expect(all).toEqual({ commits: commits.slice(1), state: "FOUND", leftOut: null });
    const leftOut = { count: 2, from: commits[1]!, to: commits[2]!, limit: "scan bytes" as const };
    expect(small).toEqual({ commits: commits.slice(3), state: "FOUND", leftOut });
    expect(far).toEqual({ commits: [tip], state: "OPEN" });
    const error = expect.objectContaining({
      code: "LIMIT",
      message: expect.stringContaining("limit: objects"),
    });
    expect(large).toEqual({ commits: [tip], state: "OPEN", error });
  });

  test("in place of others, by force, are not counted: the last one is loaded, and that is told", async () => {
    const name = "forced";
    const gitdir = join(server.root, `${name}.git`);
    const base = await commitDriver(server, name, driver(name, "1"));
    const replaced = await commitDriver(server, name, driver(name, "2"));
    const id = await follow({ url: server.url(name) });
    await turn();
    await git(gitdir, ["update-ref", "refs/heads/main", base]);
    const others = ["3", "4"].map((version) => driver(name, version));
    const last = (await commitDrivers(server, name, others))[1]!;
    await turn();
    expect(await loadsOf(id)).toEqual([
      ["LOADED", replaced],
      ["SKIPPED", last],
      ["LOADED", last],
    ]);
    expect((await look(id)).skipped).toEqual({
      count: null,
      from: null,
      to: null,
      message: expect.stringContaining(replaced.slice(0, 12)),
    });
  });

  test("are not lost when somebody asks anew after one that is broken", async () => {
    const name = "anew";
    const first = await commitDriver(server, name, driver(name, "1"));
    const id = await follow({ url: server.url(name) });
    await turn();
    const wrong = await commitDriver(server, name, broken);
    await turn();
    const next = ["2", "3"].map((version) => driver(name, version));
    const [second, third] = await commitDrivers(server, name, next);
    await world.ask(`mutation { refreshDriverSource(source: "${name}") { id } }`);
    await turn();
    const loads = [
      ["LOADED", first],
      ["FAILED", wrong],
      ["LOADED", second],
      ["LOADED", third],
    ];
    expect(await loadsOf(id)).toEqual(loads);
    // A setting that has nothing to do with where it comes from begins nothing anew either.
    await world.ask(
      `mutation { updateDriverSource(input: { source: "${name}", everySeconds: 60 }) { source { id } } }`,
    );
    const more = ["4", "5"].map((version) => driver(name, version));
    const [fourth, fifth] = await commitDrivers(server, name, more);
    await turn();
    expect((await loadsOf(id)).slice(4)).toEqual([
      ["LOADED", fourth],
      ["LOADED", fifth],
    ]);
  });
});

describe.skipIf(Bun.which("ssh-keygen") === null)("commits that must be signed", () => {
  test("are looked at one by one: an unsigned one between signed ones is not taken", async () => {
    const name = "signed";
    const key = join(server.root, "commits-key");
    await Bun.spawn(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "us", "-f", key]).exited;
    const gitdir = join(server.root, `${name}.git`);
    const settings = ["gpg.format=ssh", `user.signingkey=${key}`, "user.name=A", "user.email=a@example.org"];
    const signed = async (version: string) => {
      const commit = await commitDriver(server, name, driver(name, version));
      const parents = (await git(gitdir, ["rev-list", "--parents", "-1", commit])).split(" ").slice(1);
      const args = ["commit-tree", "-S", "-m", "Sign it", ...parents.flatMap((one) => ["-p", one])];
      const again = await git(gitdir, [
        ...settings.flatMap((one) => ["-c", one]),
        ...args,
        `${commit}^{tree}`,
      ]);
      await git(gitdir, ["update-ref", "refs/heads/main", again]);
      return again;
    };
    const first = await signed("1");
    const allowedKeys = [await Bun.file(`${key}.pub`).text()];
    const id = await follow({ url: server.url(name), requireSignature: true, allowedKeys });
    await turn();
    const second = await signed("2");
    const unsigned = await commitDriver(server, name, driver(name, "3"));
    const fourth = await signed("4");
    await turn();
    expect(await loadsOf(id)).toEqual([
      ["LOADED", first],
      ["LOADED", second],
      ["FAILED", unsigned],
      ["LOADED", fourth],
    ]);
    const { state, loads } = await look(id);
    expect(state).toBe("FOLLOWING");
    expect(loads[1].message).toContain("not signed");
    const versions = await world.ask(
      `{ applicationDriverVersions(filter: { driver: "${name}" }) { version signature } }`,
    );
    expect(versions.applicationDriverVersions.map((one: any) => [one.version, one.signature.state])).toEqual([
      ["4", "GOOD"],
      ["2", "GOOD"],
      ["1", "GOOD"],
    ]);
  });
});

describe("a server that dies between two commits", () => {
  test("leaves the rest to another, each once, and policies wait for the last", async () => {
    const name = "dies";
    const commits = [await commitDriver(server, name, driver(name, "1.0"))];
    const id = await follow({ url: server.url(name) });
    await turn();
    const created = await world.ask(
      `mutation { createDeployment(input: { driver: "${name}", environment: "demo", policies: {
        newVersions: { do: UPGRADE, level: MINOR } } }) { deployment { id } } }`,
    );
    const deployment = created.createDeployment.deployment.id;
    await world.sql`update tasks set state = 'SUCCEEDED', finished_at = now(), lease_until = null where finished_at is null`;
    await world.sql`update deployments set active_instance_id = instance_id where id = ${deployment}`;
    const versions = ["1.1", "1.2", "1.3", "1.4"].map((version) => driver(name, version));
    commits.push(...(await commitDrivers(server, name, versions)));
    await poll();

    // The first server loads two, and hangs with the third in its hands.
    const stuck = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const dying: Deps = {
      ...world.deps,
      readNewCommits: async (...args) => {
        const read = await world.deps.readNewCommits(...args);
        const third = read.commits[2]!;
        const commit = {
          ...third,
          load: async () => {
            const loaded = await third.load();
            stuck.resolve();
            await release.promise;
            return loaded;
          },
        };
        return { ...read, commits: read.commits.with(2, commit) };
      },
    };
    // One that stops in order leaves what it has begun at once.
    const stop = new AbortController();
    const stopping = createLoader({
      ...world.deps,
      readNewCommits: (_, aborted) =>
        new Promise((_, reject) => {
          aborted!.addEventListener("abort", () => reject(aborted!.reason));
          stop.abort(new Error("stopped"));
        }),
    });
    await stopping.once(stop.signal).catch(() => {});
    await stopping.idle();

    const first = createLoader(dying);
    await first.once(signal);
    await stuck.promise;
    expect((await loadsOf(id)).map(([, commit]: [string, string]) => commit)).toEqual(commits.slice(0, 3));
    expect((await look(id)).state).toBe("LOADING");
    // Nobody else takes it as long as it may live.
    expect(await claimLoad(world.sql, { lease: newId(), leaseMs: 1 })).toBeUndefined();
    const notices = () =>
      world.sql`
        select v.version, n.state from version_notices n join application_driver_versions v on v.id = n.version_id
        where n.deployment_id = ${deployment}`.then((rows) =>
        rows.map(({ version, state }) => [version, state]),
      );
    await lookForVersions(world.deps, signal);
    expect(await notices()).toEqual([]);

    await world.sql`update driver_sources set lease_until = now() - interval '1 second' where id = ${id}`;
    const told = new Promise<void>((resolve) => {
      const stop = world.deps.changes.on("version:*", () => (stop(), resolve()));
    });
    await load();
    await told;
    const all = commits.map((commit) => ["LOADED", commit]);
    expect(await loadsOf(id)).toEqual(all);
    release.resolve();
    await first.idle();
    expect(await loadsOf(id)).toEqual(all);
    expect(await look(id)).toMatchObject({
      state: "FOLLOWING",
      version: { version: "1.4", commit: commits[4] },
    });
    const orders = await driverVersionOrders(world.sql, { settled: true });
    const latest = latestVersion(orders.filter(({ driverName }) => driverName === name));
    expect(latest?.version).toBe("1.4");
    await lookForVersions(world.deps, signal);
    expect(await notices()).toEqual([["1.4", "UPGRADING"]]);
  });
});
