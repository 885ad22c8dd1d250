import type { DriverFiles } from "./format.ts";

/** No part of a driver, neither in a working copy nor in a commit: an editor finds types there, and links are refused. */
export const packagesFolder = "node_modules";

/** The text of a file; undefined when it is not UTF-8. */
export function textOf(content: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch {
    return undefined;
  }
}

/** The paths of all files below a folder (all when it is empty), in order. */
export function filesBelow(files: DriverFiles, folder: string): string[] {
  const prefix = folder === "" ? "" : `${folder}/`;
  return Object.keys(files)
    .filter((path) => path.startsWith(prefix))
    .sort();
}
