/**
 * What the runner starts for each run: a process that takes from itself everything an action must not have, and then
 * becomes the action's process. It does so before a line of the driver's code is read. Its argument is a `Launch`.
 */
import { join } from "node:path";
import type { ActionLimits } from "../actions/runner.ts";
import { channel } from "./channel.ts";
import { confineFiles } from "../../lib/landlock.ts";
import { dropCapabilities, type Libc, openLibc, prctl } from "../../lib/libc.ts";
import { setHardLimits, withMemoryLimit } from "./limits.ts";
import { forbidCalls } from "./seccomp.ts";

export interface Launch {
  command: string[];
  /** The run's own folder: the driver's files in `driver`, and `tmp`, where the action may write. */
  folder: string;
  /** What the command's program must read beside the system's libraries. */
  programs: string[];
  limits: ActionLimits;
  barriers: Barriers;
}

/** Which barriers of the kernel stand; the runner has tried them. */
export interface Barriers {
  /** A process can give up rights before it becomes the action's: everything below needs it. */
  launch: boolean;
  landlock: boolean;
  seccomp: boolean;
}

const system = ["/usr", "/lib", "/lib64", "/lib32", "/bin", "/proc", "/etc/ld.so.cache", "/etc/localtime"];
const devices = ["/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"];
const kill = 9;

confine(openLibc(), JSON.parse(process.argv.at(-1)!) as Launch);

function confine(libc: Libc, { command, folder, programs, limits, barriers }: Launch): void {
  const pid = process.pid;
  // What the runner reads as messages becomes the channel; what is printed, on 1 or 2, is what it reads as text.
  libc.dup2(1, channel);
  libc.dup2(2, 1);
  libc.prctl(prctl.parentDeathSignal, kill, 0, 0, 0);
  libc.nice(5);
  setHardLimits(libc, limits);
  libc.prctl(prctl.noNewPrivileges, 1, 0, 0, 0);
  dropCapabilities(libc);
  if (barriers.landlock)
    confineFiles(libc, {
      read: [...system, ...devices, ...programs, folder],
      write: [join(folder, "tmp"), "/dev/null"],
    });
  if (barriers.seccomp && !forbidCalls(libc, process.arch, pid))
    throw new Error("seccomp refused the filter");
  const whole = withMemoryLimit(command, limits);
  libc.become(whole[0]!, whole, environment(join(folder, "tmp")));
  throw new Error(`cannot become ${whole[0]}`);
}

/** All variables an action sees. */
function environment(tmp: string): Record<string, string> {
  return {
    HOME: tmp,
    TMPDIR: tmp,
    PATH: "/usr/local/bin:/usr/bin:/bin",
    TZ: "UTC",
    // Nothing that an action leaves may be what the next one runs.
    BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0",
    DO_NOT_TRACK: "1",
  };
}
