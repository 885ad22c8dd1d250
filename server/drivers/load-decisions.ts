import type { AppError } from "../../lib/errors.ts";
import type { SkippedCommits } from "../db/sources.ts";
import type { FoundSince } from "./git.ts";

/** What cannot be loaded for want of the network is tried again after this, then twice as long, an hour at most. */
const [againMs, longestAgainMs] = [15_000, 60 * 60_000];
/**
 * So often the commits before the last one are tried again, almost four minutes long: a pipeline may need that to publish
 * the chart of a commit. Then they are passed over, so that they hold up the last one no longer.
 */
const patience = 4;

/**
 * Whether what is wrong may pass. What is wrong with a driver stays wrong until another commit. But a chart may not be
 * published yet, and a proxy answers for a git server that is started again: neither was asked of the commit itself. Pure.
 */
export const mayPass = ({ code, field }: AppError): boolean =>
  code === "UNAVAILABLE" ||
  code === "FORBIDDEN" ||
  (code === "NOT_FOUND" && (field === "helm" || field === "url"));

/** After how many milliseconds to try again what has failed `failures` times before. Pure. */
export const againIn = (failures: number): number =>
  Math.min(longestAgainMs, againMs * 2 ** Math.min(failures, 20));

/** Whether to try again before anything newer is loaded. Pure. */
export const isWorthWaiting = (error: AppError, failures: number): boolean =>
  mayPass(error) && failures < patience;

/** Which commits were not read, for people; null when all were. `since` was loaded before, `tip` is the last. Pure. */
export function skippedOf(found: FoundSince, since: string, tip: string): SkippedCommits | null {
  const unknown = { count: null, from: null, to: null };
  const only = `Only ${short(tip)} was loaded.`;
  if (found.state === "UNRELATED") {
    const text = `The branch was set to another history: ${short(since)}, which was loaded before, is not in that of ${short(tip)}. ${only}`;
    return { ...unknown, message: text };
  }
  if (found.state === "OPEN") {
    const why = found.error
      ? `cannot be read: ${found.error.message}`
      : `does not show ${short(since)}, which was loaded before, as far as it is looked through (limit: history).`;
    return { ...unknown, message: `The history of ${short(tip)} ${why} ${only}` };
  }
  if (!found.leftOut) return null;
  const { limit, ...left } = found.leftOut;
  const which =
    left.count === 1
      ? `Commit ${short(left.to)} was`
      : `${left.count} commits, ${short(left.from)} to ${short(left.to)}, were`;
  const text = `${which} not loaded, as one load takes no more (limit: ${limit}). A commit can be loaded by hand: \`drivers load-version URL COMMIT\`.`;
  return { ...left, message: text };
}

const short = (commit: string) => commit.slice(0, 12);
