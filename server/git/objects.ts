import { createHash } from "node:crypto";
import { malformed } from "./errors.ts";

export type ObjectType = "commit" | "tree" | "blob" | "tag";

export function oidOf(type: ObjectType, content: Uint8Array): string {
  return createHash("sha1").update(`${type} ${content.byteLength}\0`).update(content).digest("hex");
}

export interface TreeEntry {
  /** As git writes it: 40000, 100644, 100755, 120000 (a link), 160000 (a submodule). */
  mode: string;
  /** Undefined when it is no UTF-8. */
  name: string | undefined;
  oid: string;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads a folder. Throws INVALID when it is none. */
export function parseTree(content: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(32, at);
    const end = content.indexOf(0, at);
    if (space < 0 || end < space || end + 21 > content.length)
      throw malformed("holds a folder that is cut off");
    const mode = content.toString("latin1", at, space);
    const bytes = content.subarray(space + 1, end);
    entries.push({ mode, name: decoded(bytes), oid: content.toString("hex", end + 1, end + 21) });
    at = end + 21;
  }
  return entries;
}

function decoded(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The folder of a commit. Throws INVALID when it is none. */
export function treeOf(commit: Buffer): string {
  const tree = /^tree ([0-9a-f]{40})\n/.exec(commit.toString("latin1", 0, 64))?.[1];
  if (!tree) throw malformed("holds a commit without a tree");
  return tree;
}

/** What a tag object stands for. Throws INVALID. */
export function parseTag(content: Buffer): string {
  const target = /^object ([0-9a-f]{40})\n/.exec(content.toString("latin1", 0, 64))?.[1];
  if (!target) throw malformed("holds a tag of nothing");
  return target;
}

/** The commits that a commit comes after, the first before those that were merged into it. */
export function parentsOf(commit: Buffer): string[] {
  const parents: string[] = [];
  const first = "tree ".length + 41;
  const length = "parent ".length + 41;
  for (let at = first; ; at += length) {
    const parent = /^parent ([0-9a-f]{40})\n$/.exec(commit.toString("latin1", at, at + length))?.[1];
    if (!parent) return parents;
    parents.push(parent);
  }
}
