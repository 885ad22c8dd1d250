#!/usr/bin/env -S bun --no-install
// Wires arguments, commands and the exit code together. Nothing else ends the process.
import { createProgram } from "./program.ts";
import { run } from "./run.ts";

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
process.exitCode = await run(createProgram, process.argv.slice(2), {
  env: process.env,
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
  signal: stop.signal,
});
// A connection that waits for its next try must not hold up the end.
process.exit();
