import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

/** One fenced block of a page. */
export interface Block {
  /** `docs/drivers/helm.md:42`: where it begins. */
  place: string;
  /** The first word after the fence. */
  language: string;
  /** The word that is a path: the block is this file of the reader's. */
  file?: string;
  /** The other words. */
  what: string;
  text: string;
}

/** The fenced blocks of a page in order. Throws when a fence is not closed. */
export async function readBlocks(root: string, page: string): Promise<Block[]> {
  const lines = (await readFile(page, "utf8")).split("\n");
  const blocks: Block[] = [];
  let open: { block: Block; fence: string; lines: string[] } | undefined;
  for (const [index, line] of lines.entries()) {
    const [, fence, info = ""] = /^(`{3,})(.*)$/.exec(line) ?? [];
    if (open) {
      if (fence === open.fence && info.trim() === "") {
        open.block.text = open.lines.map((each) => `${each}\n`).join("");
        blocks.push(open.block);
        open = undefined;
      } else open.lines.push(line);
    } else if (fence !== undefined) {
      const [language = "", ...rest] = info.trim().split(/\s+/);
      const place = `${relative(root, page)}:${index + 1}`;
      const file = rest.find((word) => /^[\w./-]+\.[a-z0-9]+$/i.test(word));
      const what = rest.filter((word) => word !== file).join(" ");
      open = { block: { place, language, what, text: "", ...(file ? { file } : {}) }, fence, lines: [] };
    }
  }
  if (open) throw new Error(`${open.block.place}: the block is not closed`);
  return blocks;
}

/** Writes the file that a block is, if it is one, into a folder. */
export async function writeBlock(folder: string, { file, text }: Block): Promise<void> {
  if (file === undefined) return;
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), text);
}

/** Whether what was printed is what a page shows; `…` in the page stands for anything. */
export function isShown(shown: string, printed: string): boolean {
  const tidy = (text: string) =>
    text
      .trim()
      .split("\n")
      .map((line) => line.trimEnd())
      .join("\n");
  const pattern = tidy(shown)
    .split("…")
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("[^]*?");
  return new RegExp(`^${pattern}$`).test(tidy(printed));
}
