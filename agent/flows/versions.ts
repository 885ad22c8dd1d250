import type { FlowContext } from "./run.ts";

export interface Versions {
  driverVersionId: string;
  applicationVersion: string;
  driverVersion: string;
}

/** What runs, and what is to run, as the server puts it into the payload of an upgrade. */
export function versionsOf({ task }: FlowContext): { from: Versions; to: Versions } {
  return task.payload as unknown as { from: Versions; to: Versions };
}
