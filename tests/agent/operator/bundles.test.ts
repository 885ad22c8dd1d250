import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBundles } from "../../../agent/operator/bundles.ts";
import { digestOf, packBundle } from "../../../drivers/kit/index.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "styrmin-bundles-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const filesOf = (text: string) => ({ "driver.styrmin.yml": Buffer.from(text) });
const signal = new AbortController().signal;
const textOf = (files: Record<string, Uint8Array>) => Buffer.from(files["driver.styrmin.yml"]!).toString();

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
  return { asked, fetchBundle, digests: [...bundles.keys()] };
}

test("a bundle is fetched once, and found on disk by the next process", async () => {
  const server = makeServer("one");
  const [digest] = server.digests;
  const bundles = createBundles({ folder, fetchBundle: server.fetchBundle });
  const both = await Promise.all([bundles.get(digest!, signal), bundles.get(digest!, signal)]);
  expect(both.map(textOf)).toEqual(["one", "one"]);
  const later = createBundles({ folder, fetchBundle: server.fetchBundle });
  expect(textOf(await later.get(digest!, signal))).toBe("one");
  expect(server.asked).toEqual([digest!]);
});

test("what is damaged on disk is fetched again", async () => {
  const server = makeServer("two");
  const [digest] = server.digests;
  await createBundles({ folder, fetchBundle: server.fetchBundle }).get(digest!, signal);
  for (const name of await readdir(folder)) await Bun.write(join(folder, name), "garbage");
  expect(textOf(await createBundles({ folder, fetchBundle: server.fetchBundle }).get(digest!, signal))).toBe(
    "two",
  );
  expect(server.asked.length).toBe(2);
});

test("a bundle that is not the one asked for is refused, and a failure is not remembered", async () => {
  const wanted = digestOf(filesOf("wanted"));
  let bundle = packBundle(filesOf("other"));
  const bundles = createBundles({ folder, fetchBundle: async () => bundle });
  await expect(bundles.get(wanted, signal)).rejects.toThrow("digest");
  bundle = packBundle(filesOf("wanted"));
  expect(textOf(await bundles.get(wanted, signal))).toBe("wanted");
});

test("only the last ones stay on disk", async () => {
  const server = makeServer(..."abcdef");
  const bundles = createBundles({ folder, fetchBundle: server.fetchBundle, keepOnDisk: 3, keepInMemory: 2 });
  for (const digest of server.digests) await bundles.get(digest, signal);
  expect((await readdir(folder)).length).toBe(3);
});
