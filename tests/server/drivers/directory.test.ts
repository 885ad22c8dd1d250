import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AppError } from "../../../lib/errors.ts";
import { defaultLoadLimits, type LoadLimits } from "../../../server/drivers/limits.ts";
import { loadDriver } from "../../../server/drivers/load.ts";
import { specText } from "../../drivers/sample.ts";

const root = await mkdtemp(join(tmpdir(), "styrmin-test-directory-"));
const allowed = join(root, "allowed");
const folder = join(allowed, "x");
afterAll(() => rm(root, { recursive: true, force: true }));

beforeEach(async () => {
  await rm(allowed, { recursive: true, force: true });
  await Bun.write(join(folder, "driver.styrmin.yml"), specText());
  await Bun.write(
    join(folder, "manifests/a.yaml"),
    "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n",
  );
});

function load(path: string, limits: Partial<LoadLimits> = {}) {
  const settings = { allowLoopbackGit: false, allowPrivateGit: false, directories: [allowed] };
  return loadDriver(
    { kind: "directory", path },
    { ...settings, limits: { ...defaultLoadLimits, ...limits } },
  );
}
const failure = (...args: Parameters<typeof load>) =>
  load(...args).then(
    () => Promise.reject(new Error("loading succeeded")),
    (thrown: AppError) => thrown,
  );

describe("a driver in a directory", () => {
  test("loads without a commit, and without what is no part of it", async () => {
    await Bun.write(join(folder, ".git/HEAD"), "ref: refs/heads/main");
    await Bun.write(join(folder, "node_modules/a/index.js"), "");
    const { commit, spec, files, digest } = await load(folder);
    expect([commit, spec.name]).toEqual([null, "sample"]);
    expect(Object.keys(files)).toEqual(["driver.styrmin.yml", "manifests/a.yaml"]);
    expect((await load(`${folder}/../x/`)).digest).toBe(digest);
  });

  test("is refused outside the allowed directories, also through a link", async () => {
    await Bun.write(join(root, "other/driver.styrmin.yml"), specText());
    await symlink(join(root, "other"), join(allowed, "link"));
    for (const path of [
      "/etc",
      join(root, "other"),
      join(allowed, "link"),
      join(allowed, "../other"),
      `${allowed}-not`,
    ]) {
      await mkdir(`${allowed}-not`, { recursive: true });
      expect(await failure(path)).toMatchObject({ code: "FORBIDDEN", field: "path" });
    }
  });

  test("that is not there is told", async () => {
    for (const path of ["", join(allowed, "y"), "a\0b", join(folder, "driver.styrmin.yml")]) {
      expect(await failure(path)).toMatchObject({ code: "NOT_FOUND", field: "path" });
    }
    expect(await failure(allowed)).toMatchObject({ code: "NOT_FOUND" });
  });

  test("with links or too much in it is refused", async () => {
    expect(await failure(folder, { files: 1 })).toMatchObject({ code: "LIMIT" });
    expect(await failure(folder, { totalBytes: 100 })).toMatchObject({ code: "LIMIT" });
    await symlink("/etc/passwd", join(folder, "manifests/b.yaml"));
    expect(await failure(folder)).toMatchObject({ code: "INVALID", field: "manifests/b.yaml" });
  });
});
