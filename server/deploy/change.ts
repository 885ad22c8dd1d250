import type { Context } from "../../drivers/kit/index.ts";

export interface ChangeInput {
  /** The instance that is declared now. */
  before: { id: string; context: Context; digest: string };
  /** What would be declared, resolved for the instance before, so that only real differences show. */
  after: { context: Context; digest: string; secretsChanged: boolean };
  /** Whether the instance before runs, or a task that has not ended is to bring it about. */
  underWay: boolean;
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
