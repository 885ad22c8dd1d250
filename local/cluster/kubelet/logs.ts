import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { sleep } from "../../../lib/loop.ts";
import type { LogOptions } from "../types.ts";

const pollMs = 100;

/**
 * Reads a log that `log-writer.ts` wrote. With `follow` it goes on until `isOver` says that nothing more
 * will come, or the signal is aborted.
 */
export async function* readLog(
  path: string,
  options: LogOptions,
  isOver: () => boolean,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const { follow, tailLines, sinceSeconds, limitBytes = Infinity, timestamps } = options;
  const since = sinceSeconds === undefined ? "" : new Date(Date.now() - sinceSeconds * 1000).toISOString();
  const current = createTail(path);
  let left = limitBytes;
  const show = (lines: Line[]): Buffer => {
    const text = lines.filter(({ time }) => time >= since).map((line) => shown(line, timestamps));
    const whole = Buffer.concat(text).subarray(0, left);
    left -= whole.length;
    return whole;
  };

  const before = existsSync(`${path}.1`) ? parse(createTail(`${path}.1`).read()) : [];
  const all = [...before, ...parse(current.read())];
  const first = show(tailLines === undefined ? all : lastLines(all, tailLines));
  if (first.length > 0) yield first;
  while (follow && left > 0 && !signal.aborted) {
    const over = isOver(); // asked before reading, so that the last words are not missed
    const next = show(parse(current.read()));
    if (next.length > 0) yield next;
    else if (over) return;
    else await sleep(pollMs, signal).catch(() => {});
  }
}

interface Line {
  time: string;
  /** Whether the line ends here; a long one is written in pieces. */
  full: boolean;
  text: Buffer;
}

function shown({ time, full, text }: Line, timestamps: boolean): Buffer {
  return Buffer.concat([Buffer.from(timestamps ? `${time} ` : ""), text, Buffer.from(full ? "\n" : "")]);
}

function lastLines(lines: Line[], count: number): Line[] {
  let start = lines.length;
  for (let wanted = count; start > 0; start--) {
    if (lines[start - 1]!.full && wanted-- === 0) break;
  }
  return lines.slice(start);
}

function parse(data: Buffer): Line[] {
  const lines: Line[] = [];
  for (let start = 0; start < data.length;) {
    const end = data.indexOf(10, start);
    const head = data.indexOf(32, data.indexOf(32, start) + 1);
    const time = data.subarray(start, data.indexOf(32, start)).toString();
    lines.push({ time, full: data[head + 1] === 0x46, text: data.subarray(head + 3, end) });
    start = end + 1;
  }
  return lines;
}

/** Reads what has been added to a file since the last time, in whole lines; follows it when it is rotated away. */
function createTail(path: string) {
  let offset = 0;
  let inode: number | undefined;
  return {
    read(): Buffer {
      if (!existsSync(path)) return Buffer.alloc(0);
      const { ino, size } = statSync(path);
      if (inode !== ino) [inode, offset] = [ino, 0];
      if (size <= offset) return Buffer.alloc(0);
      const buffer = Buffer.alloc(size - offset);
      const file = openSync(path, "r");
      const length = readSync(file, buffer, 0, buffer.length, offset);
      closeSync(file);
      const whole = buffer.subarray(0, buffer.lastIndexOf(10, length - 1) + 1);
      offset += whole.length;
      return whole;
    },
  };
}
