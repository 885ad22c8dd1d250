import { expect, test } from "bun:test";
import { Command } from "commander";
import { addTest } from "../../clients/cli/commands/deployments/test.ts";
import { type Cli, Exit, exitCodes } from "../../clients/cli/io.ts";

const result = (name: string, outcome: string, more: object = {}) => ({
  ...{ name, kind: "Pod", outcome, message: null, log: [] },
  startedAt: "2026-01-01T00:00:00Z",
  endedAt: "2026-01-01T00:00:02Z",
  ...more,
});

/** Runs `deployments test` against a server that answers so. */
async function run(argv: string[], { state = "SUCCEEDED", results = [] as object[], format = "table" } = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const asked: unknown[] = [];
  const task = {
    id: "task-1",
    kind: "TEST",
    deploymentName: "web",
    reason: "1 of 2 failed: Pod b",
    steps: [],
  };
  const deployment = {
    name: "web",
    status: "RUNNING",
    environment: { name: "demo" },
    driverVersion: { version: "1", driver: { name: "web" } },
    services: [],
    createdAt: "2026-01-01T00:00:00Z",
  };
  const cli = {
    format,
    io: {
      stdout: (text: string) => out.push(text),
      stderr: (text: string) => err.push(text),
      signal: new AbortController().signal,
    },
    client: {
      deployments: { test: async (variables: unknown) => (asked.push(variables), { deployment, task }) },
      tasks: {
        async *watch() {
          yield { ...task, state };
        },
        tests: async () => ({ testResults: results }),
      },
    },
  } as unknown as Cli;
  const program = new Command().exitOverride();
  addTest(program, () => cli);
  const code = await program
    .parseAsync(["test", ...argv], { from: "user" })
    .then(() => 0)
    .catch((thrown) => (thrown instanceof Exit ? thrown.code : Promise.reject(thrown)));
  return { code, out: out.join(""), err: err.join(""), asked };
}

test("prints what came of each test, and ends well when all passed", async () => {
  const { code, out, err, asked } = await run(["demo/web", "--wait", "--filter", "a", "--filter", "b"], {
    results: [result("a", "PASSED", { log: ["fine"] }), result("b", "PASSED")],
  });
  expect(asked).toEqual([{ deployment: "web", environment: "demo", names: ["a", "b"] }]);
  expect(code).toBe(0);
  expect(out).toMatch(/^TEST +KIND +OUTCOME +TOOK +MESSAGE\na +Pod +PASSED +2s +-\nb +Pod +PASSED/);
  expect(err).not.toContain("fine");
});

test("of a test that failed it prints the log too, and the exit code is that of a failed task", async () => {
  const results = [
    result("a", "PASSED"),
    result("b", "FAILED", { message: "it broke", log: ["oh \u001b[31mno"] }),
    result("c", "NOT_RUN", { message: "b failed before it", startedAt: null, endedAt: null }),
  ];
  const failed = await run(["web", "--wait"], { state: "FAILED", results });
  expect(failed.code).toBe(exitCodes.taskFailed);
  expect(failed.out).toMatch(/b +Pod +FAILED +2s +it broke\nc +Pod +NOT_RUN +- +b failed before it/);
  expect(failed.err).toContain("  b | oh ");
  expect(failed.err).not.toContain("\u001b");
  const json = await run(["web", "--wait"], { state: "FAILED", results, format: "json" });
  expect(json.code).toBe(exitCodes.taskFailed);
  expect(JSON.parse(json.out)).toHaveLength(3);
  const none = await run(["web", "--wait"], { state: "CANCELLED" });
  expect({ code: none.code, out: none.out }).toEqual({ code: exitCodes.taskFailed, out: "" });
});

test("without --wait it says how to follow the task", async () => {
  const { code, out, err } = await run(["demo/web"]);
  expect(code).toBe(0);
  expect(out).toContain("RUNNING");
  expect(err).toBe("Follow it: styrminctl tasks watch task-1\n");
});
