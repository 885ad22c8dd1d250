import { afterEach, expect, test } from "bun:test";
import { startSession } from "../../agent/session/session.ts";
import { createClient } from "../../clients/sdk/index.ts";
import { createLog } from "../../lib/log.ts";
import { eventually } from "../helpers/eventually.ts";
import { pace } from "../helpers/pace.ts";

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** A session with a server that answers each hello by the next of these, and the last one for ever. */
function sessionWith(answers: object[]) {
  let hellos = 0;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => Response.json(answers[Math.min(hellos++, answers.length - 1)]),
  });
  const lines: string[] = [];
  const stop = new AbortController();
  const client = createClient({ url: server.url.href });
  const log = createLog({}, (line) => lines.push(line));
  const session = startSession({ client, instanceId: "pod-2", version: "1.3.0", log, signal: stop.signal });
  stops.push(() => {
    stop.abort(new Error("the test is over"));
    void server.stop(true);
  });
  return { session, lines, hellos: () => hellos };
}

const refusal = (field: string) => ({
  errors: [{ message: "Another agent is alive.", extensions: { code: "CONFLICT", field } }],
});
const welcome = (notice: string | null) => ({
  data: {
    agentHello: {
      epoch: 7,
      clusterId: "c",
      clusterName: "lab",
      intent: "PULL",
      leaseMs: 1,
      renewMs: 1,
      notice,
    },
  },
});

test("an agent that finds another alive stands by, tells it once, and is there a second after that has gone", async () => {
  const { session, lines, hellos } = sessionWith([
    refusal("instanceId"),
    refusal("instanceId"),
    welcome(null),
  ]);
  await eventually("it stands by", () => session.health().lastSuccessAt);
  expect(session.current()).toBeUndefined();
  const from = performance.now();
  expect((await session.ready(AbortSignal.timeout(10_000))).epoch).toBe(7);
  expect(performance.now() - from).toBeLessThan(4_000 * pace());
  expect(hellos()).toBe(3);
  expect(lines.filter((line) => line.includes("stand by"))).toHaveLength(1);
  expect(lines.join()).not.toContain("failed");
});

test("an agent that is refused for another reason does not count as standing by", async () => {
  const { session, hellos } = sessionWith([refusal("version")]);
  await eventually("it has asked", () => hellos() > 0 && session.health().failures > 0);
  expect(session.health().lastSuccessAt).toBeNull();
});

test("what the server has to say of an agent's version is in the agent's log", async () => {
  const { session, lines } = sessionWith([welcome("Agent 1.3.0 is a minor version older")]);
  await session.ready(AbortSignal.timeout(10_000));
  await eventually("it is told", () => lines.some((line) => line.includes("a minor version older")));
});
