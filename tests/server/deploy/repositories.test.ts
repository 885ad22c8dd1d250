import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { findAccess, findRepository } from "../../../server/deploy/repositories.ts";
import { plainUrl, prefixesOf } from "../../../server/drivers/prefix.ts";
import { specText } from "../../drivers/sample.ts";
import { type GitGround, refusal, startGitGround } from "./git-ground.ts";

let ground: GitGround;
let world: GitGround["world"];
let server: GitGround["server"];
beforeAll(async () => {
  ({ world, server } = ground = await startGitGround("geheim-token"));
});
afterAll(() => ground.end());

const shown = "id name kind url username hasToken ca";
const create = async (input: object) =>
  (
    await world.ask(`mutation ($i: CreateRepositoryInput!) { createRepository(input: $i) { ${shown} } }`, {
      i: input,
    })
  ).createRepository;
const update = async (input: object) =>
  (
    await world.ask(`mutation ($i: UpdateRepositoryInput!) { updateRepository(input: $i) { ${shown} } }`, {
      i: input,
    })
  ).updateRepository;
const tokenFor = async (url: string) => (await findAccess(world.deps, "GIT", url)).credential?.token;

describe("an address", () => {
  test.each([
    ["HTTPS://Git.Example.ORG:443/a/./b/../c//", "https://git.example.org/a/c"],
    ["http://h:80/x.git/", "http://h/x.git"],
    ["https://h/%61%2e%2E/b", "https://h/%61%2e%2E/b"],
    ["https://bücher.example/x", "https://xn--bcher-kva.example/x"],
  ])("%s is spelled %s", (text, plain) => expect(plainUrl(text, "GIT")).toBe(plain));

  test("of charts may be that of a registry", () => {
    expect(plainUrl("oci://Registry.example.org/charts/", "HELM")).toBe("oci://registry.example.org/charts");
    expect(() => plainUrl("oci://h/x", "GIT")).toThrow("http:// or https://");
    expect(() => plainUrl("https://ann:geheim@h/x", "GIT")).toThrow("must hold no credentials");
  });

  test("has prefixes on the borders of its path", () => {
    expect(prefixesOf("https://h:1/a/b.git")).toEqual([
      "https://h:1",
      "https://h:1/a",
      "https://h:1/a/b.git",
      "https://h:1/a/b",
    ]);
    expect(prefixesOf("https://h")).toEqual(["https://h"]);
  });
});

describe("a token", () => {
  test("is that of the longest prefix, and of no other host, port, scheme or neighbour", async () => {
    await create({ name: "whole", url: "https://git.test", token: "t-host" });
    await create({ name: "group", url: "https://git.test/apps", token: "t-apps" });
    await create({ name: "one", url: "https://git.test/apps/web.git", token: "t-web" });
    const cases: [string, string | undefined][] = [
      ["https://git.test/apps/web.git", "t-web"],
      ["https://git.test/apps/web", "t-web"],
      ["https://git.test/apps/web.git/", "t-web"],
      ["https://GIT.test:443/apps/other", "t-apps"],
      ["https://git.test/apps", "t-apps"],
      ["https://git.test/apps-of-others/x", "t-host"],
      ["https://git.test/apps/../other", "t-host"],
      ["https://git.test/apps%2Fweb.git", "t-host"],
      ["http://git.test/apps/web.git", undefined],
      ["https://git.test:8443/apps/web.git", undefined],
      ["https://git.test.evil.org/apps/web.git", undefined],
      ["https://evil-git.test/apps/web.git", undefined],
      ["https://git.test@evil.org/apps/web.git", undefined],
      ["https://evil.org/https://git.test/apps/web.git", undefined],
      ["https://evil.org\\@git.test/apps", undefined],
      ["git.test/apps", undefined],
    ];
    for (const [url, token] of cases) expect([url, await tokenFor(url)]).toEqual([url, token]);
    expect(await findRepository(world.deps, "HELM", "https://git.test/apps")).toBeUndefined();
  });

  test("is neither answered nor readable where it is kept", async () => {
    const made = await create({ name: "sealed", url: "https://sealed.test", token: "t-canary-7" });
    expect(made).toMatchObject({ kind: "GIT", hasToken: true, username: null, ca: null });
    expect(JSON.stringify(made)).not.toContain("canary");
    const rows = await world.sql`select r::text as row, encode(token, 'escape') as token from repositories r`;
    expect(JSON.stringify(rows)).not.toContain("canary");
    expect(await tokenFor("https://sealed.test/x")).toBe("t-canary-7");
  });

  test("does not follow the repository to another address", async () => {
    await create({ name: "moving", url: "https://moving.test", token: "t-moving" });
    const refused = await refusal(update({ repository: "moving", url: "https://evil.test" }));
    expect(refused).toMatchObject({ code: "INVALID", field: "token" });
    await world.sql`update repositories set url = 'https://evil.test' where name = 'moving'`;
    expect(await refusal(tokenFor("https://evil.test"))).toMatchObject({ code: "UNAVAILABLE" });
    await update({ repository: "moving", token: "t-new" });
    expect(await tokenFor("https://evil.test/x")).toBe("t-new");
    expect(await update({ repository: "moving", url: "https://third.test", token: null })).toMatchObject({
      hasToken: false,
      url: "https://third.test",
    });
  });

  test("loads a driver, which says nothing of it", async () => {
    await ground.commit("guarded", {
      "driver.styrmin.yml": specText(),
      "manifests/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n",
    });
    const load = () =>
      world.ask(
        "mutation ($i: LoadApplicationDriverVersionInput!) { loadApplicationDriverVersion(input: $i) { commit source } }",
        { i: { url: server.url("guarded"), ref: "main" } },
      );
    expect(await refusal(load())).toMatchObject({ code: "FORBIDDEN", field: "url" });
    await ground.record("guarded");
    const { loadApplicationDriverVersion: version } = await load();
    expect(version.source).toEqual({ kind: "git", url: server.url("guarded"), ref: "main" });
    await update({ repository: "guarded", token: "falsch-token" });
    const refused = await refusal(load());
    expect(refused.code).toBe("FORBIDDEN");
    expect(`${refused.message}${refused.stack}`).not.toMatch(/geheim|falsch/);
  });
});

describe("a repository", () => {
  test("is listed, changed and forgotten", async () => {
    const made = await create({ name: "life", url: "oci://charts.test/x", kind: "HELM", username: "ann" });
    const { repositories } = await world.ask(
      `{ repositories(filter: { kind: HELM }) { ${shown} } repository(name: "life") { id } }`,
    );
    expect(repositories).toEqual([made]);
    expect(await update({ repository: "life", username: null })).toMatchObject({ username: null });
    const gone = await world.ask(`mutation { deleteRepository(repository: "life") { name } }`);
    expect(gone.deleteRepository.name).toBe("life");
    expect((await world.ask(`{ repository(name: "life") { id } }`)).repository).toBeNull();
  });

  const wrong: [string, object, string, string][] = [
    ["a name", { name: "A b" }, "INVALID", "name"],
    ["an address", { url: "ssh://git@h/x" }, "INVALID", "url"],
    ["credentials in the address", { url: "https://a:b@h/x" }, "INVALID", "url"],
    ["a token of two lines", { token: "a\r\nX-Evil: 1" }, "INVALID", "token"],
    ["an empty token", { token: "" }, "INVALID", "token"],
    ["a user with a colon", { username: "a:b" }, "INVALID", "username"],
    ["a CA that is none", { ca: "hello" }, "INVALID", "ca"],
    [
      "a CA that cannot be read",
      { ca: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----" },
      "INVALID",
      "ca",
    ],
    [
      "a private key",
      { ca: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----" },
      "INVALID",
      "ca",
    ],
    ["a name that is taken", { name: "taken", url: "https://other.test" }, "EXISTS", "name"],
    ["an address that is taken", { url: "https://taken.test/" }, "EXISTS", "url"],
  ];
  test("is refused with its field", async () => {
    await create({ name: "taken", url: "https://taken.test" });
    for (const [what, input, code, field] of wrong) {
      const refused = await refusal(create({ name: "wrong", url: "https://wrong.test", ...input }));
      expect([what, refused.code, refused.field]).toEqual([what, code, field]);
    }
    expect(await refusal(update({ repository: "nobody" }))).toMatchObject({ code: "NOT_FOUND" });
  });
});
