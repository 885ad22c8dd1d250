// The program that runs drivers' actions. It only wires: arguments, barriers, the socket, signals.
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { wholeNumber } from "../../lib/env.ts";
import { landlockVersion } from "../../lib/landlock.ts";
import { openLibc, prctl } from "../../lib/libc.ts";
import { removeTree } from "./folder.ts";
import { pingRunner, serveRuns } from "./serve.ts";
import { hasFilter } from "./seccomp.ts";
import { createStrays } from "./strays.ts";

const graceMs = 10_000;
const { values } = parseArgs({
  args: process.argv.slice(2).filter((word) => word !== "action-runner"),
  options: {
    socket: { type: "string", default: "/run/styrmin-actions/runner.sock" },
    work: { type: "string", default: "/tmp/styrmin-actions" },
    // How many runs go side by side. The sidecar's is set where its memory is: k8s/agent/deployment.yaml.
    "at-once": { type: "string", default: "2" },
    // Asks the runner that listens there, and ends with 0 when it answers: what the pod's probes do.
    check: { type: "boolean", default: false },
    // For tests of what still holds without a barrier.
    without: { type: "string", multiple: true, default: [] },
  },
});

const atOnce = placesOf(values["at-once"]);
if (values.check) process.exit((await pingRunner(values.socket, 4_000)) ? 0 : 1);

const libc = values.without.includes("launch") ? undefined : libcHere();
// Nobody of the same user looks into this process; and orphans of actions become its children, whom it ends.
libc?.prctl(prctl.dumpable, 0, 0, 0, 0);
libc?.prctl(prctl.childSubreaper, 1, 0, 0, 0);
const barriers = {
  launch: libc !== undefined,
  landlock: libc !== undefined && landlockVersion(libc) > 0 && !values.without.includes("landlock"),
  seccomp: libc !== undefined && hasFilter(libc, process.arch) && !values.without.includes("seccomp"),
};
mkdirSync(values.work, { recursive: true, mode: 0o700 });
for (const left of readdirSync(values.work)) removeTree(join(values.work, left));

const runs = new Set<number>();
const deps = { work: values.work, barriers, runs, strays: createStrays(libc, runs) };
const server = await serveRuns(deps, values.socket, atOnce);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void end());
process.stdout.write(`${JSON.stringify({ ready: true, barriers })}\n`);

/** The agent is being ended as well, and ends its runs in order; whatever is left then dies with this process. */
async function end(): Promise<void> {
  server.close();
  for (const until = performance.now() + graceMs; runs.size > 0 && performance.now() < until;)
    await Bun.sleep(50);
  for (const pid of runs) process.kill(pid, "SIGKILL");
  process.exit(0);
}

/** Ends the program, with a sentence, for what is no number of places. */
function placesOf(text: string): number {
  try {
    return wholeNumber(1, 32)(text);
  } catch (thrown) {
    process.stderr.write(`action-runner: --at-once ${(thrown as Error).message}\n`);
    process.exit(2);
  }
}

/** Undefined on a system that is not Linux with glibc. */
function libcHere() {
  try {
    return openLibc();
  } catch {
    return undefined;
  }
}
