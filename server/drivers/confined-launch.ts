/**
 * What the server starts for a child that reads what others wrote: it takes all files but programs from itself, and
 * capabilities, and becomes the child. In the child itself it would be too late: both hold for a thread, and Bun has
 * several by then. Its argument is a `Confined`. Ends with 97 (`notConfined`) when it cannot.
 */
import { confineFiles } from "../../lib/landlock.ts";
import { dropCapabilities, openLibc, prctl } from "../../lib/libc.ts";

export interface Confined {
  command: string[];
  /** Files and folders that may be read. */
  read: string[];
  /** Folders whose names may be seen, without what is in the files. */
  list: string[];
}

const kill = 9;

try {
  const { command, ...access } = JSON.parse(process.argv.at(-1)!) as Confined;
  const libc = openLibc();
  libc.prctl(prctl.parentDeathSignal, kill, 0, 0, 0);
  libc.prctl(prctl.noNewPrivileges, 1, 0, 0, 0);
  dropCapabilities(libc);
  confineFiles(libc, { ...access, write: [], connect: true });
  libc.become(command[0]!, command, {});
} finally {
  process.exit(97);
}
