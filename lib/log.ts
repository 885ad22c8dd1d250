import { messageOf } from "./errors.ts";

export type LogFields = Record<string, unknown>;

/** Writes one JSON line per event to stderr. `with` makes a child that carries fields on every line. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  with(fields: LogFields): Log;
}

/**
 * Makes a log. `write` takes one finished line without its newline; tests pass their own.
 * A field named `error` may be anything that was thrown: its message and stack are written.
 */
export function createLog(fields: LogFields = {}, write: (line: string) => void = writeToStderr): Log {
  const emit = (level: string, message: string, extra: LogFields = {}) => {
    const { error, ...rest } = extra;
    const failure = error === undefined ? {} : { error: messageOf(error), stack: (error as Error)?.stack };
    write(JSON.stringify({ time: new Date().toISOString(), level, message, ...fields, ...rest, ...failure }));
  };
  return {
    info: (message, extra) => emit("info", message, extra),
    warn: (message, extra) => emit("warn", message, extra),
    error: (message, extra) => emit("error", message, extra),
    with: (more) => createLog({ ...fields, ...more }, write),
  };
}

/** Drops everything; for tests. */
export const silentLog: Log = createLog({}, () => {});

function writeToStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}
