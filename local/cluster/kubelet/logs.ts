import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from "node:fs";
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
  const { follow, tailLines, limitBytes = Infinity, timestamps } = options;
  const since = options.since?.toISOString() ?? "";
  const current = createTail(path);
  let left = limitBytes;
  const show = (lines: Line[]): Buffer => {
    const text = lines.filter(({ time }) => time >= since).map((line) => shown(line, timestamps));
    const whole = Buffer.concat(text).subarray(0, left);
    left -= whole.length;
    return whole;
  };

  const before = parse(readOnce(`${path}.1`));
  const all = [...before, ...parse(current.read())];
  const first = show(tailLines === undefined ? all : lastLines(all, tailLines));
  try {
    if (first.length > 0) yield first;
    while (follow && left > 0 && !signal.aborted) {
      const over = isOver(); // asked before reading, so that the last words are not missed
      const next = show(parse(current.read()));
      if (next.length > 0) yield next;
      else if (over) return;
      else await sleep(pollMs, signal).catch(() => {});
    }
  } finally {
    current.close();
  }
}

function readOnce(path: string): Buffer {
  const tail = createTail(path);
  try {
    return tail.read();
  } finally {
    tail.close();
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
  for (let left = count; start > 0 && left > 0;) {
    start--;
    const begins = start === 0 || lines[start - 1]!.full;
    if (begins) left--;
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

/**
 * Reads what has been added to a file since the last time, in whole lines. The file is held open: it may be
 * rotated away, or removed with its pod, before the last words have been read.
 */
function createTail(path: string) {
  let file: number | undefined;
  let inode = 0;
  let offset = 0;

  const close = () => {
    if (file !== undefined) closeSync(file);
    file = undefined;
  };
  const rest = (): Buffer => {
    const size = file === undefined ? 0 : fstatSync(file).size - offset;
    if (size <= 0) return Buffer.alloc(0);
    const buffer = Buffer.alloc(size);
    const length = readSync(file!, buffer, 0, size, offset);
    const whole = buffer.subarray(0, length === 0 ? 0 : buffer.lastIndexOf(10, length - 1) + 1);
    offset += whole.length;
    return whole;
  };

  return {
    close,
    read(): Buffer {
      const old = rest();
      const now = existsSync(path) ? statSync(path).ino : inode;
      if (now === inode) return old;
      close();
      [file, inode, offset] = [openSync(path, "r"), now, 0];
      return Buffer.concat([old, rest()]);
    },
  };
}
