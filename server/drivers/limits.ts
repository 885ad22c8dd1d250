/** What loading a driver may take. */
export interface LoadLimits {
  /** From the first request to the last file, milliseconds. */
  timeMs: number;
  /** Resident memory of the process that loads, bytes. */
  memoryBytes: number;
  /** Everything that comes over the network, bytes. */
  wireBytes: number;
  files: number;
  fileBytes: number;
  totalBytes: number;
}

export const defaultLoadLimits: LoadLimits = {
  timeMs: 60_000,
  memoryBytes: 512 * 1024 * 1024,
  wireBytes: 64 * 1024 * 1024,
  files: 2_000,
  fileBytes: 1024 * 1024,
  totalBytes: 10 * 1024 * 1024,
};
