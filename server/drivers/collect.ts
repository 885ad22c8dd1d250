import type { DriverFiles } from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";
import type { LoadLimits } from "./limits.ts";

const maxDepth = 32;

/** Takes a driver's files one by one and refuses what no driver needs: odd names, too much of anything. */
export interface Collector {
  files: DriverFiles;
  /** Throws INVALID for a path that cannot be used. To be asked for folders too. */
  checkPath(path: string): void;
  /** Throws LIMIT when the file is too large or there are too many. To be called before reading, if possible. */
  reserve(path: string, bytes: number): void;
  add(path: string, content: Uint8Array): void;
}

export function createCollector({ files: maxFiles, fileBytes, totalBytes }: LoadLimits): Collector {
  const files: DriverFiles = {};
  const seen = new Map<string, string>();
  let count = 0;
  let total = 0;
  const reserved = new Set<string>();

  const collector: Collector = {
    files,

    checkPath(path) {
      const names = path.split("/");
      const bad = names.find((name) => !isSafeName(name));
      if (bad !== undefined) refuse(path, `has a name that cannot be used: "${bad.slice(0, 100)}"`);
      if (names.length > maxDepth || path.length > 512) refuse(path, "lies too deep");
      if (path !== path.normalize("NFC"))
        refuse(path, "has a name that is not in Unicode's normal form (NFC)");
      // Two files that a system without case would take for one.
      const folded = fold(path);
      const twin = seen.get(folded);
      if (twin !== undefined && twin !== path)
        refuse(path, `differs from ${twin} only by upper and lower case`);
      seen.set(folded, path);
    },

    reserve(path, bytes) {
      if (reserved.has(path)) return;
      reserved.add(path);
      count++;
      total += bytes;
      if (bytes > fileBytes) exceed(`${path} has ${bytes} bytes; ${fileBytes} are allowed for one file`);
      if (count > maxFiles) exceed(`it has more than ${maxFiles} files`);
      if (total > totalBytes) exceed(`its files have more than ${totalBytes} bytes together`);
    },

    add(path, content) {
      collector.checkPath(path);
      collector.reserve(path, content.byteLength);
      files[path] = content;
    },
  };
  return collector;
}

/** A path below a folder as a user gives it: `./a/b/` → `a/b`. Throws INVALID when it leads out. */
export function tidyPath(path: string | undefined | null): string {
  const tidied = (path ?? "").replace(/^(\.?\/)+/, "").replace(/\/+$/, "");
  if (tidied === "" || tidied === ".") return "";
  if (tidied.split("/").every(isSafeName)) return tidied;
  throw new AppError("INVALID", `Path ${JSON.stringify(path)} does not name a folder of the repository.`, {
    field: "path",
  });
}

/** Throws INVALID for a path. What commands a terminal or hides itself in it is shown as `\u{…}`. */
export function refuse(path: string, reason: string): never {
  const shown = visible(path).slice(0, 300);
  throw new AppError("INVALID", `The driver cannot be loaded: ${shown} ${visible(reason)}.`, {
    field: shown,
    problems: [{ field: shown, message: visible(reason) }],
  });
}

function exceed(reason: string): never {
  throw new AppError(
    "LIMIT",
    `The driver is too large: ${reason}. Keep the driver in a folder of its own and name it as path.`,
  );
}

function isSafeName(name: string): boolean {
  return (
    name.length > 0 &&
    name.length <= 255 &&
    name.isWellFormed() &&
    !/[\p{Cc}\p{Cf}\\:]/u.test(name) &&
    // Windows takes dots and blanks at the end away, and knows `.git` by a short name too.
    !/[. ]$|^git~\d+$/i.test(name) &&
    ![".", "..", ".git", "__proto__", "constructor", "prototype"].includes(fold(name))
  );
}

/** Upwards first: that also brings together what only some systems take for the same (ß and ss, ſ and s, ı and i). */
const fold = (text: string) => text.toUpperCase().toLowerCase();

const visible = (text: string) =>
  text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
