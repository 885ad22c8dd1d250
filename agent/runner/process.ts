import { programCommand, readable } from "../actions/program.ts";
import type { WireJob } from "../actions/messages.ts";
import type { ActionFailure } from "../actions/runner.ts";
import { channel } from "./channel.ts";
import type { RunFolder } from "./folder.ts";
import type { Barriers, Launch } from "./launch.ts";
import { megabytes } from "./megabytes.ts";

/** Starts the process of a run, which gives up its rights before it reads a line of the driver. */
export function spawn({ barriers }: { barriers: Barriers }, { limits }: WireJob, folder: RunFolder) {
  const launch: Launch = {
    command: programCommand("action-child"),
    folder: folder.path,
    programs: [process.execPath, ...readable()],
    limits,
    barriers,
  };
  const command = barriers.launch
    ? [...programCommand("action-launch"), JSON.stringify(launch)]
    : ["bash", "--norc", "-c", `exec "$@" ${channel}>&1 1>&2`, "action", ...launch.command];
  return Bun.spawn(command, { cwd: "/", env: {}, detached: true, stdio: ["pipe", "pipe", "pipe"] });
}

/** Why a process ended that had not said how it went. */
export function endOf(
  child: ReturnType<typeof spawn>,
  cpuSeconds: number,
  fileBytes: number,
): [ActionFailure, string] {
  const { exitCode, signalCode } = child;
  const usedSeconds = Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1e6;
  if (signalCode === "SIGKILL" && usedSeconds >= cpuSeconds - 1)
    return ["timeout", `used up its ${cpuSeconds} s of processor time.`];
  if (signalCode === "SIGXFSZ") return ["output", `wrote a file of more than ${megabytes(fileBytes)}.`];
  if (signalCode) return ["crashed", `was ended by ${signalCode} before it returned.`];
  return ["crashed", `ended its process with exit code ${exitCode} before it returned.`];
}

/** Ends a process and its group, if they are there. */
export function kill(pid: number): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, "SIGKILL");
    } catch {}
  }
}
