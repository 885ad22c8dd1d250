import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { packTar, unpackTar } from "modern-tar";
import type { DriverFiles } from "./format.ts";

/** What an archive of a chart may hold. */
export interface ArchiveLimits {
  /** Of the packed archive, bytes. */
  archiveBytes: number;
  /** Of all its files together, those of archives in it among them, bytes. */
  totalBytes: number;
  files: number;
}

export const defaultArchiveLimits: ArchiveLimits = {
  archiveBytes: 10 * 1024 * 1024,
  totalBytes: 40 * 1024 * 1024,
  files: 5_000,
};

/** A chart that cannot be used; its message says why, without a full stop. */
export class ChartError extends Error {
  override readonly name = "ChartError";
}

/** The digest by which an archive is kept and asked for: `sha256:` of its bytes. */
export function archiveDigest(archive: Uint8Array): string {
  return `sha256:${createHash("sha256").update(archive).digest("hex")}`;
}

/**
 * The files of a packed chart (`.tgz`) by their path below the chart's folder. Throws ChartError for what is no such
 * archive, and for all that no chart needs and a hostile one has: links, devices, paths that lead out, a path twice,
 * too much of anything. Nothing is written anywhere.
 */
export async function unpackChart(
  archive: Uint8Array,
  limits: ArchiveLimits = defaultArchiveLimits,
): Promise<DriverFiles> {
  if (archive.byteLength > limits.archiveBytes) {
    throw new ChartError(`it has ${archive.byteLength} bytes; ${limits.archiveBytes} are allowed`);
  }
  const tar = inflated(archive, limits.totalBytes);
  const entries = await unpackTar(tar, { strict: true }).catch(() => {
    throw new ChartError("it is no tar archive, or a damaged one");
  });
  const files: DriverFiles = {};
  const seen = new Set<string>();
  let folder: string | undefined;
  for (const { header, data } of entries) {
    if (header.type === "directory" || header.type === "pax-global-header") continue;
    const shown = JSON.stringify(header.name.slice(0, 200));
    if (header.type !== undefined && header.type !== "file") {
      throw new ChartError(`${shown} is a ${header.type}; a chart may hold files and folders only`);
    }
    if (!isSafePath(header.name)) throw new ChartError(`${shown} is no path inside a chart`);
    const [top, ...rest] = header.name.replace(/^\.\//, "").split("/");
    folder ??= top!;
    if (rest.length === 0 || top !== folder) throw new ChartError(`${shown} is not in the chart's folder`);
    const path = rest.join("/");
    if (seen.has(path.toLowerCase())) throw new ChartError(`${shown} is there twice`);
    seen.add(path.toLowerCase());
    if (seen.size > limits.files) throw new ChartError(`it has more than ${limits.files} files`);
    files[path] = data ?? new Uint8Array();
  }
  if (seen.size === 0) throw new ChartError("it is empty");
  return files;
}

/** Packs a chart's files into an archive with one folder, `name`. The same files give the same bytes. */
export async function packChart(name: string, files: DriverFiles): Promise<Uint8Array> {
  const owner = { mtime: new Date(0), uid: 0, gid: 0, uname: "", gname: "", mode: 0o644 };
  const entries = Object.keys(files)
    .sort()
    .map((path) => {
      const body = files[path]!;
      const header = {
        ...owner,
        name: `${name}/${path}`,
        size: body.byteLength,
        type: "file" as const,
      };
      return { header, body };
    });
  return gzipSync(await packTar(entries));
}

function inflated(archive: Uint8Array, maxBytes: number): Uint8Array {
  try {
    return gunzipSync(archive, { maxOutputLength: maxBytes });
  } catch (thrown) {
    const tooLong = (thrown as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    throw new ChartError(tooLong ? `it unpacks to more than ${maxBytes} bytes` : "it is no gzip archive");
  }
}

/** Relative, without `..`, empty parts, control characters and anything that another system reads otherwise. */
function isSafePath(path: string): boolean {
  if (path.length > 512 || !path.isWellFormed()) return false;
  const parts = path.replace(/^\.\//, "").split("/");
  return parts.every(
    (part) =>
      part !== "" &&
      part !== "." &&
      part !== ".." &&
      !/[\p{Cc}\p{Cf}\\:]/u.test(part) &&
      !["__proto__", "constructor", "prototype"].includes(part.toLowerCase()),
  );
}
