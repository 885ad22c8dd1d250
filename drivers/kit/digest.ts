import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import type { DriverFiles } from "./format.ts";

/**
 * The digest of a driver's files: `sha256:` of each path and content in the order of the paths, each with its
 * length before it. The same files give the same digest wherever they came from.
 */
export function digestOf(files: DriverFiles): string {
  const hash = createHash("sha256");
  for (const path of sortedPaths(files)) {
    const content = files[path]!;
    hash.update(`${Buffer.byteLength(path)}:${path}${content.byteLength}:`);
    hash.update(content);
  }
  return `sha256:${hash.digest("hex")}`;
}

/** A driver's files as one piece of bytes, as the server keeps and hands them out: gzip of JSON, base64 by path. */
export function packBundle(files: DriverFiles): Uint8Array {
  const entries = sortedPaths(files).map((path) => [path, Buffer.from(files[path]!).toString("base64")]);
  return gzipSync(JSON.stringify({ files: Object.fromEntries(entries) }));
}

/**
 * Opens a bundle and makes sure that it is the one of `digest`. Throws an Error when it is not, or when it
 * would inflate to more than `maxBytes`.
 */
export function unpackBundle(bundle: Uint8Array, digest: string, maxBytes = 20 * 1024 * 1024): DriverFiles {
  const text = gunzipSync(bundle, { maxOutputLength: maxBytes }).toString("utf8");
  const { files: packed } = JSON.parse(text) as { files: Record<string, string> };
  const files: DriverFiles = {};
  for (const [path, content] of Object.entries(packed)) files[path] = Buffer.from(content, "base64");
  const found = digestOf(files);
  if (found !== digest) throw new Error(`the bundle's digest is ${found}, not ${digest}`);
  return files;
}

const sortedPaths = (files: DriverFiles) => Object.keys(files).sort();
