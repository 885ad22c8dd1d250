import { afterAll, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isInside, makeRunFolder } from "../../../agent/runner/folder.ts";

const work = mkdtempSync(join(tmpdir(), "styrmin-folder-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));
const base64 = (text: string) => Buffer.from(text).toString("base64");

test("a run's folder has the driver's files, counts what is written, and goes", () => {
  const folder = makeRunFolder(work, { "actions.ts": base64("a"), "lib/b.ts": base64("bb") });
  expect(readFileSync(join(folder.driver, "lib/b.ts"), "utf8")).toBe("bb");
  expect(folder.written()).toBe(0);
  writeFileSync(join(folder.path, "tmp/x"), "12345");
  expect(folder.written()).toBe(5);
  folder.remove();
  expect(readdirSync(work)).toEqual([]);
});

test("a folder goes whatever was made of it, and what a link leads to stays", () => {
  const outside = mkdtempSync(join(tmpdir(), "styrmin-outside-"));
  writeFileSync(join(outside, "kept"), "kept");
  const folder = makeRunFolder(work, {});
  const tmp = join(folder.path, "tmp");
  mkdirSync(join(tmp, "closed/inner"), { recursive: true });
  writeFileSync(join(tmp, "closed/inner/file"), "");
  chmodSync(join(tmp, "closed/inner"), 0);
  chmodSync(join(tmp, "closed"), 0);
  symlinkSync(outside, join(tmp, "link"));
  symlinkSync(join(outside, "kept"), join(tmp, "file"));
  symlinkSync(".", join(tmp, "self"));
  // Deeper than any path may be long: each is put into the next.
  mkdirSync(join(tmp, "deep"));
  for (let level = 0; level < 3_000; level++) {
    mkdirSync(join(tmp, "outer"));
    renameSync(join(tmp, "deep"), join(tmp, "outer/d".concat("x".repeat(20))));
    renameSync(join(tmp, "outer"), join(tmp, "deep"));
  }
  folder.remove();
  expect(readdirSync(work)).toEqual([]);
  expect(existsSync(join(outside, "kept"))).toBe(true);
  rmSync(outside, { recursive: true });
});

test("a path that leads out, or that is none, is refused", () => {
  const bad = ["", "/a", "../a", "a/../b", "a//b", "./a", "a/.", "a/", "a\\b", "a\0b", "..", "."];
  expect(bad.filter(isInside)).toEqual([]);
  for (const path of bad) expect(() => makeRunFolder(work, { [path]: "" })).toThrow("no path inside it");
  expect(() => makeRunFolder(work, { a: "", "a/b": "" })).toThrow();
  expect(() =>
    makeRunFolder(work, Object.fromEntries(Array.from({ length: 2_001 }, (_, n) => [`f${n}`, ""]))),
  ).toThrow("more than 2000");
  expect(["a", "a/b.ts", "..a", "a..b/c"].every(isInside)).toBe(true);
  expect(readdirSync(work)).toEqual([]);
});
