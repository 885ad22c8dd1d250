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

/** Which of the two versions an upgrade changes. */
export type Changes = Record<"application" | "driver", boolean>;

export const changesOf = (from: Versions, to: Versions): Changes => ({
  application: from.applicationVersion !== to.applicationVersion,
  driver: from.driverVersionId !== to.driverVersionId,
});
