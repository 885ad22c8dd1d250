import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { followToken } from "../../agent/token.ts";
import { createLog, silentLog } from "../../lib/log.ts";
import { eventually } from "../helpers/eventually.ts";

let dir: string;
const stop = new AbortController();
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), "styrmin-token-"))));
afterAll(() => {
  stop.abort(new Error("the test is over"));
  rmSync(dir, { recursive: true, force: true });
});

test("a token that changes in its file is used, and one that is gone is not forgotten", async () => {
  const path = join(dir, "token");
  writeFileSync(path, "first\n");
  const lines: string[] = [];
  const log = createLog({}, (line) => lines.push(line));
  const token = await followToken({ path, everyMs: 10, signal: stop.signal, log });
  expect(token.current()).toBe("first");
  writeFileSync(path, "second\n");
  await eventually("the second is used", () => token.current() === "second");
  rmSync(path);
  await eventually("it is told that the file is gone", () =>
    lines.some((line) => line.includes("cannot be read")),
  );
  expect(token.current()).toBe("second");
  expect(lines.join()).not.toContain("second");
});

test("without a token an agent does not start, and says what to do", async () => {
  const path = join(dir, "missing");
  const started = followToken({ path, signal: stop.signal, log: silentLog });
  await expect(started).rejects.toThrow("Make one with `styrminctl clusters create`");
});
