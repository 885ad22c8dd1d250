import { describe, expect, test } from "bun:test";
import type { Command } from "commander";
import type { Io } from "../../clients/cli/io.ts";
import { age, neutralise, renderList, renderValue } from "../../clients/cli/output.ts";
import { cancelText } from "../../clients/cli/commands/tasks.ts";
import { createProgram } from "../../clients/cli/program.ts";
import { run } from "../../clients/cli/run.ts";
import { createHealth, createProgress, waitForTask } from "../../clients/cli/wait.ts";

function io(env: Record<string, string> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const made: Io = {
    env,
    stdout: (text) => out.push(text),
    stderr: (text) => err.push(text),
    interactive: false,
    signal: new AbortController().signal,
  };
  return { io: made, out: () => out.join(""), err: () => err.join("") };
}
async function cli(argv: string[], env: Record<string, string> = {}) {
  const made = io(env);
  return { code: await run(createProgram, argv, made.io), out: made.out(), err: made.err() };
}

describe("styrminctl", () => {
  test("has a help with an example for every command", () => {
    const without: string[] = [];
    let commands = 0;
    const visit = (command: Command, path: string[]) => {
      for (const child of command.commands) visit(child, [...path, child.name()]);
      if (command.commands.length > 0) return;
      commands++;
      let help = "";
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      const example = /Example:\n {2}(.+)/.exec(help)?.[1] ?? "";
      if (!example.startsWith(`styrminctl ${path.join(" ")}`)) without.push(path.join(" "));
    };
    visit(createProgram(io().io), []);
    expect(without).toEqual([]);
    expect(commands).toBeGreaterThan(25);
  });

  test("answers --help and --version with exit code 0", async () => {
    expect((await cli(["--help"])).out).toContain("Exit codes");
    expect(await cli(["--version"])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+/) });
  });

  test.each([
    [["deploymens"], "unknown command"],
    [["deployments", "create", "hello"], "missing required argument"],
    [["clusters", "list", "--outputt", "json"], "unknown option"],
    [["clusters", "list", "-o", "xml"], "Allowed choices"],
    [["clusters", "create", "x", "-c", "{"], "--config is no JSON"],
    [["clusters", "create", "x", "-c", "[]"], "must be a JSON object"],
    [["clusters", "create", "x", "-c", "@/does/not/exist"], "cannot be read"],
    [["deployments", "create", "a", "1", "e", "-p", "greeting"], "must be name=value"],
    [
      ["deployments", "create", "a", "1", "e", "--env", "MOTTO=x"],
      "--env MOTTO must be component.NAME=value",
    ],
    [["deployments", "create", "a", "1", "e", "--override", "web.args=[]"], "component.container.command"],
    [["deployments", "update", "a", "--override", "web.main.args=-v"], "must be a JSON list of words"],
    [["deployments", "update", "a", "--unset-env", "MOTTO"], "--unset-env MOTTO must be component.NAME"],
    [["deployments", "update", "a", "--unset-override", "web"], "--unset-override web must be"],
    [["deployments", "get", "a/b/c"], "must be NAME, ENVIRONMENT/NAME or an id"],
    [["deployments", "scale", "a", "web", "many"], "whole number"],
    [["deployments", "policies", "a", "--ignore", ".spec.replicas"], "KIND:PATH"],
    [["deployments", "policies", "a", "--drift", "never"], "repair, report, ignore"],
    [["deployments", "policies", "a", "--auto-level", "minor"], "give that too"],
    [["deployments", "policies", "a", "--new-versions", "always"], "nothing, notify, plan, upgrade"],
    [["drivers", "follow", "https://git.example.org/x.git"], "missing required argument"],
    [["drivers", "follow", "u", "main", "--every", "soon"], "whole number"],
    [["drivers", "follow", "u", "main", "--allow-key", "/does/not/exist"], "cannot be read"],
    [["drivers", "unfollow", "x"], "--yes"],
    [["drivers", "diff", "x", "1"], "missing required argument"],
    [["deployments", "delete", "a"], "--yes"],
    [["--server", "localhost:8000", "clusters", "list"], "must begin with http"],
  ])("refuses %p with a sentence and exit code 2", async (argv, sentence) => {
    const answer = await cli(argv);
    expect(answer.err).toContain(sentence);
    expect([answer.code, answer.out]).toEqual([2, ""]);
  });

  test("says in one sentence that the server is not there", async () => {
    const answer = await cli(["clusters", "list"], { STYRMIN_SERVER_ADDRESS: "http://127.0.0.1:1" });
    expect(answer.code).toBe(5);
    expect(answer.err.trim().split("\n")).toEqual([expect.stringContaining("cannot be reached")]);
  });

  test("prints the problems of a driver file, each once, with its line and a caret", async () => {
    const problem = {
      field: "driver.styrmin.yml:2:3",
      message: "is wrong",
      excerpt: "    2 | \u001b[31mx\n        ^",
    };
    const told = { field: "spec.port", message: "is required" };
    const extensions = { code: "INVALID", problems: [told, problem, { field: "spec", message: "is odd" }] };
    const message = "The driver is not right: spec.port is required; and 2 more. Correct it.";
    const body = JSON.stringify({ errors: [{ message, extensions }] });
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response(body) });
    const answer = await cli(["drivers", "list"], { STYRMIN_SERVER_ADDRESS: server.url.href });
    await server.stop(true);
    expect(answer.err).toBe(
      "styrminctl: The driver is not right: 3 problems. Correct it. (INVALID)\n  spec.port: is required\n" +
        "  driver.styrmin.yml:2:3: is wrong\n    2 | \\x1b[31mx\n        ^\n  spec: is odd\n",
    );
  });

  test("names the option where the API names its field", async () => {
    const message =
      "This cannot be changed: changeConfig.a.b is not set, so it cannot be taken away; changeEnvVars.web.X is wrong.";
    const body = JSON.stringify({ errors: [{ message, extensions: { code: "INVALID" } }] });
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response(body) });
    const answer = await cli(["drivers", "list"], { STYRMIN_SERVER_ADDRESS: server.url.href });
    await server.stop(true);
    expect(answer.err).toBe(
      "styrminctl: This cannot be changed: --unset-config a.b is not set, so it cannot be taken away; --env web.X is wrong. (INVALID)\n",
    );
  });

  test("prints what differs, and lets no driver command the terminal", async () => {
    const version = (name: string) => ({ id: name, version: name, commit: null, driver: { name: "evil" } });
    const value = { path: ".info", before: "\u001b]0;x\u0007", after: "y".repeat(200) };
    const object = { apiVersion: "v1", kind: "Secret", namespace: null, name: "s" };
    const impact = {
      ...{
        deployment: { name: "a", environment: { name: "demo" } },
        from: version("1"),
        to: version("2"),
        level: "MAJOR",
      },
      ...{ parameters: [], added: [object], removed: [{ ...object, name: "\u001b[2J" }], problems: [] },
      ...{
        actions: [],
        hooks: [],
        heldReplicas: [],
        staleSecrets: [{ message: "Deployment \u001b[2J stays." }],
      },
      changed: [{ ...object, recreate: true, fields: [{ path: ".type", before: null, after: "x" }] }],
    };
    const driverDiff = {
      ...{
        from: version("1"),
        to: version("2"),
        level: "MAJOR",
        specification: [value],
        parameters: [],
        impact,
      },
      files: [
        { path: "a", change: "ADDED" },
        { path: "b", change: "REMOVED" },
      ],
    };
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => Response.json({ data: { driverDiff } }),
    });
    const answer = await cli(["drivers", "diff", "evil", "1", "2", "--deployment", "demo/a"], {
      STYRMIN_SERVER_ADDRESS: server.url.href,
    });
    await server.stop(true);
    expect(answer.out.split("\n").filter(Boolean)).toEqual([
      "evil 1 → 2 (major)",
      "Specification",
      expect.stringMatching(/^ {2}~ .info: "\\u001b\]0;x\\u0007" → "y{118}…$/),
      "Parameters",
      "  (no difference)",
      "Files",
      "  + a",
      "  - b",
      "Objects of a",
      "  + Secret/s",
      "  - Secret/\\x1b[2J",
      "  ~ Secret/s (to be deleted and made anew)",
      '      + .type: "x"',
      "  ! Deployment \\x1b[2J stays.",
    ]);
  });

  test("prints tables, JSON and YAML, and lets no control character through", () => {
    const rows = [
      { name: "a\u001b[31m", n: null },
      { name: "longer", n: 2 },
    ];
    const columns: [string, (row: (typeof rows)[number]) => unknown][] = [
      ["NAME", (row) => row.name],
      ["N", (row) => row.n],
    ];
    expect(renderList(rows, columns, "table")).toBe("NAME       N\na\\x1b[31m  -\nlonger     2\n");
    expect(JSON.parse(renderList(rows, columns, "json"))).toEqual(rows);
    expect(renderValue({ a: 1 }, "yaml")).toBe("a: 1\n");
    expect(neutralise("\u0007bell\ttab\n\u009b")).toBe("\\x07bell\ttab\n\\x9b");
    expect(age(new Date(1_000).toISOString(), 200_000)).toBe("3m");
  });

  test("shows each step of a task once, and each failed try", () => {
    const lines: string[] = [];
    const show = createProgress((line) => lines.push(line));
    const step = (state: string, attempts = 1, error: string | null = null) => ({
      name: "check",
      state,
      attempts,
      error,
      startedAt: "2026-01-01T00:00:00Z",
      finishedAt: state === "RUNNING" ? null : "2026-01-01T00:00:01Z",
    });
    const task = (state: string, steps: object[], reason: string | null = null) =>
      show({ state, steps, reason } as never);
    task("QUEUED", []);
    task("QUEUED", []);
    task("QUEUED", [], "waits for the task t1 (deploy)");
    task("QUEUED", [], "its agent ended");
    task("RUNNING", [step("RUNNING")]);
    task("RUNNING", [step("FAILED", 1, "no")]);
    task("RUNNING", [step("RUNNING", 2)]);
    task("RUNNING", [step("SUCCEEDED", 2)]);
    expect(lines).toEqual([
      "  … waiting for the agent",
      "  … waits for the task t1 (deploy)",
      "  … queued: its agent ended",
      "  … check",
      "  ✗ check: no",
      "  ✓ check (1.0 s)",
    ]);
  });

  const waits = (state: string, startedAt = "2026-01-01T00:00:10Z") =>
    ({ id: "t", state: "RUNNING", steps: [{ name: "wait ready", state, startedAt }] }) as never;
  const said = (number: number, second: number, message: string) => ({
    ...{ number, level: "info", message },
    at: `2026-01-01T00:00:${second}Z`,
  });

  test("shows what a task waits for when it changes, and nothing of before or after", async () => {
    const lines: string[] = [];
    const asked: number[] = [];
    const log = [said(1, 10, "applied")];
    const tasks = {
      log: async (_id: string, { after }: { after: number }) => {
        asked.push(after);
        return log.filter(({ number }) => number > after);
      },
    };
    const health = createHealth({ tasks } as never, (line) => lines.push(line));
    await health.look(waits("RUNNING", "2026-01-01T00:00:11Z"));
    log.push(said(2, 12, "1 of 2 pods is ready"), said(3, 13, "no key tokn in Secret x."));
    await health.look(waits("RUNNING"));
    log.push(said(4, 14, "no key tokn in Secret x."));
    await health.look(waits("RUNNING"));
    log.push(said(5, 15, "all is well"));
    await health.look(waits("SUCCEEDED"));
    expect({ lines, asked, last: health.last }).toEqual({
      lines: ["    no key tokn in Secret x."],
      asked: [0, 1, 3],
      last: "no key tokn in Secret x.",
    });
  });

  test("says of an action's call what it waits for", async () => {
    const lines: string[] = [];
    const health = createHealth({} as never, (line) => lines.push(line));
    const reason = "waiting: worker has 0 of 1 replicas ready";
    const task = { id: "t1", steps: [{ name: "upgrade/pre a: start worker", state: "RUNNING" }] };
    await health.look({ ...task, state: "RUNNING", reason: null } as never);
    await health.look({ ...task, state: "RUNNING", reason } as never);
    await health.look({ ...task, state: "RUNNING", reason } as never);
    await health.look({ ...task, state: "FAILED", reason: "it broke" } as never);
    expect(lines).toEqual([`    ${reason}`]);
  });

  test("tells of a task that was superseded where to look, and has an exit code for it", async () => {
    const ended = {
      state: "CANCELLED",
      kind: "DEPLOY",
      deploymentName: "web",
      reason: "superseded by task t3",
    };
    const tasks = {
      async *watch() {
        yield { id: "t1", ...ended, steps: [], supersededBy: { id: "t4" } };
      },
    };
    const io = { stderr() {}, signal: new AbortController().signal };
    const waiting = waitForTask({ io, client: { tasks } } as never, "t1", 10);
    await expect(waiting).rejects.toMatchObject({
      code: 3,
      message:
        "The task deploy of web was superseded: a later update took its place. See `styrminctl tasks watch t4`.",
    });
  });

  test("says of a deploy that is cancelled that what it declared stays, and of an upgrade nothing of its own", () => {
    const told = (kind: string, state: string) =>
      cancelText({ id: "t1", kind, state, deploymentName: "web" } as never);
    const stays = expect.stringMatching(
      /^What it declared stays declared: .*`styrminctl deployments update web --wait`\.\n$/,
    );
    expect(told("DEPLOY", "CANCELLED")).toEqual(stays);
    expect(told("DEPLOY", "RUNNING").split("\n").slice(0, 2)).toEqual([
      "It is being cancelled, and ends soon. See its end: styrminctl tasks watch t1",
      expect.stringContaining("stays declared"),
    ]);
    expect(told("UPGRADE", "CANCELLED")).toBe("");
  });

  test("tells at the end of its patience what a task waits for", async () => {
    const tasks = {
      log: async () => [said(1, 11, "no key tokn in Secret x.")],
      async *watch(_id: string, { signal }: { signal: AbortSignal }) {
        yield waits("RUNNING");
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
      },
    };
    const io = { stderr() {}, signal: new AbortController().signal };
    const waiting = waitForTask({ io, client: { tasks } } as never, "t", 0.05);
    await expect(waiting).rejects.toThrow("it goes on. Last: no key tokn in Secret x. See");
  });
});
