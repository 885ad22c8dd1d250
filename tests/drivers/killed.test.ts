import { describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { againWhenKilled } from "../../drivers/kit/again.ts";
import { createRenderer } from "../../drivers/kit/index.ts";
import { chartFiles } from "../helpers/charts.ts";
import { childNamed } from "../helpers/children.ts";
import { contextOf, filesOf, specOf } from "./sample.ts";

const configMap = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n";

describe("what was killed from outside", () => {
  const pausesMs = [1, 1];
  const killedTimes = (times: number) => {
    let runs = 0;
    return async () => (++runs <= times ? "killed" : `fine at ${runs}`);
  };
  const isKilled = (outcome: string) => outcome === "killed";

  test.each([
    [0, "fine at 1"],
    [2, "fine at 3"],
    [3, "killed"],
  ])("is done again twice: %d times", async (times, outcome) => {
    expect(await againWhenKilled(killedTimes(times), isKilled, { pausesMs })).toBe(outcome);
  });

  test("is not waited for after an abort", async () => {
    const stop = new AbortController();
    const reason = new Error("stopped");
    const again = againWhenKilled(killedTimes(9), isKilled, { pausesMs: [60_000], signal: stop.signal });
    stop.abort(reason);
    await expect(again).rejects.toBe(reason);
  });
});

test("a child that is killed is no fault of the driver", async () => {
  const spec = specOf("  manifests: manifests/\n");
  const files = filesOf({ "manifests/a.yaml": configMap });
  const request = { spec, files, context: contextOf(spec), secrets: {} };
  const renderer = createRenderer();
  await renderer.render(request);
  process.kill(await childNamed("render-child"), "SIGKILL");
  expect((await renderer.render(request)).objects).toHaveLength(1);
  await renderer.close();
});

test("a helm that is killed is no fault of the chart", async () => {
  const folder = mkdtempSync(join(tmpdir(), "styrmin-killed-"));
  const helm = join(folder, "helm");
  // It may write no bytes, but it can make folders: one for each time that it was killed.
  const print = `case $1 in version) echo v3.21.0 ;; *) printf '${configMap.replaceAll("\n", "\\n")}' ;; esac`;
  writeFileSync(helm, `#!/bin/sh\nmkdir "${folder}/$1" 2>/dev/null && kill -9 $$\n${print}\n`);
  chmodSync(helm, 0o755);
  const spec = specOf("  helm: { main: { location: ./chart } }\n");
  const files = chartFiles({ "chart/Chart.yaml": "apiVersion: v2\nname: one\nversion: 1.0.0\n" });
  const renderer = createRenderer({ helm });
  const outcome = await renderer.render({ spec, files, context: contextOf(spec), secrets: {} });
  expect(outcome).toMatchObject({ objects: [{ kind: "ConfigMap" }] });
  await renderer.close();
  rmSync(folder, { recursive: true });
});
