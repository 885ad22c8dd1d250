import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createSayings } from "../../../clients/cli/progress.ts";
import { createProgressBoard } from "../../../server/drivers/progress.ts";
import { specText } from "../../drivers/sample.ts";
import { type GitGround, refusal, startGitGround } from "./git-ground.ts";

let ground: GitGround;
let world: GitGround["world"];
let server: GitGround["server"];
beforeAll(async () => {
  ({ world, server } = ground = await startGitGround("t-scan"));
});
afterAll(() => ground.end());

const manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n";
const driver = (folder: string, name: string, version = "1") => ({
  [`${folder}driver.styrmin.yml`]: specText("", { version }).replace("name: sample", `name: ${name}`),
  [`${folder}manifests/a.yaml`]: manifest,
});
const scan = async (input: object) =>
  (
    await world.ask(
      `mutation ($i: ScanRepositoryInput!) { scanRepository(input: $i) {
        url ref commit drivers { path name version valid error loaded { version commit source } } } }`,
      { i: input },
    )
  ).scanRepository;

describe("a repository with many drivers", () => {
  test("tells every one, and loads those that are right", async () => {
    const url = server.url("many");
    const commit = await ground.commit("many", {
      ...driver("apps/web/", "web", "3"),
      ...driver("apps/shop/", "shop"),
      ...driver("", "root"),
      "broken/driver.styrmin.yml": specText("  paramters: []\n"),
      "linked/driver.styrmin.yml": specText(),
      "linked/manifests": { symlink: "/etc" },
      "README.md": "hello",
    });
    expect(await refusal(scan({ url }))).toMatchObject({ code: "FORBIDDEN", field: "url" });
    await ground.record("forge");

    const found = await scan({ url });
    expect(found).toMatchObject({ url, ref: "HEAD", commit });
    // The root holds all folders, and with them what is not allowed in a driver.
    expect(found.drivers.map(({ path, name, valid }: any) => [path, name, valid])).toEqual([
      ["", null, false],
      ["apps/shop", "shop", true],
      ["apps/web", "web", true],
      ["broken", null, false],
      ["linked", null, false],
    ]);
    expect(found.drivers[0].error).toContain("symbolic link");
    expect(found.drivers[3].error).toContain("paramters");
    expect((await world.sql`select 1 from application_drivers`).length).toBe(0);

    const before = server.requests.length;
    const { drivers } = await scan({ url, ref: "main", load: true });
    const loaded = drivers.filter((each: any) => each.loaded);
    expect(loaded.map(({ name, loaded }: any) => [name, loaded.version, loaded.commit])).toEqual([
      ["shop", "1", commit],
      ["web", "3", commit],
    ]);
    expect(loaded[1].loaded.source).toEqual({ kind: "git", url, ref: "main", path: "apps/web" });
    // One fetch for all of them.
    expect(server.requests.slice(before).filter(({ method }) => method === "POST")).toHaveLength(1);
    await scan({ url, ref: "main", load: true });
    expect((await world.sql`select 1 from application_driver_versions`).length).toBe(2);
  });

  test("says what is wrong with the question", async () => {
    expect(await refusal(scan({ url: server.url("nowhere") }))).toMatchObject({ code: "NOT_FOUND" });
    expect(await refusal(scan({ url: server.url("many"), ref: "nope" }))).toMatchObject({ field: "ref" });
    expect(await refusal(scan({ url: server.url("many"), progress: "x" }))).toMatchObject({
      code: "INVALID",
      field: "progress",
    });
  });
});

test("a repository is tried with what is recorded, and with nothing outside of it", async () => {
  const ask = (variables: object) =>
    world.ask(
      "mutation ($r: ID!, $u: String) { testRepository(repository: $r, url: $u) { url branches tags } }",
      variables as never,
    );
  await ground.commit("tried", { a: "1" }, { tag: "v1" });
  const answer = await ask({ r: "forge", u: server.url("tried") });
  expect(answer.testRepository).toEqual({ url: server.url("tried"), branches: 1, tags: 1 });
  expect(await refusal(ask({ r: "forge" }))).toMatchObject({ code: "NOT_FOUND" });
  for (const u of ["https://evil.test/x", `${server.origin}.evil.test/x`, `${server.origin}@evil.test/x`]) {
    expect(await refusal(ask({ r: "forge", u }))).toMatchObject({ code: "INVALID", field: "url" });
  }
});

describe("the progress of a load", () => {
  test("is told under the caller's id, also to whoever comes first, and ends with the load", async () => {
    const id = crypto.randomUUID();
    const told: { phase: string; bytes: number; objects: number }[] = [];
    const following = (async () => {
      const document = "subscription ($id: ID!) { loadProgress(id: $id) { phase bytes objects } }";
      for await (const event of world.follow(document, { id }, AbortSignal.timeout(30_000)))
        told.push(event.loadProgress);
    })();
    const input = { url: server.url("many"), ref: "main", path: "apps/web", progress: id };
    await world.ask(
      "mutation ($i: LoadApplicationDriverVersionInput!) { loadApplicationDriverVersion(input: $i) { id } }",
      { i: input },
    );
    await following;
    const phases = told.map(({ phase }) => phase);
    expect(phases).toContain("CHECKING");
    expect(phases.at(-1)).toBe("DONE");
    expect(told.at(-1)!.objects).toBeGreaterThan(5);
  });

  test("is forgotten when nobody loads and nobody follows", async () => {
    const board = createProgressBoard();
    const first = board.begin("1");
    first.tell({ phase: "RECEIVING", bytes: 5 });
    const stop = new AbortController();
    const follower = board.follow("1", stop.signal);
    expect((await follower.next()).value).toEqual({ phase: "RECEIVING", bytes: 5, objects: 0 });
    first.end();
    expect((await follower.next()).value).toMatchObject({ phase: "DONE", bytes: 5 });
    expect((await follower.next()).done).toBe(true);
    const late = board.follow("1", stop.signal);
    const waiting = late.next();
    stop.abort();
    expect((await waiting).done).toBe(true);
  });

  test("is said once for each part, and for each megabyte", () => {
    const lines: string[] = [];
    const say = createSayings((line) => lines.push(line));
    say({ phase: "CONNECTING", bytes: 0, objects: 0 });
    for (const bytes of [300_000, 600_000, 1_200_000, 1_300_000])
      say({ phase: "RECEIVING", bytes, objects: 0 });
    say({ phase: "READING", bytes: 1_300_000, objects: 12 });
    say({ phase: "CHECKING", bytes: 1_300_000, objects: 12 });
    say({ phase: "DONE", bytes: 1_300_000, objects: 12 });
    expect(lines).toEqual([
      "  … connecting",
      "  … receiving, 0 MB",
      "  … receiving, 1 MB",
      "  … reading 12 objects",
      "  … checking",
    ]);
  });
});
