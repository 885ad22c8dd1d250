import type { Context } from "../../drivers/kit/index.ts";

export interface ChangeInput {
  /** The instance that is declared now. */
  before: { id: string; context: Context; digest: string };
  /** What would be declared, resolved for the instance before, so that only real differences show. */
  after: { context: Context; digest: string; secretsChanged: boolean };
  /** Whether the instance before runs, or a task that has not ended is to bring it about. */
  underWay: boolean;
}

/** What an upgrade changes: two versions, of the driver and of the application. */
export interface Versions {
  driverVersionId: string;
  applicationVersion: string;
}

/** Which versions a change changes. */
export type Changes = Record<"application" | "driver", boolean>;

/**
 * Which versions differ from those of the instance that runs, or of one that a task is bringing about: with any the
 * change is an UPGRADE, else a DEPLOY, and so for what never ran. Pure.
 */
export function changesOf(
  after: Versions,
  { active, begun }: { active: Versions | undefined; begun: Versions[] },
): Changes {
  const before = active ? [active, ...begun] : [];
  return {
    application: before.some((one) => one.applicationVersion !== after.applicationVersion),
    driver: before.some((one) => one.driverVersionId !== after.driverVersionId),
  };
}

/**
 * What an update comes to: `none` when the very same is declared and runs or is under way; `again` when the same is
 * declared but its flow failed or was cancelled; `change` otherwise. Pure.
 */
export function kindOfChange({ before, after, underWay }: ChangeInput): "none" | "again" | "change" {
  const same =
    !after.secretsChanged && before.digest === after.digest && Bun.deepEquals(before.context, after.context);
  if (!same) return "change";
  return underWay ? "none" : "again";
}
