import { renameSync, rmSync, writeFileSync } from "node:fs";

/** What scripts may know of a run. It is there while everything has been ready once, and gone after the end. */
export interface RunFile {
  serverUrl: string;
  kubeconfig: string;
  /** The context of it that counts; null for its current one. */
  context: string | null;
  /** The port on which the applications answer by their Host names; null on a cluster of the user's own. */
  ingressPort: number | null;
  pids: {
    supervisor: number;
    server: number;
    agent: number;
    /** Null when DATABASE_URL names another one. */
    postgres: number | null;
    /** Null with `--kubeconfig`. */
    cluster: number | null;
  };
}

/** Replaces the file at once: a reader sees the old or the new one, never half of it. */
export function writeRunFile(path: string, run: RunFile): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(run, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function removeRunFile(path: string): void {
  rmSync(path, { force: true });
}
