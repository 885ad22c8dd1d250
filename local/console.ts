import { createWriteStream, existsSync, renameSync, statSync, type WriteStream } from "node:fs";
import { join } from "node:path";

const maxLogBytes = 20 * 1024 * 1024;
const colours: Record<string, number> = { postgres: 34, cluster: 35, server: 32, agent: 36 };
const widest = 8;

/** What a run tells: its own steps, and what its parts say, each line with its part's name before it. */
export interface Console {
  /** One finished step of the start. */
  step(text: string, tookMs: number): void;
  say(text: string): void;
  warn(text: string): void;
  /** A line of a part: written to its log file as it is, and shown in a form for people. */
  line(part: string, text: string): void;
  /** From now on a part's ordinary news are shown too; before, only what it complains about. */
  showAll(): void;
  /** Settles when the log files are complete. */
  close(): Promise<void>;
}

export interface ConsoleOptions {
  /** The folder of the log files; one that has grown past 20 MB is put aside first, as `<part>.log.1`. */
  logs: string;
  write?: (text: string) => void;
  coloured?: boolean;
}

export function createConsole({
  logs,
  write = (text) => void process.stdout.write(text),
  coloured = process.stdout.isTTY === true && !process.env.NO_COLOR,
}: ConsoleOptions): Console {
  const files = new Map<string, WriteStream>();
  let all = false;
  const paint = (code: number, text: string) => (coloured ? `\x1b[${code}m${text}\x1b[0m` : text);

  return {
    step: (text, tookMs) => write(`  ${paint(32, "✓")} ${text.padEnd(52)} ${(tookMs / 1000).toFixed(2)} s\n`),
    say: (text) => write(`${text}\n`),
    warn: (text) => write(`${paint(33, "!")} ${text}\n`),
    line(part, text) {
      fileOf(files, logs, part).write(`${text}\n`);
      const { level, shown } = readable(text);
      if (!all && level === "info") return;
      write(
        `${paint(colours[part] ?? 37, part.padEnd(widest))} │ ${level === "error" ? paint(31, shown) : shown}\n`,
      );
    },
    showAll() {
      all = true;
    },
    async close() {
      await Promise.all([...files.values()].map((file) => new Promise<void>((done) => file.end(done))));
      files.clear();
    },
  };
}

/** A JSON line of `lib/log.ts` as people read it; anything else as it is. */
function readable(text: string): { level: string; shown: string } {
  try {
    const {
      time: _time,
      level,
      message,
      stack: _stack,
      ...fields
    } = JSON.parse(text) as Record<string, unknown>;
    if (typeof level !== "string" || typeof message !== "string") return { level: "warn", shown: text };
    const rest = Object.entries(fields).map(
      ([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
    );
    return { level, shown: [message, ...rest].join("  ") };
  } catch {
    return { level: "warn", shown: text };
  }
}

function fileOf(files: Map<string, WriteStream>, logs: string, part: string): WriteStream {
  const open = files.get(part);
  if (open) return open;
  const path = join(logs, `${part}.log`);
  if (existsSync(path) && statSync(path).size > maxLogBytes) renameSync(path, `${path}.1`);
  const file = createWriteStream(path, { flags: "a", mode: 0o600 });
  // A full disk must not end what runs: the lines are still shown.
  file.on("error", () => {});
  files.set(part, file);
  return file;
}
