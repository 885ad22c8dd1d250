import { gunzipSync, gzipSync } from "node:zlib";
import { chartObjectsOf } from "../../../drivers/kit/chart-objects.ts";
import { ChartError, packChart, readChartArchive, readChartLock } from "../../../drivers/kit/index.ts";
import { chartFiles, webChart } from "../../helpers/charts.ts";
import { mutated } from "../mutate.ts";
import type { FuzzTarget } from "../target.ts";

const tar = Buffer.from(gunzipSync(await packChart("web", chartFiles(webChart())))).toString("latin1");
const dictionary = [
  "ustar\0" + "00",
  "../",
  "web/../../x",
  "/etc/passwd",
  "PaxHeader",
  "27 path=web/../../etc/passwd\n",
  "\0".repeat(512),
  "0000644\0",
  "77777777777\0",
  "\x80\0\0\0\0\0\0\x7f",
  ..."0123456789xgLK",
  '{"$ref":"file:///etc/passwd"}',
  "__proto__",
];

/** A packed chart as a hostile registry may send it: it is read or refused, and what is read stays inside. */
export const chartArchives: FuzzTarget<Buffer> = {
  name: "chart-archives",
  share: 1,
  limitMs: 2_000,
  make(random) {
    const text = mutated(random, tar, dictionary, 4);
    const plain = Buffer.from(text, "latin1");
    const packed = gzipSync(plain, { level: 1 });
    if (random.int(4) === 0) packed[random.int(packed.byteLength)] = random.int(256);
    return random.int(10) === 0 ? plain : packed;
  },
  async run(archive) {
    try {
      const { templates } = await readChartArchive(archive);
      const outside = Object.keys(templates).find(
        (path) => path.startsWith("/") || path.split("/").includes(".."),
      );
      if (outside !== undefined) throw new Error(`a path outside: ${outside}`);
    } catch (thrown) {
      if (!(thrown instanceof ChartError)) throw thrown;
    }
  },
};

const printed = `---
# Source: web/templates/a.yaml
apiVersion: v1
kind: ConfigMap
metadata: { name: a, annotations: { helm.sh/hook: "pre-install,test", helm.sh/hook-weight: "-5" } }
data: { mode: 0640, on: yes, time: 12:30 }
---
# Source: web/templates/b.yaml
apiVersion: v1
kind: List
items: [{ apiVersion: v1, kind: Secret, metadata: { name: b, labels: { a: "1" } } }]
`;
const words = [
  "---\n",
  "# Source: ",
  "&a",
  "*a",
  "<<: *a",
  "!!binary",
  "!!set",
  "? ",
  "null",
  "~",
  "{",
  "}",
  "kind: List",
  "helm.sh/hook",
];

/** What helm printed, and the lock of a driver: objects or problems, nothing else. */
export const chartOutput: FuzzTarget<string> = {
  name: "chart-output",
  share: 1,
  limitMs: 2_000,
  make: (random) => (random.int(10) === 0 ? random.text(300) : mutated(random, printed, words)),
  run(text) {
    const made = chartObjectsOf(text, { namespace: "env-demo", objects: 100 });
    if ("objects" in made) {
      for (const { apiVersion, kind, metadata } of [...made.objects, ...made.hooks])
        if (!apiVersion || !kind || !metadata.name) throw new Error("an object without a name or kind");
    } else if (made.problems.some(({ message }) => message === ""))
      throw new Error("a problem without words");
    try {
      readChartLock({ "helm.lock.json": Buffer.from(text) });
    } catch (thrown) {
      if (!(thrown instanceof ChartError)) throw thrown;
    }
  },
};
