import { closeSync, existsSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

export interface LogWriter {
  write(stream: "stdout" | "stderr", chunk: Uint8Array): void;
  close(): void;
}

/** A line longer than this is kept in pieces. */
const longestLine = 16 * 1024;

/**
 * Writes what a container prints, one line each as `<time> <stream> <F|P> <text>` (Kubernetes' own format:
 * F ends a line, P is a piece of a long one). At `rotateBytes` the file becomes `<path>.1` and a new one begins.
 */
export function createLogWriter(path: string, { rotateBytes = 10 * 1024 * 1024 } = {}): LogWriter {
  mkdirSync(dirname(path), { recursive: true });
  let file = openSync(path, "a", 0o600);
  let size = fstatSync(file).size;
  const rest = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };

  const append = (lines: Buffer[]) => {
    const whole = Buffer.concat(lines);
    if (whole.length === 0) return;
    if (size > 0 && size + whole.length > rotateBytes) {
      closeSync(file);
      if (existsSync(path)) renameSync(path, `${path}.1`);
      file = openSync(path, "a", 0o600);
      size = 0;
    }
    writeSync(file, whole);
    size += whole.length;
  };

  return {
    write(stream, chunk) {
      const head = `${new Date().toISOString()} ${stream}`;
      const [full, partial] = [Buffer.from(`${head} F `), Buffer.from(`${head} P `)];
      const all = rest[stream].length > 0 ? Buffer.concat([rest[stream], chunk]) : Buffer.from(chunk);
      const lines: Buffer[] = [];
      let start = 0;
      for (let end = all.indexOf(10); end >= 0; end = all.indexOf(10, start)) {
        lines.push(full, all.subarray(start, end + 1));
        start = end + 1;
      }
      while (all.length - start > longestLine) {
        lines.push(partial, all.subarray(start, start + longestLine), newline);
        start += longestLine;
      }
      rest[stream] = Buffer.from(all.subarray(start));
      append(lines);
    },
    close() {
      const head = new Date().toISOString();
      for (const stream of ["stdout", "stderr"] as const) {
        if (rest[stream].length > 0) append([Buffer.from(`${head} ${stream} P `), rest[stream], newline]);
      }
      closeSync(file);
    },
  };
}

const newline = Buffer.from("\n");
