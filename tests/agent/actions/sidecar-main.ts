// What the agent's container of the test's pod runs: the hostile actions against the sidecar beside it. One line of JSON
// for each, and then it stays, as an agent would.
import { existsSync } from "node:fs";
import { createActionRunner } from "../../../agent/actions/create.ts";
import { silentLog } from "../../../lib/log.ts";
import { type HostileOutcome, hostileCases, runHostile } from "./hostile.ts";
import { mistold } from "./mistakes.ts";

const runner = createActionRunner({ socket: process.env.STYRMIN_ACTION_SOCKET, log: silentLog });
let reached = 0;
const listener = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response(String(++reached)) });

const ready = async () => (await runner.run(...trial()).catch(() => undefined)) !== undefined;
for (let tries = 0; tries < 300 && !(await ready()); tries++) await Bun.sleep(200);

for (const { name, outcomes } of await runHostile(runner, listener.port!, 2)) {
  const known = hostileCases.find((one) => one.name === name);
  print({ name, held: known?.held(outcomes.at(-1)!, outcomes), saw: outcomes.map(short) });
}
const token = existsSync("/var/run/secrets/kubernetes.io/serviceaccount/token");
print({ name: "the agent", token, reached, mistold: await mistold(runner) });
print({ end: true });
setInterval(() => {}, 60_000);

function trial() {
  const files = { "actions.ts": Buffer.from("export const go = () => 1;") };
  const job = { files, location: "actions.ts::go", context: {} as never, prompts: {}, timeoutMs: 10_000 };
  return [job, async () => null, new AbortController().signal] as const;
}

function short({ result, failure, message, calls, tookMs }: HostileOutcome["outcomes"][number]) {
  const told = JSON.stringify(result ?? null);
  return {
    result: told.length < 2_000 ? (result ?? null) : told.slice(0, 200),
    failure,
    message,
    calls: calls.length,
    tookMs,
  };
}

function print(line: unknown): void {
  console.log(JSON.stringify(line));
}
