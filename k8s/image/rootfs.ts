import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Entry } from "./layer.ts";

/** Writes what is in an image to a folder, for tools that make images of folders. Owners are not kept. */
export async function writeRootfs(folder: string, entries: readonly Entry[]): Promise<void> {
  for (const entry of entries) {
    const path = join(folder, entry.path);
    await mkdir("directory" in entry ? path : dirname(path), { recursive: true });
    if (!("directory" in entry)) await writeFile(path, entry.content);
    // Not at the making: there the umask would have its say.
    await chmod(path, entry.mode ?? ("directory" in entry ? 0o755 : 0o644));
  }
}
