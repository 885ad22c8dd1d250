import type { Settings } from "../settings.ts";

/** The longest that a call may wait for work, milliseconds. */
const maxWaitMs = 25_000;

/**
 * How long a call of an agent waits that may wait so long. Each poll of a waiting call says that the agent lives. Where
 * silence is noticed sooner than that helps, the agent is to ask again itself in time: to poll more often would also let one
 * seem alive that stands still and only holds its connection. Pure.
 */
export function waitFor(
  askedMs: number,
  { pollMs, silenceMs, takeoverMs }: Pick<Settings, "pollMs" | "silenceMs" | "takeoverMs">,
): number {
  const hearEveryMs = Math.min(silenceMs, takeoverMs) / 3;
  return Math.min(Math.max(askedMs, 0), pollMs <= hearEveryMs ? maxWaitMs : hearEveryMs);
}
