import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { againWhenKilled } from "../../drivers/kit/again.ts";
import { createRenderer } from "../../drivers/kit/index.ts";
import { loadDriver } from "../../server/drivers/load.ts";
import { chartFiles } from "../helpers/charts.ts";
import { childNamed } from "../helpers/children.ts";
import { contextOf, filesOf, specOf, specText } from "./sample.ts";

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

describe("a helm that is killed", () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "styrmin-killed-"))));
  const { STYRMIN_HELM } = process.env;
  afterEach(() => {
    if (STYRMIN_HELM === undefined) delete process.env.STYRMIN_HELM;
    else process.env.STYRMIN_HELM = STYRMIN_HELM;
    rmSync(folder, { recursive: true });
  });
  const specification = "  helm: { main: { location: ./chart } }\n";
  const chart = { "chart/Chart.yaml": "apiVersion: v2\nname: one\nversion: 1.0.0\n" };
  const helmOf = (script: string): string => {
    const helm = join(folder, "helm");
    writeFileSync(helm, `#!/bin/sh\n${script}\n`);
    chmodSync(helm, 0o755);
    return helm;
  };

  test("is no fault of the chart", async () => {
    // It may write no bytes, but it can make folders: one for each time that it was killed.
    const print = `case $1 in version) echo v3.21.0 ;; *) printf '${configMap.replaceAll("\n", "\\n")}' ;; esac`;
    const helm = helmOf(`mkdir "${folder}/$1" 2>/dev/null && kill -9 $$\n${print}`);
    const spec = specOf(specification);
    const files = chartFiles(chart);
    const renderer = createRenderer({ helm });
    const outcome = await renderer.render({ spec, files, context: contextOf(spec), secrets: {} });
    expect(outcome).toMatchObject({ objects: [{ kind: "ConfigMap" }] });
    await renderer.close();
  });

  test("each time does not make a driver wrong that is loaded", async () => {
    process.env.STYRMIN_HELM = helmOf("kill -9 $$");
    const driver = { ...chart, "driver.styrmin.yml": specText(specification) };
    for (const [path, text] of Object.entries(driver)) await Bun.write(join(folder, "driver", path), text);
    const settings = { allowLoopbackGit: false, allowPrivateGit: false, directories: [folder] };
    const loading = loadDriver({ kind: "directory", path: join(folder, "driver") }, settings);
    await expect(loading).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });
});
