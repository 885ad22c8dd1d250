import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { archiveDigest, type DriverFiles, packBundle, unpackBundle } from "../../drivers/kit/index.ts";
import type { Bundles } from "./deps.ts";

export interface BundlesOptions {
  /** Where bundles are kept by digest; made when it is missing. */
  folder: string;
  /** Asks the server for a bundle, as `GET /agent/bundles/<digest>` hands it out. It has to have a time limit. */
  fetchBundle: (digest: string) => Promise<Uint8Array>;
  /** The same for a packed chart: `GET /agent/charts/<digest>`. */
  fetchChart: (digest: string, signal: AbortSignal) => Promise<Uint8Array>;
  /** Bundles kept on disk, and as many charts; the ones not used for longest go. */
  keepOnDisk?: number;
  keepInMemory?: number;
}

/**
 * The files of driver versions by digest: from memory, from disk, from the server; and their charts, from disk or from
 * the server. What is on disk is checked against its digest each time it is read, so that what is damaged is fetched
 * again.
 */
export function createBundles(options: BundlesOptions): Bundles {
  const { folder, fetchBundle, fetchChart, keepOnDisk = 100, keepInMemory = 10 } = options;
  const memory = new Map<string, Promise<DriverFiles>>();

  const load = async (digest: string): Promise<DriverFiles> => {
    const path = join(folder, fileName(digest, "bundle"));
    try {
      return unpackBundle(await Bun.file(path).bytes(), digest);
    } catch {
      // Not there yet, or damaged.
    }
    const files = unpackBundle(await fetchBundle(digest), digest);
    await keep(path, packBundle(files));
    return files;
  };

  const keep = async (path: string, content: Uint8Array) => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const fresh = `${path}.${crypto.randomUUID()}.new`;
    await Bun.write(fresh, content);
    await rename(fresh, path);
    await dropOldest(folder, extname(path), keepOnDisk);
  };

  return {
    get(digest, signal) {
      const known = memory.get(digest);
      const files = known ?? load(digest);
      memory.delete(digest);
      memory.set(digest, files);
      // A failure is not remembered.
      if (!known) files.catch(() => memory.delete(digest));
      const oldest = memory.keys().next();
      if (memory.size > keepInMemory && !oldest.done) memory.delete(oldest.value);
      return waitFor(files, signal);
    },
    async getChart(digest, signal) {
      const path = join(folder, fileName(digest, "tgz"));
      const there = await Bun.file(path)
        .bytes()
        .catch(() => undefined);
      if (there && archiveDigest(there) === digest) return there;
      const archive = await fetchChart(digest, signal);
      const found = archiveDigest(archive);
      if (found !== digest) throw new Error(`the chart's digest is ${found}, not ${digest}`);
      await keep(path, archive);
      return archive;
    },
  };
}

/** Waits for what others may be waiting for as well: the signal ends the wait, and not the work. */
function waitFor<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    const done = () => signal.removeEventListener("abort", stop);
    work.then(resolve, reject).finally(done);
  });
}

const fileName = (digest: string, ending: string) => `${digest.replace(/[^a-z0-9]+/gi, "-")}.${ending}`;

async function dropOldest(folder: string, ending: string, keep: number): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(ending));
  if (names.length <= keep) return;
  const aged = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })),
  );
  aged.sort((one, other) => other.at - one.at);
  for (const { name } of aged.slice(keep)) await rm(join(folder, name), { force: true });
}
