import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { packTar } from "modern-tar";
import {
  archiveDigest,
  packChart,
  readChart,
  readChartArchive,
  unpackChart,
} from "../../drivers/kit/index.ts";
import { chartFiles, helmPath, packed, storeChart, webChart } from "../helpers/charts.ts";
import { type OciRegistry, startOciRegistry } from "../helpers/oci-registry.ts";

const fault = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "fine",
    (thrown) => `${(thrown as Error).name}: ${(thrown as Error).message}`,
  );

type Header = Parameters<typeof packTar>[0][number]["header"];
const tgz = async (...headers: (Header & { text?: string })[]) =>
  gzipSync(
    await packTar(
      headers.map(({ text = "", ...header }) => ({
        header: { ...header, size: header.size ?? text.length },
        ...(header.type === undefined || header.type === "file" ? { body: text } : {}),
      })),
    ),
  );
const about = {
  name: "web/Chart.yaml",
  size: 32,
  text: "apiVersion: v2\nname: web\nversion: 1".slice(0, 32),
};

describe("an archive of a chart", () => {
  test("is packed and unpacked again, the same each time", async () => {
    const files = chartFiles(webChart());
    const archive = await packChart("web", files);
    expect(archiveDigest(await packChart("web", files))).toBe(archiveDigest(archive));
    const again = await unpackChart(archive);
    expect(Object.keys(again).sort()).toEqual(Object.keys(files).sort());
    expect(new TextDecoder().decode(again["values.yaml"])).toBe(webChart()["values.yaml"]!);
  });

  const hostile: Record<string, [archive: () => Promise<Uint8Array>, reason: string]> = {
    "no gzip": [async () => Buffer.from("hello"), "it is no gzip archive"],
    "no tar": [async () => gzipSync("x".repeat(2000)), "no tar archive"],
    "nothing in it": [async () => gzipSync(await packTar([])), "it is empty"],
    "a path that leads out": [() => tgz({ name: "web/../../etc/passwd", size: 0 }), "no path inside a chart"],
    "an absolute path": [() => tgz({ name: "/etc/passwd", size: 0 }), "no path inside a chart"],
    "a path with a backslash": [() => tgz({ name: "web/..\\..\\x", size: 0 }), "no path inside a chart"],
    "a path with a drive": [() => tgz({ name: "web/C:x", size: 0 }), "no path inside a chart"],
    "a path of JavaScript": [() => tgz({ name: "web/__proto__", size: 0 }), "no path inside a chart"],
    "a symbolic link": [
      () => tgz({ name: "web/values.yaml", size: 0, type: "symlink", linkname: "/etc/passwd" }),
      "is a symlink",
    ],
    "a hard link": [() => tgz({ name: "web/x", size: 0, type: "link", linkname: "web/y" }), "is a link"],
    "a device": [() => tgz({ name: "web/null", size: 0, type: "character-device" }), "is a character-device"],
    "a pipe": [() => tgz({ name: "web/pipe", size: 0, type: "fifo" }), "is a fifo"],
    "a file twice": [
      () => tgz(about, { name: "web/a", size: 0 }, { name: "web/A", size: 0 }),
      "is there twice",
    ],
    "a file beside the folder": [
      () => tgz(about, { name: "other/x", size: 0 }),
      "is not in the chart's folder",
    ],
    "a bomb": [async () => gzipSync(Buffer.alloc(60_000_000)), "unpacks to more than"],
    "too many files": [
      () => tgz(...Array.from({ length: 5_001 }, (_, index) => ({ name: `web/${index}`, size: 0 }))),
      "more than 5000 files",
    ],
    "an archive that is too large": [async () => new Uint8Array(11_000_000), "are allowed"],
    "no Chart.yaml": [() => tgz({ name: "web/values.yaml", size: 0 }), "has no Chart.yaml"],
    "a Chart.yaml that is none": [
      () => packed("web", { "Chart.yaml": "a: [" }),
      "its Chart.yaml is not valid YAML",
    ],
    "a name that is none": [
      () => packed("web", { "Chart.yaml": "name: ../x\nversion: 1" }),
      "no usable name",
    ],
    "no version": [() => packed("web", { "Chart.yaml": "name: web" }), "has no version"],
    "a schema that reads a file": [
      () =>
        packed("web", {
          "Chart.yaml": "name: web\nversion: 1",
          "values.schema.json": '{"$ref":"file:///etc/passwd"}',
        }),
      "a schema may refer to its own parts only",
    ],
    "a schema in a chart in it that asks the network": [
      async () =>
        packed("web", {
          "Chart.yaml": "name: web\nversion: 1",
          "charts/in/Chart.yaml": "name: in\nversion: 1",
          "charts/in/values.schema.json": '{"properties":{"a":[{"$ref":"http://169.254.169.254/x"}]}}',
        }),
      "a schema may refer to its own parts only",
    ],
    "an archive in it that is hostile": [
      async () => {
        const inner = await tgz({ name: "in/../../x", size: 0 });
        return packChart("web", {
          ...chartFiles({ "Chart.yaml": "name: web\nversion: 1" }),
          "charts/in.tgz": inner,
        });
      },
      "charts/in.tgz: ",
    ],
    "charts in charts without end": [
      async () => {
        let archive = await packed("web", { "Chart.yaml": "name: web\nversion: 1" });
        for (let depth = 0; depth < 6; depth++)
          archive = await packChart("web", {
            ...chartFiles({ "Chart.yaml": "name: web\nversion: 1" }),
            "charts/web.tgz": archive,
          });
        return archive;
      },
      "more than 4 deep",
    ],
  };
  test.each(Object.entries(hostile))("with %s is refused", async (_, [make, reason]) => {
    const told = await fault(readChartArchive(await make()));
    expect(told).toStartWith("ChartError: ");
    expect(told).toContain(reason);
  });
});

describe("a chart", () => {
  test("says what it is, and which charts it lacks", async () => {
    const chart = await readChart(chartFiles(webChart()));
    expect(chart).toMatchObject({ name: "web", version: "0.4.2", appVersion: "1.6", missing: [] });
    expect(Object.keys(chart.templates)).toContain("charts/cache/templates/cache.yaml");
    const { ["charts/cache/Chart.yaml"]: _, ...without } = webChart();
    expect((await readChart(chartFiles(without))).missing).toMatchObject([{ name: "cache" }]);
  });

  test("may hold its dependencies packed", async () => {
    const inner = await packed("cache", {
      "Chart.yaml": "name: cache\nversion: 1.0.0",
      "templates/a.yaml": "kind: A",
    });
    const { ["charts/cache/Chart.yaml"]: _, ...without } = webChart();
    const chart = await readChart({ ...chartFiles(without), "charts/cache-1.0.0.tgz": inner });
    expect(chart.missing).toEqual([]);
    expect(chart.templates["charts/cache-1.0.0.tgz/templates/a.yaml"]).toBe("kind: A");
  });
});

describe.skipIf(helmPath === undefined)("the registry of the tests (skipped without helm)", () => {
  const dir = mkdtempSync(join(tmpdir(), "styrmin-registry-"));
  let registry: OciRegistry;
  beforeAll(async () => void (registry = await startOciRegistry()));
  afterAll(async () => {
    await registry.stop();
    rmSync(dir, { recursive: true });
  });
  const helm = async (...args: string[]) => {
    const child = Bun.spawn([helmPath!, ...args], {
      cwd: dir,
      env: { HOME: dir },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [out, err] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    if ((await child.exited) !== 0) throw new Error(err);
    return out + err;
  };

  test("takes what helm pushes, and helm pulls what tests push", async () => {
    await Bun.write(join(dir, "web-0.4.2.tgz"), await packed("web", webChart()));
    await helm("push", "web-0.4.2.tgz", `oci://${registry.host}/charts`, "--plain-http");
    expect(await helm("pull", registry.url("charts/web"), "--version", "0.4.2", "--plain-http")).toContain(
      "Digest: sha256:",
    );
    const archive = await packed("store", storeChart);
    await registry.push("more/store", "2.0.0", archive);
    await helm("pull", registry.url("more/store"), "--version", "2.0.0", "--plain-http");
    expect(archiveDigest(await Bun.file(join(dir, "store-2.0.0.tgz")).bytes())).toBe(archiveDigest(archive));
  });
});
