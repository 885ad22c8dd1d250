import type { PromiseFsClient } from "isomorphic-git";

/**
 * A file system in memory, as far as the git library needs one for a bare store: nothing that a repository holds ever
 * comes near a disk. There are no links.
 */
export function createMemoryFs(): PromiseFsClient {
  const files = new Map<string, Buffer>();
  const folders = new Set<string>(["/"]);
  const fail = (code: string, path: string) => Object.assign(new Error(`${code}: ${path}`), { code });
  const known = (path: string) => files.has(path) || folders.has(path);

  async function stat(path: string) {
    const at = plain(path);
    if (!known(at)) throw fail("ENOENT", path);
    const isFile = files.has(at);
    const moment = { mtimeMs: 0, ctimeMs: 0, uid: 0, gid: 0, dev: 0, ino: 0, mode: isFile ? 0o644 : 0o755 };
    const kind = { isFile: () => isFile, isDirectory: () => !isFile, isSymbolicLink: () => false };
    return { ...moment, ...kind, size: files.get(at)?.length ?? 0 };
  }

  const promises = {
    stat,
    lstat: stat,
    async readFile(path: string, options?: { encoding?: BufferEncoding } | BufferEncoding) {
      const at = plain(path);
      const bytes = files.get(at);
      if (!bytes) throw fail(folders.has(at) ? "EISDIR" : "ENOENT", path);
      const encoding = typeof options === "string" ? options : options?.encoding;
      return encoding ? bytes.toString(encoding) : bytes;
    },
    async writeFile(path: string, data: Uint8Array | string) {
      const at = plain(path);
      if (!folders.has(parent(at))) throw fail("ENOENT", path);
      files.set(at, typeof data === "string" ? Buffer.from(data) : asBuffer(data));
    },
    async mkdir(path: string) {
      const at = plain(path);
      if (known(at)) throw fail("EEXIST", path);
      if (!folders.has(parent(at))) throw fail("ENOENT", path);
      folders.add(at);
    },
    async readdir(path: string) {
      const at = plain(path);
      if (!folders.has(at)) throw fail("ENOENT", path);
      const below = [...files.keys(), ...folders].filter((each) => each !== "/" && parent(each) === at);
      return below.map((each) => each.slice(each.lastIndexOf("/") + 1));
    },
    async unlink(path: string) {
      if (!files.delete(plain(path))) throw fail("ENOENT", path);
    },
    async rmdir(path: string) {
      if (!folders.delete(plain(path))) throw fail("ENOENT", path);
    },
    async readlink(path: string): Promise<string> {
      throw fail("EINVAL", path);
    },
    async symlink(_target: string, path: string): Promise<void> {
      throw fail("EPERM", path);
    },
  };
  return { promises };
}

const plain = (path: string) => (path.length > 1 ? path.replace(/\/+$/, "") : path);
const parent = (path: string) => path.slice(0, path.lastIndexOf("/")) || "/";
const asBuffer = (data: Uint8Array) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
