import { describe, expect, test } from "bun:test";
import {
  absentProblems,
  changedEntries,
  envVarProblems,
  overrideProblems,
  type Problem,
} from "../../drivers/kit/index.ts";
import { contextOf, specOf } from "./sample.ts";

const spec = specOf(`  components:
    web: { identifier: { label: { app: web } } }
    worker: { identifier: { label: { app: worker } } }
    idle: { identifier: { label: { app: idle } } }
  env_vars:
    - { name: LOG_LEVEL, components: [web, worker] }
    - { name: MOTTO, components: [web] }
  container_overrides:
    - { component: web, container: main, command: true, args: true }
    - { component: worker, container: main, args: true }
`);
const told = (problems: Problem[]) => problems.map(({ field, message }) => `${field} ${message}`);

// prettier-ignore
const variables: [given: Record<string, any>, ...says: string[]][] = [
  [{ web: { LOG_LEVEL: "DEBUG", MOTTO: 1 }, worker: { LOG_LEVEL: true } }],
  [{}],
  [{ wbe: { MOTTO: "x" } }, 'envVars.wbe is no component — did you mean "web"?'],
  [{ web: { LOGLEVEL: "x" } }, 'envVars.web.LOGLEVEL is no variable of the component web — did you mean "LOG_LEVEL"?'],
  [{ worker: { MOTTO: "x" } }, "envVars.worker.MOTTO is no variable of the component worker; there are LOG_LEVEL"],
  [{ idle: { A: "x" } }, "envVars.idle.A is no variable of the component idle: the driver documents none"],
  [{ web: { MOTTO: ["x"] } }, "envVars.web.MOTTO must be a text, a number, true or false"],
  [{ web: { MOTTO: null } }, "envVars.web.MOTTO must be a text, a number, true or false"],
  [{ web: { MOTTO: "a\0b", LOG_LEVEL: "\ud800" } }, "envVars.web.MOTTO must be a text, a number, true or false", "envVars.web.LOG_LEVEL must be a text, a number, true or false"],
  [{ web: "MOTTO=x" }, "envVars.web must be an object of values by name"],
];
// prettier-ignore
const overrides: [given: Record<string, any>, ...says: string[]][] = [
  [{ web: { main: { command: ["sh"], args: ["-c", "x"] } }, worker: { main: { args: [] } } }],
  [{ web: { man: { args: [] } } }, 'containerOverrides.web.man is no container of the component web that can be overridden — did you mean "main"?'],
  [{ idle: { main: { args: [] } } }, "containerOverrides.idle.main is no container of the component idle that can be overridden: the driver documents none"],
  [{ worker: { main: { command: ["sh"] } } }, "containerOverrides.worker.main cannot have its command overridden, only args"],
  [{ web: { main: { cmd: ["sh"] } } }, "containerOverrides.web.main cannot have its cmd overridden, only command and args"],
  [{ web: { main: { args: "sh" } } }, "containerOverrides.web.main args must be a list of texts"],
  [{ web: { main: { args: [1] } } }, "containerOverrides.web.main args must be a list of texts"],
  [{ web: { main: ["sh"] } }, "containerOverrides.web.main must be {command: [texts], args: [texts]}"],
  [{ nope: {} }, "containerOverrides.nope is no component; there are web, worker, idle"],
];

describe("what is set for a deployment is checked against what the driver documents:", () => {
  test.each(variables)("variables %j", (given, ...says) =>
    expect(told(envVarProblems(spec, given))).toEqual(says),
  );
  test.each(overrides)("overrides %j", (given, ...says) =>
    expect(told(overrideProblems(spec, given))).toEqual(says),
  );
});

describe("single changes", () => {
  const before: Record<string, any> = { web: { A: "1", B: "2" }, worker: { C: "3" } };
  const nested: Record<string, any> = { web: { main: { args: ["x"], command: ["y"] } } };

  test("set, leave and take away, with what is empty then", () => {
    expect(changedEntries(before, { web: { A: null, D: "4" }, worker: { C: null } })).toEqual({
      web: { B: "2", D: "4" },
    });
    expect(changedEntries(nested, { web: { main: { args: ["z"] } } })).toEqual({
      web: { main: { args: ["z"], command: ["y"] } },
    });
    expect(changedEntries(nested, { web: { main: null } })).toEqual({});
    expect(before).toEqual({ web: { A: "1", B: "2" }, worker: { C: "3" } });
  });

  test("say what is not there to be taken away", () => {
    expect(
      told(absentProblems(before, { web: { A: null, BB: null }, idle: { X: null } }, "changeEnvVars")),
    ).toEqual([
      'changeEnvVars.web.BB is not set, so it cannot be taken away — did you mean "B"?',
      "changeEnvVars.idle.X is not set, so it cannot be taken away; there is none",
    ]);
  });
});

test("null in an inner config takes away a variable of an outer one", () => {
  const { components } = contextOf(spec, {
    environment: { env_vars: { web: { MOTTO: "outer", LOG_LEVEL: "INFO" } } },
    deployment: { env_vars: { web: { MOTTO: null } } },
  });
  expect(components.web!.env_vars).toEqual([{ name: "LOG_LEVEL", value: "INFO" }]);
});
