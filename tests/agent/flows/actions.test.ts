import { describe, expect, test } from "bun:test";
import { ActionError } from "../../../agent/actions/runner.ts";
import { createDeleteFlow } from "../../../agent/flows/delete.ts";
import { createDeployFlow } from "../../../agent/flows/deploy.ts";
import { createUpgradeFlow } from "../../../agent/flows/upgrade.ts";
import { ClientError } from "../../../clients/sdk/index.ts";
import { KubeError } from "../../../kube/errors.ts";
import type { ActionContext } from "../../../drivers/kit/index.ts";
import { createStage, type FlowStage, type StageOptions } from "./stage.ts";

const at = (place: string, name: string) => {
  const [hook, mode] = place.split("/") as [string, string];
  return { name, hook, mode };
};

/** An upgrade with all that an action can do. */
function everything(idempotent: boolean): StageOptions {
  const options = idempotent ? { idempotent } : {};
  return {
    flowOf: createUpgradeFlow,
    actions: [
      at("upgrade/pre", "stop"),
      at("upgrade/pre", "look"),
      at("upgrade/core", "through"),
      at("upgrade/post", "migrate"),
    ],
    functions: {
      async stop(ctx: ActionContext) {
        ctx.log("stops");
        await ctx.stopComponents("worker");
        await ctx.exec("web", ["dump"], options);
        return ctx.step("count", () => 1);
      },
      look(ctx: ActionContext) {
        ctx.log(`goes from ${ctx.context.upgrade!.from} to ${ctx.context.upgrade!.to}`);
      },
      async through(ctx: ActionContext) {
        await ctx.upgradeTo("2.0.0");
        await ctx.scale("web", 2);
        await ctx.upgradeTo("3.0.0");
      },
      async migrate(ctx: ActionContext) {
        const said = await ctx.step("migrate", async () => {
          await ctx.exec("web", ["migrate", "one"], options);
          return (await ctx.exec("web", ["migrate", "two"], options)).stdout;
        });
        ctx.log(said);
        await ctx.startComponents("worker");
      },
    },
  };
}

const stepsOf = ({ steps }: FlowStage) => [...steps].map(([name, { state }]) => `${state} ${name}`);
const timesOf = (stage: FlowStage, command: string) => stage.commands.filter((one) => one === command).length;
const commands = ["web-0 dump", "web-0 migrate one", "web-0 migrate two"];

async function runClean(options: StageOptions) {
  const stage = createStage(options);
  await stage.live();
  return stage;
}

/** Kills an agent at each point of a run, lets the next go on, and answers each end with the point. */
async function killEverywhere(options: StageOptions, look: (stage: FlowStage, point: string) => void) {
  const clean = await runClean(options);
  for (let place = 0; place < clean.points.length; place++) {
    const stage = createStage(options);
    await stage.live(place);
    const point = stage.points[place]!;
    await stage.live();
    look(stage, point);
  }
  return clean;
}

describe("an upgrade with actions", () => {
  test("does all of them in order, each call a step of its own", async () => {
    const stage = await runClean(everything(false));
    expect(stage.ended).toEqual({ state: "SUCCEEDED" });
    expect(stepsOf(stage)).toEqual(
      [
        "check",
        "ensure namespace",
        "plan",
        "upgrade/pre stop",
        "upgrade/pre stop: stop worker",
        "upgrade/pre stop: exec web",
        "upgrade/pre stop: count",
        "upgrade/pre look",
        "upgrade/core through",
        "upgrade/core through: upgrade to 2.0.0",
        "upgrade/core through: scale web to 2",
        "upgrade/core through: upgrade to 3.0.0",
        "release intent",
        "wait ready",
        "upgrade/post migrate",
        "upgrade/post migrate: migrate",
        "upgrade/post migrate: migrate / exec web",
        "upgrade/post migrate: migrate / exec web (2)",
        "upgrade/post migrate: start worker",
        "end hold",
        "activate instance",
      ].map((name) => `SUCCEEDED ${name}`),
    );
    expect(stage.seen).toEqual([
      "1.0.0 {}",
      '1.0.0 {"worker":0}',
      '2.0.0 {"worker":0}',
      '2.0.0 {"worker":0,"web":2}',
      '3.0.0 {"worker":0,"web":2}',
      '3.0.0 {"web":2}',
      "3.0.0 {}",
    ]);
    expect(stage.commands).toEqual(commands);
    expect(stage.log).toEqual([
      "upgrade from 1.0.0 to 3.0.0",
      "stops",
      "goes from 1.0.0 to 3.0.0",
      // What was made of a secret is taken out.
      "two •••",
    ]);
  });

  test("whose agent is killed anywhere ends as the clean run, and has no effect twice", async () => {
    const options = everything(false);
    const clean = await runClean(options);
    let unknown = 0;
    await killEverywhere(options, (stage, point) => {
      // Between the record of a command's beginning and that of its end nobody knows.
      const isUnknown = /^(after StartTaskStep .*exec|(before|after) exec|before FinishTaskStep .*exec)/.test(
        point,
      );
      for (const command of commands) expect([point, timesOf(stage, command) <= 1]).toEqual([point, true]);
      expect([point, stage.resource.spec.hold]).toEqual([point, undefined]);
      if (isUnknown) {
        unknown++;
        expect([point, stage.ended!.state]).toEqual([point, "FAILED"]);
        expect(stage.ended!.reason).toContain("outcome unknown: the agent ended while");
        expect([point, stage.resource.spec.applicationVersion]).toEqual([point, "1.0.0"]);
        return;
      }
      expect([point, stage.ended]).toEqual([point, { state: "SUCCEEDED" }]);
      expect([point, stepsOf(stage)]).toEqual([point, stepsOf(clean)]);
      expect([point, stage.seen]).toEqual([point, clean.seen]);
      expect([point, stage.commands]).toEqual([point, commands]);
    });
    expect(unknown).toBe(4 * commands.length);
    expect(clean.points.length).toBeGreaterThan(80);
    console.log(`actions: an agent killed at each of ${clean.points.length} points of an upgrade`);
  });

  test("whose commands may be repeated ends as the clean run wherever it is killed", async () => {
    await killEverywhere(everything(true), (stage, point) => {
      expect([point, stage.ended]).toEqual([point, { state: "SUCCEEDED" }]);
      for (const command of commands) {
        const times = timesOf(stage, command);
        const isTorn = /^(after exec|before FinishTaskStep .*exec)/.test(point);
        expect([point, times >= 1 && times <= (isTorn ? 2 : 1)]).toEqual([point, true]);
      }
    });
  });

  test("is rolled back wherever its agent is killed when its last action fails", async () => {
    const options = everything(true);
    options.functions.migrate = async (ctx) => {
      await ctx.exec("web", ["migrate", "one"], { idempotent: true });
      throw new Error("no luck at actions.ts:7\n");
    };
    const clean = await killEverywhere(options, (stage, point) => {
      expect([point, stage.ended!.state]).toEqual([point, "FAILED"]);
      expect(stage.ended!.reason).toBe(
        "upgrade/post migrate failed: no luck at actions.ts:7. It was rolled back, and runs with version 1.0.0 (driver 1).",
      );
      expect([point, stage.seen.at(-1)]).toEqual([point, "1.0.0 {}"]);
      expect([point, stage.steps.has("activate instance")]).toEqual([point, false]);
    });
    // What is held does not start again with what is taken back.
    expect(clean.seen.slice(-2)).toEqual(['1.0.0 {"worker":0,"web":2}', "1.0.0 {}"]);
  });

  test("that fails before anything is released goes back to nothing, and lets go", async () => {
    const options = everything(false);
    options.functions.look = () => {
      throw new Error("not today\n");
    };
    const stage = await runClean(options);
    expect(stage.ended).toEqual({
      state: "FAILED",
      reason:
        "upgrade/pre look failed: not today (actions.ts::look). Its actions had begun, nothing of the new version was released, and it still runs with version 1.0.0 (driver 1).",
    });
    expect(stage.seen).toEqual(["1.0.0 {}", '1.0.0 {"worker":0}', "1.0.0 {}"]);
  });

  test("of which another has brought about the same version runs no action", async () => {
    const to = { applicationVersion: "3.0.0", driverVersion: "1", driverVersionId: "a" };
    const stage = await runClean({ ...everything(false), payload: { from: to, to } });
    expect(stage.ended).toEqual({ state: "SUCCEEDED" });
    expect(stage.commands).toEqual([]);
  });

  test("runs the actions that are for a version which it changes, and tells them all versions", async () => {
    const [one, two] = [
      { applicationVersion: "3.0.0", driverVersion: "1", driverVersionId: "a" },
      { applicationVersion: "3.0.0", driverVersion: "2", driverVersionId: "b" },
    ];
    const ran: unknown[] = [];
    const look = (name: string) => (ctx: ActionContext) => void ran.push([name, ctx.context.upgrade]);
    const stage = await runClean({
      ...everything(false),
      actions: [
        { ...at("upgrade/pre", "app"), when: "application" },
        { ...at("upgrade/pre", "own"), when: "driver" },
        at("upgrade/pre", "any"),
      ],
      functions: { app: look("app"), own: look("own"), any: look("any") },
      payload: { from: one, to: two },
    });
    expect(stage.ended).toEqual({ state: "SUCCEEDED" });
    const told = { from: "3.0.0", to: "3.0.0", driver: { from: "1", to: "2" } };
    expect(ran).toEqual([
      ["own", told],
      ["any", told],
    ]);
  });
});

describe("an action that does not make the same calls when it is run again", () => {
  const unsteady = (first: (ctx: ActionContext) => unknown, later: (ctx: ActionContext) => unknown) => {
    let runs = 0;
    return {
      ...everything(false),
      actions: [at("upgrade/pre", "unsteady")],
      functions: { unsteady: (ctx: ActionContext) => (runs++ === 0 ? first(ctx) : later(ctx)) },
    };
  };
  /** Kills the agent when it begins to record the end of the action. */
  async function runTwice(options: StageOptions): Promise<FlowStage> {
    const clean = await runClean(unsteadyCopy(options));
    const place = clean.points.indexOf("before FinishTaskStep upgrade/pre unsteady SUCCEEDED");
    const stage = createStage(options);
    await stage.live(place);
    await stage.live();
    return stage;
  }
  /** The first life alone decides where the agent is killed. */
  const unsteadyCopy = (options: StageOptions): StageOptions => ({
    ...options,
    functions: { unsteady: firstOf.get(options)! },
  });
  const firstOf = new Map<StageOptions, (ctx: ActionContext) => unknown>();
  const scenario = (first: (ctx: ActionContext) => unknown, later: (ctx: ActionContext) => unknown) => {
    const options = unsteady(first, later);
    firstOf.set(options, first);
    return options;
  };

  test.each([
    [
      "another call in the place of one",
      (ctx: ActionContext) => ctx.exec("web", ["a"]),
      (ctx: ActionContext) => ctx.scale("web", 2),
      'an earlier run went on with "exec web", this one with "scale web to 2"',
    ],
    [
      "the same calls in another order",
      async (ctx: ActionContext) => {
        await ctx.step("a", () => 1);
        await ctx.step("b", () => 2);
      },
      async (ctx: ActionContext) => {
        await ctx.step("b", () => 2);
        await ctx.step("a", () => 1);
      },
      'an earlier run made the call "2 step b" where this one makes "1 step b"',
    ],
  ])("%s is told as outcome unknown", async (_, first, later, text) => {
    const stage = await runTwice(scenario(first, later));
    expect(stage.ended!.state).toBe("FAILED");
    expect(stage.ended!.reason).toContain(`outcome unknown: ${text}`);
    expect(stage.commands.length).toBeLessThanOrEqual(1);
  });

  test("cannot swallow it", async () => {
    const first = (ctx: ActionContext) => ctx.exec("web", ["a"]);
    const later = async (ctx: ActionContext) => {
      await ctx.scale("web", 2).catch(() => {});
      await ctx.exec("web", ["b"]).catch(() => {});
      return "fine";
    };
    const stage = await runTwice(scenario(first, later));
    expect(stage.ended!.state).toBe("FAILED");
    expect(stage.commands).toEqual(["web-0 a"]);
  });

  test("sees a call fail again that failed before", async () => {
    let caught = 0;
    const action = async (ctx: ActionContext) => {
      await ctx.scale("nothing", 1).catch(() => caught++);
      await ctx.exec("web", ["after"]);
    };
    const stage = await runTwice(scenario(action, action));
    expect(stage.ended).toEqual({ state: "SUCCEEDED" });
    expect(stage.commands).toEqual(["web-0 after"]);
    expect(caught).toBe(3); // the clean run among them
    expect(stage.steps.get("upgrade/pre unsteady: scale nothing to 1")).toMatchObject({
      state: "FAILED",
      attempts: 1,
      error: 'there is no component "nothing"; there are web, worker',
    });
  });
});

describe("an action whose runner goes away", () => {
  const actions = [at("upgrade/pre", "work")];
  const work = async (ctx: ActionContext) => {
    await ctx.exec("web", ["one"]);
    await ctx.stopComponents("worker");
    await ctx.exec("web", ["two"]);
  };
  const options = (runnerDiesAt: string): StageOptions => ({
    flowOf: createUpgradeFlow,
    actions,
    functions: { work },
    runnerDiesAt,
  });

  test("goes on by another, after the last recorded call", async () => {
    const stage = await runClean(options("2 stopComponents worker"));
    expect(stage.ended).toEqual({ state: "SUCCEEDED" });
    expect(stage.commands).toEqual(["web-0 one", "web-0 two"]);
    expect(stage.log).toContain("the runner went away; it is tried again");
  });

  test("goes on also when it ran for longer than a runner may be away, each time", async () => {
    const stage = await runClean({
      ...options("2 stopComponents worker"),
      runnersDying: 3,
      awayLimitMs: 0,
    });
    expect(stage.ended).toEqual({ state: "SUCCEEDED" });
    expect(stage.commands).toEqual(["web-0 one", "web-0 two"]);
    expect(stage.log.filter((line) => line === "the runner went away; it is tried again")).toHaveLength(3);
  });

  test("does not repeat a command that was just running", async () => {
    const hanging: NonNullable<StageOptions["exec"]> = (_, { signal }) =>
      new Promise((_resolve, reject) => signal!.addEventListener("abort", () => reject(signal!.reason)));
    const stage = await runClean({ ...options("1 exec web"), exec: hanging });
    expect(stage.ended!.state).toBe("FAILED");
    expect(stage.ended!.reason).toContain('outcome unknown: the agent ended while "exec web" ran');
  });
});

describe("an action whose driver's files the server does not hand out", () => {
  const withFiles = (...failures: Error[]): StageOptions => ({
    flowOf: createUpgradeFlow,
    actions: [at("upgrade/pre", "work")],
    functions: { work: (ctx: ActionContext) => ctx.exec("web", ["one"]) },
    async files() {
      const failure = failures.shift();
      if (failure) throw failure;
      return {};
    },
  });

  test("waits while the server is away", async () => {
    const stage = await runClean(withFiles(new ClientError("UNAVAILABLE", "no server")));
    expect(stage.ended).toEqual({ state: "SUCCEEDED" });
    expect(stage.log).toContain("no server; it is tried again");
    expect(stage.commands).toEqual(["web-0 one"]);
  });

  test("fails when the server has none", async () => {
    const stage = await runClean(withFiles(new ClientError("NOT_FOUND", "no such files")));
    expect(stage.ended!.state).toBe("FAILED");
    expect(stage.ended!.reason).toContain("upgrade/pre work failed: no such files");
  });
});

describe("an upgrade without actions", () => {
  const plain: StageOptions = { flowOf: createUpgradeFlow, actions: [], functions: {} };

  test("releases the new version", async () => {
    const stage = await runClean(plain);
    expect(stage.ended).toEqual({ state: "SUCCEEDED" });
    expect([...stage.steps.keys()]).toEqual([
      "check",
      "ensure namespace",
      "plan",
      "release intent",
      "wait ready",
      "activate instance",
    ]);
  });

  test("that does not become ready is rolled back, wherever its agent is killed", async () => {
    const clean = await killEverywhere({ ...plain, broken: "3.0.0" }, (stage, point) => {
      expect([point, stage.ended]).toEqual([
        point,
        {
          state: "FAILED",
          reason: "Unhealthy: it broke. It was rolled back, and runs with version 1.0.0 (driver 1).",
        },
      ]);
      expect([point, stage.seen]).toEqual([point, ["1.0.0 {}", "3.0.0 {}", "1.0.0 {}"]]);
    });
    expect(clean.points.length).toBeGreaterThan(25);
  });

  test("whose roll back fails too says both", async () => {
    const stage = createStage({ ...plain, broken: "1.0.0" });
    stage.steps.set("give up", { state: "SUCCEEDED", result: "It was given up", error: null, attempts: 1 });
    stage.resource.spec.hold = { task: "task", components: {} };
    await stage.live();
    expect(stage.ended!.reason).toBe(
      "It was given up. Rolling it back to version 1.0.0 (driver 1) failed too: Unhealthy: it broke",
    );
  });
});

describe("components that an action stops and starts", () => {
  const restart: StageOptions = {
    flowOf: createUpgradeFlow,
    actions: [at("upgrade/pre", "restart")],
    functions: {
      async restart(ctx: ActionContext) {
        await ctx.stopComponents("worker");
        await ctx.startComponents("worker");
      },
    },
  };

  test("are ready at once where no replicas are wanted", async () => {
    const stage = await runClean({ ...restart, replicas: { worker: 0 } });
    expect(stage.ended?.state).toBe("SUCCEEDED");
  });

  test("are named when the action's time is over while it waits for them", async () => {
    const runnerFailure = new ActionError("timeout", "actions.ts::restart did not end within 600 s.");
    const late = { replicas: { worker: 2 }, most: { worker: 1 } };
    const stage = await runClean({
      ...restart,
      ...late,
      runnerDiesAt: "2 startComponents worker",
      runnerFailure,
    });
    expect(stage.ended?.reason).toStartWith(
      "upgrade/pre restart failed: actions.ts::restart did not end within 600 s. It still waited: worker has 1 of 2 replicas ready.",
    );
  });
});

describe("a command", () => {
  const withExec = (
    exec: NonNullable<StageOptions["exec"]>,
    run: (ctx: ActionContext) => unknown = (ctx) => ctx.exec("web", ["run"]),
  ): StageOptions => ({
    flowOf: createUpgradeFlow,
    actions: [at("upgrade/pre", "run")],
    functions: { run },
    exec,
  });
  const reasonOf = async (options: StageOptions) => (await runClean(options)).ended!.reason;
  const answers = async () => ({ exitCode: 0, stdout: "", stderr: "" });

  test("that fails is an answer, not an error", async () => {
    let seen: unknown;
    const options = withExec(
      async () => ({ exitCode: 3, stdout: "out s3cret-value", stderr: "err" }),
      async (ctx) => void (seen = await ctx.exec("web", ["run"])),
    );
    expect((await runClean(options)).ended).toEqual({ state: "SUCCEEDED" });
    expect(seen).toEqual({ exitCode: 3, stdout: "out •••", stderr: "err" });
  });

  test("is bounded in what is kept of its output", async () => {
    let bound: number | undefined;
    const options = withExec((_, { maxOutputBytes }) => {
      bound = maxOutputBytes;
      return answers();
    });
    await runClean(options);
    expect(bound).toBe(64 * 1024);
  });

  test("whose output is all control characters can be recorded all the same", async () => {
    const noise = "\u0001".repeat(64 * 1024);
    let seen = "";
    const options = withExec(
      async () => ({ exitCode: 0, stdout: noise, stderr: "a\0b\ud800" }),
      async (ctx) => void (seen = JSON.stringify(await ctx.exec("web", ["run"]))),
    );
    expect((await runClean(options)).ended).toEqual({ state: "SUCCEEDED" });
    expect(seen.length).toBeLessThan(250 * 1024);
    expect(seen).toContain("[the rest was dropped]");
    expect(JSON.parse(seen).stderr).toBe("ab\ufffd");
  });

  test("that outlives its own limit is outcome unknown", async () => {
    const options = withExec(
      (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal!.addEventListener("abort", () => reject(signal!.reason));
        }),
      (ctx) => ctx.exec("web", ["run"], { timeoutMs: 20 }),
    );
    expect(await reasonOf(options)).toContain(
      "outcome unknown: the command in web (pod web-0) did not end within 0.02 s and may still run",
    );
  });

  test.each([
    [
      "whose connection breaks",
      new KubeError(0, "Unreachable", "it broke"),
      "outcome unknown: the command in web",
    ],
    [
      "that is not there",
      new KubeError(0, "ExecFailed", "no such file"),
      "upgrade/pre run failed: no such file",
    ],
  ])("%s is told", async (_, failure, text) => {
    const reason = await reasonOf(withExec(() => Promise.reject(failure)));
    expect(reason).toContain(text);
    expect(reason!.includes("outcome unknown")).toBe(text.startsWith("outcome unknown"));
  });

  test.each([
    ["by an API server that has just started", new KubeError(403, "UpgradeRefused", "forbidden")],
    ["by one that asks to wait", new KubeError(429, "UpgradeRefused", "response: 429")],
    ["by one without a kubelet", new KubeError(500, "UpgradeRefused", "response: 500")],
    ["by one that ends", new KubeError(503, "UpgradeRefused", "response: 503")],
    ["for a pod that has just gone", new KubeError(404, "UpgradeRefused", "response: 404")],
    ["by nobody, as there is no connection", new KubeError(0, "NotBegun", "connect ECONNREFUSED")],
  ])("that is refused, and so has not run, is begun again: %s", async (_, refusal) => {
    const refusals = [refusal, refusal];
    const stage = await runClean(
      withExec(async () => {
        const next = refusals.pop();
        if (next) throw next;
        return answers();
      }),
    );
    expect(stage.ended).toEqual({ state: "SUCCEEDED" });
    expect(refusals).toEqual([]);
  });

  test.each([
    ["whose connection breaks", new KubeError(0, "Unreachable", "it broke"), 2],
    ["that is not there", new KubeError(0, "ExecFailed", "no such file"), 1],
  ])("that may be repeated, and %s, is begun so many times", async (_, failure, times) => {
    let begun = 0;
    const options = withExec(
      async () => {
        if (++begun === 1) throw failure;
        return answers();
      },
      (ctx) => ctx.exec("web", ["run"], { idempotent: true }),
    );
    await runClean(options);
    expect(begun).toBe(times);
  });

  test("of a component that is not there names those that are", async () => {
    const options = withExec(answers, (ctx) => ctx.exec("wbe", ["run"]));
    expect(await reasonOf(options)).toContain('there is no component "wbe"; there are web, worker');
  });
});

describe("a deploy with actions", () => {
  const setup: StageOptions = {
    kind: "DEPLOY",
    flowOf: createDeployFlow,
    actions: [at("setup/pre", "prepare"), at("setup/core", "fill"), at("setup/post", "greet")],
    functions: {
      prepare: (ctx: ActionContext) => ctx.step("prepare", () => 1),
      fill: (ctx: ActionContext) => ctx.exec("web", ["fill"]),
      greet: (ctx: ActionContext) => ctx.log("hello"),
    },
  };

  test("sets up once", async () => {
    const stage = await runClean(setup);
    expect([...stage.steps.keys()]).toEqual([
      "check",
      "ensure namespace",
      "setup/pre prepare",
      "setup/pre prepare: prepare",
      "release intent",
      "wait ready",
      "setup/core fill",
      "setup/core fill: exec web",
      "setup/post greet",
      "end hold",
      "activate instance",
    ]);
    const later = await runClean({ ...setup, payload: { first: false } });
    expect(later.commands).toEqual([]);
  });

  test("does not repeat what an earlier deploy has set up", async () => {
    const stage = await runClean({ ...setup, payload: { ran: ["setup/core fill"] } });
    expect(stage.commands).toEqual([]);
    expect(stage.log).toContain("setup/core fill has run before and is not run again");
  });

  test("lets go what it held when it fails", async () => {
    const functions = {
      ...setup.functions,
      greet: async (ctx: ActionContext) => {
        await ctx.stopComponents();
        throw new Error("no");
      },
    };
    const stage = await runClean({ ...setup, functions });
    expect(stage.ended).toEqual({
      state: "FAILED",
      reason: "setup/post greet failed: no (actions.ts::greet)",
    });
    expect(stage.seen.slice(-2)).toEqual(['3.0.0 {"web":0,"worker":0}', "3.0.0 {}"]);
  });
});

describe("a delete with actions", () => {
  const farewell: StageOptions = {
    kind: "DELETE",
    flowOf: createDeleteFlow,
    actions: [at("delete/pre", "farewell")],
    functions: {
      farewell: () => {
        throw new Error("stay");
      },
    },
  };
  test("begins with them, and does not go on when they fail", async () => {
    const stage = await runClean({ ...farewell, payload: { first: false } });
    expect(stage.ended).toEqual({
      state: "FAILED",
      reason: "delete/pre farewell failed: stay (actions.ts::farewell)",
    });
    expect([...stage.steps.keys()]).toEqual(["delete/pre farewell"]);
  });
});
