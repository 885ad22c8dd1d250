import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBundles } from "../../../agent/operator/bundles.ts";
import { createFetcher } from "../../../agent/operator/fetcher.ts";
import { archiveDigest, digestOf, packBundle } from "../../../drivers/kit/index.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "styrmin-bundles-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const filesOf = (text: string) => ({ "driver.styrmin.yml": Buffer.from(text) });
const signal = new AbortController().signal;
const textOf = (files: Record<string, Uint8Array>) => Buffer.from(files["driver.styrmin.yml"]!).toString();

const noChart = () => Promise.reject(new Error("no chart"));

/** A server with some bundles that counts how often it is asked. */
function makeServer(...texts: string[]) {
  const bundles = new Map(texts.map((text) => [digestOf(filesOf(text)), packBundle(filesOf(text))]));
  const asked: string[] = [];
  const fetchBundle = async (digest: string) => {
    asked.push(digest);
    const found = bundles.get(digest);
    if (!found) throw new Error("no such bundle");
    return found;
  };
  return { asked, fetchBundle, fetchChart: noChart, digests: [...bundles.keys()] };
}

test("a bundle is fetched once, and found on disk by the next process", async () => {
  const server = makeServer("one");
  const [digest] = server.digests;
  const bundles = createBundles({ folder, ...server });
  const both = await Promise.all([bundles.get(digest!, signal), bundles.get(digest!, signal)]);
  expect(both.map(textOf)).toEqual(["one", "one"]);
  const later = createBundles({ folder, ...server });
  expect(textOf(await later.get(digest!, signal))).toBe("one");
  expect(server.asked).toEqual([digest!]);
});

test("whoever no longer waits for a bundle ends nobody else's load", async () => {
  const server = makeServer("both");
  const [digest] = server.digests;
  const answers = Promise.withResolvers<void>();
  const fetchBundle = async (one: string) => {
    await answers.promise;
    return server.fetchBundle(one);
  };
  const bundles = createBundles({ folder, fetchBundle, fetchChart: noChart });
  const leaving = new AbortController();
  const cancelled = new Error("cancelled");
  const first = bundles.get(digest!, leaving.signal).catch((thrown) => thrown);
  const second = bundles.get(digest!, signal);
  leaving.abort(cancelled);
  answers.resolve();
  expect(await first).toBe(cancelled);
  expect(await bundles.get(digest!, leaving.signal).catch((thrown) => thrown)).toBe(cancelled);
  expect(textOf(await second)).toBe("both");
  expect(server.asked).toEqual([digest!]);
});

test("what is damaged on disk is fetched again", async () => {
  const server = makeServer("two");
  const [digest] = server.digests;
  await createBundles({ folder, ...server }).get(digest!, signal);
  for (const name of await readdir(folder)) await Bun.write(join(folder, name), "garbage");
  expect(textOf(await createBundles({ folder, ...server }).get(digest!, signal))).toBe("two");
  expect(server.asked.length).toBe(2);
});

test("a bundle that is not the one asked for is refused, and a failure is not remembered", async () => {
  const wanted = digestOf(filesOf("wanted"));
  let bundle = packBundle(filesOf("other"));
  const bundles = createBundles({ folder, fetchBundle: async () => bundle, fetchChart: noChart });
  await expect(bundles.get(wanted, signal)).rejects.toThrow("digest");
  bundle = packBundle(filesOf("wanted"));
  expect(textOf(await bundles.get(wanted, signal))).toBe("wanted");
});

test("a chart is fetched once, checked, and found on disk without the server", async () => {
  const archive = Buffer.from("a chart");
  const digest = archiveDigest(archive);
  const asked: string[] = [];
  const fetchChart = async (one: string) => {
    asked.push(one);
    return one === digest ? archive : Buffer.from("another");
  };
  const bundles = createBundles({ folder, fetchBundle: noChart, fetchChart });
  expect(archiveDigest(await bundles.getChart(digest, signal))).toBe(digest);
  const without = createBundles({ folder, fetchBundle: noChart, fetchChart: noChart });
  expect(archiveDigest(await without.getChart(digest, signal))).toBe(digest);
  await Bun.write(join(folder, `${digest.replace(":", "-")}.tgz`), "garbage");
  expect(archiveDigest(await bundles.getChart(digest, signal))).toBe(digest);
  expect(asked).toEqual([digest, digest]);
  await expect(bundles.getChart(`sha256:${"0".repeat(64)}`, signal)).rejects.toThrow("digest");
});

test("only the last ones stay on disk", async () => {
  const server = makeServer(..."abcdef");
  const bundles = createBundles({ folder, ...server, keepOnDisk: 3, keepInMemory: 2 });
  for (const digest of server.digests) await bundles.get(digest, signal);
  expect((await readdir(folder)).filter((name) => name.endsWith(".bundle")).length).toBe(3);
});

test("what the server does not hand out is told by its code, also when there is no server", async () => {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: ({ url }) => new Response("", { status: url.endsWith("/agent/bundles/none") ? 404 : 500 }),
  });
  const connection = { url: server.url.href, token: "token" };
  const fetchBundle = createFetcher(connection, "bundles");
  const codeOf = (digest: string) =>
    fetchBundle(digest, signal).catch(({ code, message }) => [code, message.slice("The server ".length)]);
  expect(await codeOf("none")).toEqual(["NOT_FOUND", "did not hand out the driver files none: status 404."]);
  expect(await codeOf("a")).toEqual(["UNAVAILABLE", "did not hand out the driver files a: status 500."]);
  await server.stop(true);
  expect(await codeOf("a")).toEqual([
    "UNAVAILABLE",
    "did not hand out the driver files a: it cannot be reached.",
  ]);
});
