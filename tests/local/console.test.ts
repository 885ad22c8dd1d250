import { afterAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createConsole } from "../../local/console.ts";

const logs = await mkdtemp(join(tmpdir(), "s-"));
afterAll(() => rm(logs, { recursive: true, force: true }));
const info = '{"time":"2026-01-01T00:00:00Z","level":"info","message":"claimed","task":"t1","n":2}';

describe("the console of a run", () => {
  test("shows a part's line in a form for people after its name, and keeps it as it was", async () => {
    const shown: string[] = [];
    const console = createConsole({ logs, write: (text) => shown.push(text), coloured: false });
    console.line("agent", info);
    console.line("agent", "panic: not JSON");
    console.showAll();
    console.line("agent", info);
    await console.close();
    // Before everything is ready only complaints are shown.
    expect(shown).toEqual(["agent    │ panic: not JSON\n", "agent    │ claimed  task=t1  n=2\n"]);
    expect(await Bun.file(join(logs, "agent.log")).text()).toBe(`${info}\npanic: not JSON\n${info}\n`);
  });

  test("colours names only on a terminal", () => {
    const shown: string[] = [];
    const console = createConsole({ logs, write: (text) => shown.push(text), coloured: true });
    console.line("server", '{"level":"error","message":"broken"}');
    expect(shown.join("")).toBe("\x1b[32mserver  \x1b[0m │ \x1b[31mbroken\x1b[0m\n");
  });
});
