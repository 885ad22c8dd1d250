import type { PackLimits } from "../git/pack.ts";

/** What loading a driver may take. Errors call each by the name that stands in docs/drivers/git.md. */
export interface LoadLimits extends PackLimits {
  /** From the first request to the last file, milliseconds. */
  timeMs: number;
  /** The longest silence of the server, milliseconds. */
  silenceMs: number;
  /** Resident memory of the process that loads, bytes. */
  memoryBytes: number;
  /** Everything that comes over the network, bytes. */
  wireBytes: number;
  /** Files and folders that are looked at, each as often as it is named. */
  entries: number;
  /** Of one driver. */
  files: number;
  fileBytes: number;
  totalBytes: number;
  /** Drivers of one repository that a scan tells of. */
  drivers: number;
  /** Of all files of those drivers; also of a driver's files in all earlier commits that one load takes. */
  scanBytes: number;
  /** How far back a followed branch is looked through for the commit that was loaded last. */
  history: number;
  /** Commits of a followed branch that one load takes, the newest. */
  commits: number;
}

const MiB = 1024 * 1024;

export const defaultLoadLimits: LoadLimits = {
  // Less than the 60 s after which the server closes a connection on which nothing is said.
  timeMs: 50_000,
  silenceMs: 20_000,
  memoryBytes: 512 * MiB,
  wireBytes: 64 * MiB,
  objects: 200_000,
  objectBytes: 64 * MiB,
  inflatedBytes: 192 * MiB,
  deltaDepth: 250,
  entries: 200_000,
  files: 2_000,
  fileBytes: MiB,
  totalBytes: 10 * MiB,
  drivers: 100,
  scanBytes: 20 * MiB,
  history: 1_000,
  commits: 50,
};
