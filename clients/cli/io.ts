import type { Client } from "../sdk/index.ts";

/** What the CLI has of the world; tests pass their own. */
export interface Io {
  env: Record<string, string | undefined>;
  /** Data goes here, and nothing else. */
  stdout(text: string): void;
  /** Progress, questions and errors go here. */
  stderr(text: string): void;
  /** Whether somebody is there to answer a question. */
  interactive: boolean;
  /** Asks whoever is there, and rejects when the signal is aborted; absent where nobody ever is. */
  ask?(question: string): Promise<string>;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
}

/** What a command works with. */
export interface Cli {
  io: Io;
  client: Client;
  /** The address of the server that the client speaks to. */
  server: string;
  format: Format;
}

export const formats = ["table", "json", "yaml"] as const;
export type Format = (typeof formats)[number];

/** Exit codes; documented in `--help`. */
export const exitCodes = {
  ok: 0,
  /** The server refused, or something was not found. */
  refused: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The task that was waited for failed or was cancelled. */
  taskFailed: 3,
  /** `--timeout` passed before the task had ended; it goes on. */
  timeout: 4,
  /** The server cannot be reached. */
  unreachable: 5,
  interrupted: 130,
} as const;

/** Ends the CLI with a sentence on stderr and an exit code. */
export class Exit extends Error {
  override readonly name = "Exit";
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}
