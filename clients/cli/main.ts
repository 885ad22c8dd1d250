#!/usr/bin/env -S bun --no-install
// Wires arguments, commands and the exit code together. Nothing else ends the process.
import { createInterface } from "node:readline/promises";
import { createProgram } from "./program.ts";
import { run } from "./run.ts";

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
async function ask(question: string): Promise<string> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await reader.question(question, { signal: stop.signal });
  } finally {
    reader.close();
  }
}

process.exitCode = await run(createProgram, process.argv.slice(2), {
  env: process.env,
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
  ask,
  signal: stop.signal,
});
// A connection that waits for its next try must not hold up the end.
process.exit();
