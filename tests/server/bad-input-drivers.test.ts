import { afterAll, beforeAll, describe, test, expect } from "bun:test";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { commitDriver, type CommitFile, type GitServer, startGitServer } from "../helpers/git-server.ts";
import { expectRefused, post, type Refused, startTarget, type Target } from "./bad-input.ts";

let target: Target;
let git: GitServer;
beforeAll(async () => {
  [target, git] = await Promise.all([startTarget(), startGitServer()]);
});
afterAll(async () => {
  console.log(
    `bad input: ${files.length + commits.length + addresses.length + places.length + directories.length} cases about drivers`,
  );
  await Promise.all([target.stop(), git.stop()]);
});

const driverFile = (more = "", name = "fine") => `apiVersion: styrmin.io/v1
kind: ApplicationDriver
metadata: { name: ${name} }
spec:
  version: "1"
  supported_versions: ">=1.0,<2.0"
  default_version: "1.0.0"
  manifests: manifests/
  components:
    server: { identifier: { label: { app: fine } } }
${more}`;
const manifest = `apiVersion: v1
kind: ConfigMap
metadata: { name: "{{ instance.release_name }}" }
`;
const fine = { "driver.styrmin.yml": driverFile(), "manifests/a.yaml": manifest };

const loadGit =
  "mutation ($input: LoadApplicationDriverVersionInput!) { loadApplicationDriverVersion(input: $input) { id } }";
const loadLocal = "mutation ($path: String!) { loadLocalApplicationDriverVersion(path: $path) { id } }";

type Row<Input> = [
  what: string,
  input: Input,
  code: Refused["code"],
  field: string | undefined,
  ...says: string[],
];
const refused = <Input>([, , code, field, ...says]: Row<Input>): Refused => ({ code, field, says });

const print = (text: string) => ({ ...fine, "manifests/a.yaml": text });
const spec = (text: string) => ({ ...fine, "driver.styrmin.yml": text });
const proto = { "__proto__/a.yaml": "x" };

// prettier-ignore
const files: Row<Record<string, string | Uint8Array>>[] = [
  ["no driver file", { "README.md": "x" }, "NOT_FOUND", "path", "driver.styrmin.yml", "Name the driver's folder"],
  ["an empty driver file", spec(""), "INVALID", "driver.styrmin.yml:1:1", "load it again"],
  ["a driver file that is no text", { ...fine, "driver.styrmin.yml": new Uint8Array([0xff, 0xfe, 0x00]) }, "INVALID", "driver.styrmin.yml", "UTF-8"],
  ["an unknown key", spec(driverFile("  paramters: []\n")), "INVALID", "driver.styrmin.yml:11:3", 'did you mean "parameters"'],
  ["another kind", spec(driverFile().replace("ApplicationDriver", "Deployment")), "INVALID", "driver.styrmin.yml:2:7", "ApplicationDriver"],
  ["a key that comes twice", spec(driverFile("  version: \"2\"\n")), "INVALID", "driver.styrmin.yml:11:3", "comes twice"],
  ["a version that is no text", spec(driverFile().replace('version: "1"', "version: [1]")), "INVALID", "driver.styrmin.yml:5:12", "spec.version"],
  ["a range that is none", spec(driverFile().replace(">=1.0,<2.0", "newest")), "INVALID", "driver.styrmin.yml:6:23", "supported_versions"],
  ["a default version outside the range", spec(driverFile().replace('"1.0.0"', '"3.0.0"')), "INVALID", "driver.styrmin.yml:7:20", "3.0.0"],
  ["a bad name", spec(driverFile("", "Fine App")), "INVALID", "driver.styrmin.yml:3:19", "metadata.name"],
  ["a parameter of no kind there is", spec(driverFile("  parameters: [{ name: a, kind: text }]\n")), "INVALID", "driver.styrmin.yml:11:33", "string"],
  ["a default against its own rules", spec(driverFile("  parameters: [{ name: a, kind: integer, max: 3, default: 4 }]\n")), "INVALID", "driver.styrmin.yml:11:59", "of 3 at most"],
  ["a secret with a default", spec(driverFile("  parameters: [{ name: a, kind: secret, default: hush }]\n")), "INVALID", "driver.styrmin.yml:11:50", "generate"],
  ["a pattern that is none", spec(driverFile('  parameters: [{ name: a, kind: string, pattern: "(" }]\n')), "INVALID", "driver.styrmin.yml:11:50", "regular expression"],
  ["a service of a component that is not there", spec(driverFile("  services: [{ name: web, kind: http, scope: external, port: 80, component: web }]\n")), "INVALID", "driver.styrmin.yml:11:77", "server"],
  ["YAML that grows without end", spec(bomb()), "INVALID", "driver.styrmin.yml:1:1", "load it again"],
  ["no manifests", { "driver.styrmin.yml": driverFile() }, "INVALID", "spec.manifests", "manifests/*.yaml"],
  ["a template that is never closed", print(`${manifest}{% if a %}\n`), "INVALID", "manifests/a.yaml:4:9", "load it again"],
  ["a template that never ends", print("{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"), "INVALID", "manifests/a.yaml:1", "too much work"],
  ["manifests that are no YAML", print("a: [b\n"), "INVALID", "manifests/a.yaml:1", "not valid YAML"],
  ["a manifest without a kind", print("apiVersion: v1\nmetadata: { name: a }\n"), "INVALID", "manifests/a.yaml:1", "kind"],
];

// prettier-ignore
const commits: Row<Record<string, CommitFile>>[] = [
  ["broken YAML", spec("spec: [a, b\nkind: {"), "INVALID", "driver.styrmin.yml:2:1", "load it again"],
  ["a template error", print(`${manifest}data: { a: {{ 1 | nope }} }\n`), "INVALID", "manifests/a.yaml:4:19", "nope"],
  ["a template that prints 500 MB", print("{{ 'x' * 500000000 }}"), "INVALID", "manifests/a.yaml", "printed too much"],
  ["a link to elsewhere", { ...fine, "manifests/b.yaml": { symlink: "/etc/passwd" } }, "INVALID", "manifests/b.yaml", "symbolic link"],
  ["a driver file that is a link", { ...fine, "driver.styrmin.yml": { symlink: "/etc/passwd" } }, "INVALID", "driver.styrmin.yml", "symbolic link"],
  ["a submodule", { ...fine, sub: { submodule: "1".repeat(40) } }, "INVALID", "sub", "submodule"],
  ["a folder called __proto__", { ...fine, ...proto }, "INVALID", "__proto__", "cannot be used"],
  ["a file of 2 MB", { ...fine, "big.txt": "x".repeat(2_000_000) }, "LIMIT", undefined, "1048576", "folder of its own"],
];

/** Anchors of anchors: 10^7 items out of a few lines. */
function bomb(): string {
  const lines = ["x0: &x0 [a, a, a, a, a, a, a, a, a, a]"];
  for (let i = 1; i < 8; i++)
    lines.push(
      `x${i}: &x${i} [${Array(10)
        .fill(`*x${i - 1}`)
        .join(", ")}]`,
    );
  return `${lines.join("\n")}\n`;
}

// prettier-ignore
const addresses: Row<string>[] = [
  ["a text that is no URL", "not a url", "INVALID", "url", "https://host/path"],
  ["ssh", "ssh://git@github.com/a/b.git", "INVALID", "url", "http:// or https://"],
  ["the short form of ssh", "git@github.com:a/b.git", "INVALID", "url", "https://host/path"],
  ["a file", "file:///etc", "INVALID", "url", "http:// or https://"],
  ["a path", "/etc/passwd", "INVALID", "url", "https://host/path"],
  ["a helper of git", "ext::sh -c id", "INVALID", "url", "http"],
  ["an option", "--upload-pack=id", "INVALID", "url", "https://host/path"],
  ["a query", "https://h.example/a?b=c", "INVALID", "url", "no query"],
  ["this machine", "http://127.0.0.1:1/a.git", "FORBIDDEN", "url", "server's own machine", "administrator"],
  ["this machine by name", "http://localhost:1/a.git", "FORBIDDEN", "url", "server's own machine"],
  ["this machine as one number", "http://2130706433/a.git", "FORBIDDEN", "url", "127.0.0.1"],
  ["this machine in octal", "http://0177.0.0.1/a.git", "FORBIDDEN", "url", "127.0.0.1"],
  ["this machine as IPv6", "http://[::1]:1/a.git", "FORBIDDEN", "url", "own machine"],
  ["this machine as mapped IPv6", "http://[::ffff:127.0.0.1]/a.git", "FORBIDDEN", "url", "own machine"],
  ["a private network", "https://10.1.2.3/a.git", "FORBIDDEN", "url", "private network", "administrator"],
  ["a cloud's metadata", "http://169.254.169.254/latest/meta-data", "FORBIDDEN", "url", "no repository can be"],
  ["no address at all", "http://0.0.0.0/a.git", "FORBIDDEN", "url", "public address"],
];

interface Place {
  repository?: string;
  ref?: string;
  path?: string;
}
// prettier-ignore
const places: Row<Place>[] = [
  ["a repository that does not exist", { repository: "nowhere" }, "NOT_FOUND", "url", "nowhere.git", "Check"],
  ["a branch that does not exist", { ref: "nope" }, "NOT_FOUND", "ref", '"nope"'],
  ["a commit that does not exist", { ref: "0".repeat(40) }, "NOT_FOUND", "ref", "0000000"],
  ["a shortened commit", { ref: "abcdef0" }, "NOT_FOUND", "ref", "all of its 40 digits"],
  ["a ref that is an option", { ref: "--upload-pack=id" }, "INVALID", "ref", "branch or a tag"],
  ["a range of refs", { ref: "a..b" }, "INVALID", "ref", "branch or a tag"],
  ["an empty ref", { ref: "" }, "INVALID", "ref", "branch or a tag"],
  ["a folder that does not exist", { path: "nope" }, "NOT_FOUND", "path", "nope"],
  ["a path that leads out", { path: "../../etc" }, "INVALID", "path", "folder of the repository"],
  ["a path with .. inside", { path: "manifests/../.." }, "INVALID", "path", "folder of the repository"],
];

// prettier-ignore
const directories: Row<string>[] = [
  ["outside the allowed ones", "/etc", "FORBIDDEN", "path", "/etc", "load it from git"],
  ["that leads outside by ..", "FOLDER/fine/../../..", "FORBIDDEN", "path", "load it from git"],
  ["that leads outside by a link", "FOLDER/out", "FORBIDDEN", "path", "load it from git"],
  ["that does not exist", "FOLDER/nope", "NOT_FOUND", "path", "nope", "on the server"],
  ["that is a file", "FOLDER/fine/driver.styrmin.yml", "NOT_FOUND", "path", "driver.styrmin.yml"],
  ["with a link in it", "FOLDER/linked", "INVALID", "manifests/b.yaml", "no ordinary file"],
  ["of no name", "", "NOT_FOUND", "path", "on the server"],
  ["with NUL in its name", "FOLDER/a\0b", "INVALID", "path", "NUL"],
];

describe("a driver is refused with code, field and remedy, and leaves nothing:", () => {
  test.each(files.map((row, index) => [row[0], row, index] as const))("%s", async (_what, row, index) => {
    const variables = { path: await target.write(`case-${index}`, row[1]) };
    await expectRefused(target, () => post(target.url, { document: loadLocal, variables }), refused(row));
  });
});

test("each problem of a driver file comes with its line and a caret under the place", async () => {
  const variables = { path: await target.write("with-excerpt", spec(driverFile("  paramters: []\n"))) };
  const answer = await post(target.url, { document: loadLocal, variables });
  const body = (await answer.json()) as any;
  expect(body.errors[0].extensions.problems).toEqual([
    expect.objectContaining({ excerpt: `   11 |   paramters: []\n${" ".repeat(10)}^` }),
  ]);
});

describe("a driver from git is refused with code, field and remedy, and leaves nothing:", () => {
  beforeAll(async () => {
    target.loading.allowLoopbackGit = true;
    await commitDriver(git, "fine", fine);
  });
  test.each(commits.map((row, index) => [row[0], row, index] as const))("%s", async (_what, row, index) => {
    await commitDriver(git, `case-${index}`, row[1]);
    const input = { url: git.url(`case-${index}`), ref: "main" };
    await expectRefused(
      target,
      () => post(target.url, { document: loadGit, variables: { input } }),
      refused(row),
    );
  });
  test.each(places.map((row) => [row[0], row] as const))("%s", async (_what, row) => {
    const { repository = "fine", ref = "main", path } = row[1];
    const input = { url: git.url(repository), ref, path };
    await expectRefused(
      target,
      () => post(target.url, { document: loadGit, variables: { input } }),
      refused(row),
    );
  });
});

describe("an address of a repository is refused before anything is asked of it:", () => {
  beforeAll(() => void (target.loading.allowLoopbackGit = false));
  test.each(addresses.map((row) => [row[0], row] as const))("%s", async (_what, row) => {
    const input = { url: row[1], ref: "main" };
    await expectRefused(
      target,
      () => post(target.url, { document: loadGit, variables: { input } }),
      refused(row),
    );
  });
});

describe("a directory is refused:", () => {
  beforeAll(async () => {
    await target.write("fine", fine);
    await target.write("linked", fine);
    await symlink("/etc/passwd", join(target.folder, "linked/manifests/b.yaml"));
    await symlink("/etc", join(target.folder, "out"));
  });
  test.each(directories.map((row) => [row[0], row] as const))("%s", async (_what, row) => {
    const variables = { path: row[1].replace("FOLDER", target.folder) };
    await expectRefused(target, () => post(target.url, { document: loadLocal, variables }), refused(row));
  });
});
