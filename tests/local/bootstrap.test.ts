import { afterAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { eventually } from "../helpers/eventually.ts";

const root = resolve(import.meta.dir, "../..");
const node = Bun.which("node");
const top = await mkdtemp(join(tmpdir(), "s "));
afterAll(() => rm(top, { recursive: true, force: true }));

/** What stands for npm: notes that it was called and with which home, and "installs" the Bun that runs this test. */
const npm = `
  import * as fs from "node:fs";
  const folder = process.argv[process.argv.indexOf("--prefix") + 1];
  fs.appendFileSync(process.env.NOTES, "npm " + process.env.HOME + "\\n");
  if (process.env.NPM_FAILS) { console.error("npm error code EAI_AGAIN"); process.exit(1); }
  const stub = process.env.NO_SCRIPTS;
  fs.mkdirSync(folder + "/node_modules/bun/bin", { recursive: true });
  if (stub) {
    fs.writeFileSync(folder + "/node_modules/bun/bin/bun.exe", "#!/bin/sh\\nexit 1\\n", { mode: 0o755 });
    fs.mkdirSync(folder + "/node_modules/@oven/bun-linux-x64-musl/bin", { recursive: true });
    fs.writeFileSync(folder + "/node_modules/@oven/bun-linux-x64-musl/bin/bun", "#!/no/such/loader\\n", { mode: 0o755 });
    fs.mkdirSync(folder + "/node_modules/@oven/bun-linux-x64/bin", { recursive: true });
  }
  fs.symlinkSync(${JSON.stringify(process.execPath)}, folder + "/node_modules/" + (stub ? "@oven/bun-linux-x64/bin/bun" : "bun/bin/bun.exe"));
`;

const program = `
  process.on("SIGTERM", () => process.exit(7));
  console.log("args " + JSON.stringify(process.argv.slice(2)));
  if (process.argv[2] === "wait") setInterval(() => {}, 1000);
  else process.exitCode = Number(process.argv[2] ?? 0);
`;

/** A clone as far as the bootstrap knows it, without a dependency: no network is needed. */
async function makeClone(name: string) {
  const dir = join(top, name);
  await mkdir(join(dir, "local"), { recursive: true });
  await copyFile(join(root, "local/bootstrap.mjs"), join(dir, "local/bootstrap.mjs"));
  await writeFile(join(dir, "npm-cli.js"), npm);
  await writeFile(join(dir, "local/start.ts"), program);
  await mkdir(join(dir, "dep"));
  await writeFile(join(dir, "dep/package.json"), '{ "name": "dep", "version": "1.0.0" }');
  const dependencies = { dep: "file:./dep" };
  const manifest = { name: "clone", type: "module", packageManager: `bun@${Bun.version}`, dependencies };
  await writeFile(join(dir, "package.json"), JSON.stringify(manifest));
  const workspaces = { "": { name: "clone", dependencies } };
  const lock = { lockfileVersion: 1, workspaces, packages: { dep: ["dep@file:dep", {}] } };
  await writeFile(join(dir, "bun.lock"), JSON.stringify(lock));

  const begin = (args: string[], env: Record<string, string | undefined>) =>
    Bun.spawn([node ?? "node", "local/bootstrap.mjs", "start", ...args], {
      cwd: dir,
      env: {
        PATH: process.env.PATH ?? "",
        HOME: top,
        NOTES: join(dir, "notes"),
        npm_execpath: join(dir, "npm-cli.js"),
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
  const start = async (args: string[] = [], env: Record<string, string | undefined> = {}) => {
    const child = begin(args, env);
    const [stdout, stderr, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    return { code, stdout, stderr };
  };
  const npmCalls = async () => {
    const notes = await readFile(join(dir, "notes"), "utf8").catch(() => "");
    return notes.split("\n").filter((line) => line !== "");
  };
  return { dir, begin, start, npmCalls };
}

describe.skipIf(node === null)("the bootstrap", () => {
  test("installs Bun and the packages once, says so, and hands over arguments and exit code", async () => {
    const clone = await makeClone("first");
    const first = await clone.start(["3", "--flag"]);
    expect(first.stderr).toContain(`installing Bun ${Bun.version}`);
    expect(first.stderr).toContain("installing the packages");
    expect(first.stdout).toBe('args ["3","--flag"]\n');
    expect(first.code).toBe(3);
    const second = await clone.start(["0"]);
    expect(second.stderr).toBe("");
    expect(second.code).toBe(0);
    expect((await clone.npmCalls()).length).toBe(1);
  });

  test("installs the packages again when what they depend on has changed", async () => {
    const clone = await makeClone("changed");
    await clone.start();
    const manifest = JSON.parse(await readFile(join(clone.dir, "package.json"), "utf8"));
    await writeFile(join(clone.dir, "package.json"), JSON.stringify({ ...manifest, description: "changed" }));
    expect((await clone.start()).stderr).toBe("styrmin: installing the packages with Bun\n");
    expect((await clone.start()).stderr).toBe("");
  });

  test("finds the Bun that runs when npm's install scripts are off", async () => {
    const clone = await makeClone("no scripts");
    const { code, stdout } = await clone.start(["0"], { NO_SCRIPTS: "1" });
    expect(code).toBe(0);
    expect(stdout).toBe('args ["0"]\n');
  });

  test("keeps the caches inside the clone when there is no home", async () => {
    for (const [name, home] of [
      ["unset", undefined],
      ["empty", ""],
      ["absent", "/no/such/home"],
    ] as const) {
      const clone = await makeClone(`home ${name}`);
      expect((await clone.start(["0"], { HOME: home })).code).toBe(0);
      expect(await clone.npmCalls()).toEqual([`npm ${join(clone.dir, ".toolchain/home")}`]);
    }
  });

  test("says in a sentence that npm failed, and the next start installs", async () => {
    const clone = await makeClone("offline");
    const failed = await clone.start([], { NPM_FAILS: "1" });
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain("npm could not install Bun");
    expect(failed.stderr).toContain("npm error code EAI_AGAIN\nThe first start needs the npm registry");
    expect(failed.stdout).toBe("");
    expect((await clone.start()).code).toBe(0);
  });

  test("installs once when two start at the same time, and clears the lock of a run that was killed", async () => {
    const clone = await makeClone("two");
    await mkdir(join(clone.dir, ".toolchain"), { recursive: true });
    await writeFile(join(clone.dir, ".toolchain/lock"), "999999999 1");
    const both = await Promise.all([clone.start(), clone.start()]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect((await clone.npmCalls()).length).toBe(1);
    expect(existsSync(join(clone.dir, ".toolchain/lock"))).toBe(false);
  });

  test("passes a signal on and ends as the program ended", async () => {
    const clone = await makeClone("signal");
    await clone.start();
    const child = clone.begin(["wait"], {});
    const reader = child.stdout.getReader();
    await eventually("the program runs", async () => (await reader.read()).value);
    child.kill("SIGTERM");
    expect(await child.exited).toBe(7);
  });

  test.skipIf(process.getuid?.() === 0)("says that the folder cannot be written to", async () => {
    const clone = await makeClone("closed");
    await chmod(clone.dir, 0o555);
    const { code, stderr } = await clone.start();
    await chmod(clone.dir, 0o755);
    expect(code).toBe(1);
    expect(stderr).toContain("cannot be written to (EACCES)");
  });
});
