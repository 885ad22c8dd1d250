import { AppError } from "../../lib/errors.ts";
import { newId } from "../../lib/names.ts";
import { claimInquiry, insertInquiry, type InquiryRow, removeInquiry } from "../db/inquiries.ts";
import type { Deps } from "../deps.ts";
import type { Wait } from "../tasks/claim.ts";
import { needCurrentEpoch, touch } from "./presence.ts";
import type { AnswerLine } from "./relay.ts";
import { waitFor } from "./waits.ts";

/** Hands the oldest open inquiry to an agent, waiting for one as long as is asked. */
export async function claimNextInquiry(deps: Deps, wait: Wait): Promise<InquiryRow | undefined> {
  const { clusterId, epoch, signal } = wait;
  await needCurrentEpoch(deps, clusterId, epoch);
  const waitMs = waitFor(wait.waitMs, deps.settings);
  const { pollMs } = deps.settings;
  return deps.changes.until(
    `inquiry:${clusterId}`,
    { waitMs, pollMs, ...(signal ? { signal } : {}) },
    async () => {
      const inquiry = await claimInquiry(deps.sql, { clusterId, epoch });
      if (inquiry) return inquiry;
      await needCurrentEpoch(deps, clusterId, epoch);
      await touch(deps, clusterId);
      return undefined;
    },
  );
}

export interface LogsQuestion {
  namespace: string;
  deploymentId: string;
  component: string | null;
  pod: string | null;
  container: string | null;
  tailLines: number;
  sinceSeconds: number | null;
  follow: boolean;
}

/**
 * Asks a cluster's agent for logs and yields the lines as they come. Throws UNAVAILABLE when the agent does not begin
 * to answer in time, or could not. The answer comes back to this process alone and is not kept.
 */
export async function* askForLogs(
  deps: Deps,
  { clusterId, clusterName }: { clusterId: string; clusterName: string },
  question: LogsQuestion,
  signal: AbortSignal,
): AsyncGenerator<AnswerLine> {
  const id = newId();
  const answer = deps.relay.expect(id);
  const { inquiryMs } = deps.settings;
  const late = new AbortController();
  const timer = setTimeout(() => !answer.begun() && late.abort(), inquiryMs);
  const stop = AbortSignal.any([signal, late.signal]);
  try {
    await insertInquiry(deps.sql, { id, clusterId, kind: "logs", question, expiresInMs: inquiryMs });
    for (;;) {
      const line = await answer.next(stop);
      if (line === undefined) break;
      yield line;
    }
    if (late.signal.aborted && !signal.aborted) {
      const text = `The agent of cluster ${clusterName} did not answer within ${inquiryMs / 1000} s; see whether it is connected, and try again.`;
      throw new AppError("UNAVAILABLE", text);
    }
  } finally {
    clearTimeout(timer);
    answer.close();
    await removeInquiry(deps.sql, id).catch(() => {});
  }
}
