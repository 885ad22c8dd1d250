import type { StyrminDeployment } from "../../kube/styrmin-deployment.ts";
import { type Assessment, assess, type Observed } from "./assess.ts";
import type { Deps } from "./deps.ts";
import { wasReady } from "./status.ts";

/** What waits no longer than so is only starting, milliseconds. */
const patienceMs = 1500;
const [leastAgainMs, mostAgainMs] = [1500, 30_000];

/**
 * Asks the Events why objects wait that do not say it themselves. Answers the assessment with what they say, and
 * when to ask again: nothing wakes the operator when an Event comes. That Events cannot be read fails nothing.
 */
export async function askWhy(
  deps: Deps,
  resource: StyrminDeployment,
  { first, observed, mark }: { first: Assessment; observed: Observed; mark: string },
  signal: AbortSignal,
): Promise<{ assessment: Assessment; againMs: number }> {
  if (first.mute.size === 0) return { assessment: first, againMs: Number.POSITIVE_INFINITY };
  const ageMs = deps.starting.ageMs(resource, mark);
  if (ageMs < patienceMs) return { assessment: first, againMs: patienceMs - ageMs };
  const againMs = Math.min(Math.max(ageMs / 3, leastAgainMs), mostAgainMs);
  try {
    const warnings = await deps.warnings.of(first.mute, signal);
    return { assessment: assess(resource, { ...observed, warnings }, wasReady(resource)), againMs };
  } catch (thrown) {
    signal.throwIfAborted();
    deps.log.warn("Events cannot be read", { deployment: resource.metadata.name, error: thrown });
    return { assessment: first, againMs };
  }
}
