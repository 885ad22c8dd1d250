import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  archiveDigest,
  chartLockName,
  type DriverFiles,
  parseDriver,
  readChartLock,
} from "../../../drivers/kit/index.ts";
import type { Socket } from "bun";
import { AppError } from "../../../lib/errors.ts";
import { loadCertificates } from "../../../local/cluster/certificates.ts";
import { pullAll, type PullLimits } from "../../../server/drivers/chart-pull.ts";
import type { ChartAccess } from "../../../server/drivers/chart-request.ts";
import { defaultPullLimits, pullCharts } from "../../../server/drivers/charts.ts";
import { specText } from "../../drivers/sample.ts";
import { childNamed } from "../../helpers/children.ts";
import { chartFiles, packed, webChart } from "../../helpers/charts.ts";
import { type OciRegistry, startOciRegistry } from "../../helpers/oci-registry.ts";

const dir = mkdtempSync(join(tmpdir(), "styrmin-charts-"));
const auth = { user: "ann", password: "s3cret-word" };
const credential = { username: auth.user, token: auth.password };
let open: OciRegistry;
let basic: OciRegistry;
let bearer: OciRegistry;
let ca: string;
let repository: ReturnType<typeof startRepository>;
let archive: Uint8Array;

beforeAll(async () => {
  const { ca: own, ...tls } = await loadCertificates(dir);
  ca = own;
  archive = await packed("web", webChart());
  open = await startOciRegistry();
  basic = await startOciRegistry({ auth, tls });
  bearer = await startOciRegistry({ auth: { ...auth, kind: "Bearer" }, tls });
  for (const registry of [open, basic, bearer]) await registry.push("charts/web", "0.4.2", archive);
  repository = startRepository(tls);
});
afterAll(async () => {
  await Promise.all([open.stop(), basic.stop(), bearer.stop(), repository.stop()]);
  rmSync(dir, { recursive: true });
});

/** A chart repository over HTTPS: an index and archives, whatever they are. */
function startRepository(tls: { cert: string; key: string }) {
  const files = new Map<string, Uint8Array | string | Response>();
  const requests: { path: string; authorization: string | null }[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    tls,
    fetch(request) {
      const { pathname } = new URL(request.url);
      const authorization = request.headers.get("authorization");
      requests.push({ path: pathname, authorization });
      const locked =
        pathname.startsWith("/private/") &&
        authorization !== `Basic ${btoa(`${auth.user}:${auth.password}`)}`;
      if (locked) return new Response(null, { status: 401 });
      const file = files.get(pathname);
      if (file instanceof Response) return file.clone();
      return file === undefined ? new Response(null, { status: 404 }) : new Response(file as BodyInit);
    },
  });
  return {
    requests,
    url: (path: string) => `${server.url.origin}${path}`,
    put: (path: string, content: Uint8Array | string | Response) => void files.set(path, content),
    /** An index of one chart, whose archive has this digest. */
    index(folder: string, entry: { version?: string; url?: string; digest?: string; name?: string }) {
      const { name = "web", version = "0.4.2", url = "web-0.4.2.tgz", digest } = entry;
      files.set(
        `${folder}/index.yaml`,
        JSON.stringify({
          apiVersion: "v1",
          entries: { [name]: [{ name, version, urls: [url], ...(digest ? { digest } : {}) }] },
        }),
      );
    },
    stop: () => server.stop(true),
  };
}

interface Given {
  location: string;
  version?: string;
  chart?: string;
  files?: DriverFiles;
  access?: ChartAccess;
  policy?: { allowLoopback: boolean; allowPrivate: boolean };
  limits?: Partial<PullLimits>;
}

async function pull({ location, version, chart, files = {}, access = {}, policy, limits }: Given) {
  const main = { location, ...(version ? { version } : {}), ...(chart ? { chart } : {}) };
  const { spec } = parseDriver(specText(`  helm: ${JSON.stringify({ main })}\n`));
  return pullCharts(spec!, files, {
    policy: policy ?? { allowLoopback: true, allowPrivate: false },
    findAccess: async () => access,
    limits: { ...defaultPullLimits, ...limits },
  });
}

async function failure(given: Given): Promise<{ code: string; message: string }> {
  try {
    await pull(given);
  } catch (thrown) {
    if (thrown instanceof AppError) return { code: thrown.code, message: thrown.message };
    throw thrown;
  }
  return { code: "none", message: "it was pulled" };
}

/** The same in this very process, which saves the start of a child. */
async function failureHere({ location, chart, version, access = {} }: Given) {
  const policy = { allowLoopback: true, allowPrivate: false };
  try {
    await pullAll([{ location, chart: chart ?? null, version: version ?? null, access }], {
      policy,
      wireBytes: defaultPullLimits.wireBytes,
    });
  } catch (thrown) {
    if (thrown instanceof AppError) return { code: thrown.code as string, message: thrown.message };
    throw thrown;
  }
  return { code: "none", message: "it was pulled" };
}

const plainDigest = () => archiveDigest(archive).replace("sha256:", "");

describe("a chart is pulled and pinned", () => {
  test("from a registry, at a version, a range, the highest, and a digest", async () => {
    const { files, archives } = await pull({ location: open.url("charts/web"), version: "0.4.2" });
    const [pin] = readChartLock(files);
    expect(pin).toEqual({
      name: "web",
      version: "0.4.2",
      digest: archiveDigest(archive),
      location: open.url("charts/web"),
    });
    expect(archives[pin!.digest]).toEqual(archive);

    await open.push(
      "charts/web",
      "0.5.0-rc.1",
      await packed("web", {
        ...webChart(),
        "Chart.yaml": webChart()["Chart.yaml"]!.replace("0.4.2", "0.5.0-rc.1"),
      }),
    );
    for (const version of [undefined, "0.x", "0.4.x"]) {
      const ranged = await pull({ location: open.url("charts/web"), ...(version ? { version } : {}) });
      expect(readChartLock(ranged.files)[0]?.version).toBe("0.4.2");
    }
    const digest = await open.push("charts/web", "0.4.2", archive);
    const exact = await pull({ location: `${open.url("charts/web")}@${digest}` });
    expect(readChartLock(exact.files)[0]?.digest).toBe(archiveDigest(archive));
    expect(
      readChartLock((await pull({ location: open.url("charts"), chart: "web", version: "0.4.2" })).files),
    ).toHaveLength(1);
  });

  test("from a registry with credentials and a CA of its own", async () => {
    for (const registry of [basic, bearer]) {
      const location = registry.url("charts/web");
      const { files } = await pull({ location, version: "0.4.2", access: { credential, ca } });
      expect(readChartLock(files)[0]?.digest).toBe(archiveDigest(archive));
      const refused = await failure({ location, version: "0.4.2", access: { ca } });
      expect(refused).toMatchObject({
        code: "FORBIDDEN",
        message: expect.stringContaining("It wants credentials"),
      });
      const wrong = { credential: { ...credential, token: "wrong-word" }, ca };
      const told = await failure({ location, version: "0.4.2", access: wrong });
      expect(told.message).toContain("are not taken");
      expect(told.message).not.toContain("wrong-word");
    }
    // What is said at first is said as nobody.
    expect(bearer.requests[0]?.authorization).toBeNull();
  });

  test("from a repository, with and without credentials", async () => {
    repository.index("/charts", { digest: plainDigest() });
    repository.put("/charts/web-0.4.2.tgz", archive);
    const location = repository.url("/charts");
    const { files } = await pull({ location, chart: "web", version: "0.4.2", access: { ca } });
    expect(readChartLock(files)).toEqual([
      { name: "web", version: "0.4.2", digest: archiveDigest(archive), location },
    ]);
    repository.index("/private/charts", { digest: plainDigest(), url: "sub/web.tgz" });
    repository.put("/private/charts/sub/web.tgz", archive);
    const hidden = { location: repository.url("/private/charts"), chart: "web" };
    expect((await failure({ ...hidden, access: { ca } })).code).toBe("FORBIDDEN");
    expect(readChartLock((await pull({ ...hidden, access: { ca, credential } })).files)).toHaveLength(1);
  });

  test("for a chart of the driver's own, whose dependencies Chart.lock names", async () => {
    const cache = await packed("cache", { "Chart.yaml": "apiVersion: v2\nname: cache\nversion: 1.0.3\n" });
    await open.push("deps/cache", "1.0.3", cache);
    const dependency = { name: "cache", repository: `oci://${open.host}/deps` };
    const chart = (version: string, locked?: string) =>
      chartFiles({
        "chart/Chart.yaml": JSON.stringify({
          apiVersion: "v2",
          name: "own",
          version: "1.0.0",
          dependencies: [{ ...dependency, version }],
        }),
        ...(locked
          ? { "chart/Chart.lock": JSON.stringify({ dependencies: [{ ...dependency, version: locked }] }) }
          : {}),
      });
    const { files, archives } = await pull({ location: "./chart", files: chart("^1.0.0", "1.0.3") });
    expect(readChartLock(files)).toMatchObject([
      { name: "cache", version: "1.0.3", digest: archiveDigest(cache) },
    ]);
    expect(Object.keys(archives)).toEqual([archiveDigest(cache)]);
    expect((await failure({ location: "./chart", files: chart("^1.0.0") })).message).toContain(
      'run "helm dependency build"',
    );
    expect((await failure({ location: "./chart", files: chart("^2.0.0", "1.0.3") })).message).toContain(
      "out of date",
    );
    const elsewhere = { ...dependency, repository: "file://../../etc", version: "1.0.3" };
    const strange = chartFiles({
      "chart/Chart.yaml": JSON.stringify({ name: "own", version: "1.0.0", dependencies: [elsewhere] }),
      "chart/Chart.lock": JSON.stringify({ dependencies: [elsewhere] }),
    });
    expect((await failure({ location: "./chart", files: strange })).message).toContain(
      "cannot be pulled from",
    );
    expect(
      (
        await pull({
          location: "./chart",
          files: chartFiles({ "chart/Chart.yaml": "name: own\nversion: 1.0.0" }),
        })
      ).archives,
    ).toEqual({});
  });

  test("to the archive that the driver itself names, and to no other", async () => {
    const location = open.url("charts/web");
    const { files } = await pull({ location, version: "0.4.2" });
    expect((await pull({ location, version: "0.4.2", files })).files).toEqual(files);
    const other = JSON.parse(new TextDecoder().decode(files[chartLockName]));
    other.charts[0].digest = `sha256:${"0".repeat(64)}`;
    const told = await failure({
      location,
      version: "0.4.2",
      files: chartFiles({ [chartLockName]: JSON.stringify(other) }),
    });
    expect(told).toMatchObject({
      code: "INVALID",
      message: expect.stringContaining(`wants sha256:${"0".repeat(64)}`),
    });
    expect(
      (await failure({ location, version: "0.4.2", files: chartFiles({ [chartLockName]: "[]" }) })).message,
    ).toContain("cannot be read");
  });
});

describe("what is not right is refused", () => {
  const cases: Record<string, [code: string, text: string, given: () => Given | Promise<Given>]> = {
    "a chart that is not there": [
      "NOT_FOUND",
      "has no version 0.4.2",
      () => ({ location: open.url("charts/none"), version: "0.4.2" }),
    ],
    "a version that is not there": [
      "NOT_FOUND",
      "has no version 9.9.9",
      () => ({ location: open.url("charts/web"), version: "9.9.9" }),
    ],
    "a range without a version": [
      "NOT_FOUND",
      "has no version 9.x",
      () => ({ location: open.url("charts/web"), version: "9.x" }),
    ],
    "a chart that the index lacks": [
      "NOT_FOUND",
      "has no chart other",
      () => {
        repository.index("/lacking", {});
        return { location: repository.url("/lacking"), chart: "other", access: { ca } };
      },
    ],
    "a repository without an index": [
      "NOT_FOUND",
      "/nowhere/index.yaml",
      () => ({ location: repository.url("/nowhere"), chart: "web", access: { ca } }),
    ],
    "an index that is none": [
      "NOT_FOUND",
      "has no chart web",
      () => {
        repository.put("/broken/index.yaml", "- [");
        repository.put("/broken/index.yaml", "just a text");
        return { location: repository.url("/broken"), chart: "web", access: { ca } };
      },
    ],
    "an archive other than the index says": [
      "INVALID",
      "it was tampered with",
      async () => {
        repository.index("/tampered", { digest: "0".repeat(64) });
        repository.put("/tampered/web-0.4.2.tgz", archive);
        return { location: repository.url("/tampered"), chart: "web", access: { ca } };
      },
    ],
    "a blob other than its digest says": [
      "INVALID",
      "it was tampered with",
      async () => {
        const registry = await startOciRegistry();
        await registry.push("web", "0.4.2", archive);
        registry.tampered = true;
        return { location: registry.url("web"), version: "0.4.2" };
      },
    ],
    "a manifest other than its digest says": [
      "NOT_FOUND",
      "has no version",
      () => ({ location: `${open.url("charts/web")}@sha256:${"0".repeat(64)}` }),
    ],
    "another chart than the one asked for": [
      "INVALID",
      "it is called web, not other",
      () => {
        repository.index("/other", { name: "other" });
        repository.put("/other/web-0.4.2.tgz", archive);
        return { location: repository.url("/other"), chart: "other", access: { ca } };
      },
    ],
    "another version than the one asked for": [
      "INVALID",
      "it is version 0.4.2, not 0.9.0",
      async () => {
        await open.push("charts/old", "0.9.0", archive);
        return { location: open.url("charts/old"), version: "0.9.0" };
      },
    ],
    "an archive that is hostile": [
      "INVALID",
      "it is no gzip archive",
      async () => {
        await open.push("charts/bad", "1.0.0", new TextEncoder().encode("hello"));
        return { location: open.url("charts/bad"), version: "1.0.0" };
      },
    ],
    "more than is allowed": [
      "LIMIT",
      "sends more than 100 bytes",
      () => ({ location: open.url("charts/web"), version: "0.4.2", limits: { wireBytes: 100 } }),
    ],
    "a server that says nothing": [
      "UNAVAILABLE",
      "took longer than",
      () => {
        const silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
        return { location: `oci://127.0.0.1:${silent.port}/web`, version: "1.0.0", limits: { timeMs: 500 } };
      },
    ],
    "an answer that breaks off": [
      "UNAVAILABLE",
      "broke off",
      () => {
        const head = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n";
        const socket = { data: (to: Socket) => void (to.write(`${head}{`), to.end()) };
        const broken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket });
        return { location: `oci://127.0.0.1:${broken.port}/web`, version: "1.0.0" };
      },
    ],
    "a server that is not there": [
      "UNAVAILABLE",
      "cannot be reached",
      () => ({ location: "oci://127.0.0.1:1/web", version: "1.0.0" }),
    ],
    "a certificate that nobody knows": [
      "UNAVAILABLE",
      "cannot be reached",
      () => ({ location: repository.url("/charts"), chart: "web" }),
    ],
    "a redirect from https to http": [
      "INVALID",
      "redirects to http:",
      () => {
        repository.put("/moved/index.yaml", Response.redirect(`http://${open.host}/index.yaml`, 302));
        return { location: repository.url("/moved"), chart: "web", access: { ca } };
      },
    ],
    "a redirect in a circle": [
      "INVALID",
      "again and again",
      () => {
        repository.put("/circle/index.yaml", Response.redirect(repository.url("/circle/index.yaml"), 302));
        return { location: repository.url("/circle"), chart: "web", access: { ca } };
      },
    ],
    "an address of another kind in the index": [
      "INVALID",
      "names no usable address",
      () => {
        repository.index("/file", { url: "file:///etc/passwd" });
        return { location: repository.url("/file"), chart: "web", access: { ca } };
      },
    ],
    "an address that is none": [
      "INVALID",
      "no address of a chart",
      () => ({ location: `oci://${open.host}/UP`, version: "1.0.0" }),
    ],
  };
  test.each(Object.entries(cases))("%s", async (_, [code, text, make]) => {
    const given = await make();
    const told = given.limits ? await failure(given) : await failureHere(given);
    expect(told).toEqual({ code, message: expect.stringContaining(text) });
  });

  test("a process that is killed says nothing about the chart", async () => {
    const { promise: asked, resolve: tellAsked } = Promise.withResolvers<void>();
    const silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => tellAsked() } });
    const told = failure({ location: `oci://127.0.0.1:${silent.port}/web`, version: "1.0.0" });
    await asked;
    process.kill(await childNamed("chart-child"), "SIGKILL");
    expect(await told).toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("was killed") });
    silent.stop(true);
  });

  const strict = { allowLoopback: false, allowPrivate: false };
  const forbidden = [
    "oci://127.0.0.1:5000/web",
    "oci://localhost:5000/web",
    "oci://[::1]:5000/web",
    "oci://0x7f000001/web",
    "oci://2130706433/web",
    "oci://[::ffff:127.0.0.1]/web",
    "oci://169.254.169.254/latest",
    "oci://10.0.0.1/web",
    "https://127.1/charts",
    "https://192.168.1.1/charts",
    "http://169.254.169.254/latest",
    "http://[fe80::1]/charts",
    "http://0.0.0.0/charts",
    "http://100.64.0.1/charts",
  ];
  test.each(forbidden)("%s", async (location) => {
    const chart = location.startsWith("oci:") ? null : "web";
    const asked = pullAll([{ location, chart, version: "1.0.0", access: {} }], {
      policy: strict,
      wireBytes: 1000,
    });
    expect(((await asked.catch((thrown) => thrown)) as AppError).code).toBe("FORBIDDEN");
  });

  test("what an index and a redirect lead to is looked at as well, and no credential goes there", async () => {
    const inside = startRepository((await loadCertificates(dir)) as { cert: string; key: string });
    repository.index("/private/lead", { url: inside.url("/web.tgz") });
    inside.put("/web.tgz", archive);
    // Another origin gets neither the credential nor trust in the repository's own certificates.
    const given = { location: repository.url("/private/lead"), chart: "web", access: { ca, credential } };
    expect((await failure(given)).message).toContain("cannot be reached");
    expect(inside.requests).toEqual([]);
    repository.index("/private/far", { url: "http://169.254.169.254/latest/web.tgz" });
    expect((await failure({ ...given, location: repository.url("/private/far") })).code).toBe("FORBIDDEN");
    repository.index("/private/near", { url: `http://${open.host}/web.tgz` });
    expect((await failure({ ...given, location: repository.url("/private/near") })).code).toBe("NOT_FOUND");
    expect(open.requests.at(-1)).toMatchObject({ path: "/web.tgz", authorization: null });
    await inside.stop();
  });
});
