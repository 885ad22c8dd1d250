import { writeDeploymentStatuses } from "../db/deployment-statuses.ts";
import { writePods } from "../db/pod-statuses.ts";
import {
  acceptSame,
  lockReport,
  recordReport,
  type ReportedKind,
  type ReportHead,
  type Written,
} from "../db/reports.ts";
import { type Queries, transaction } from "../db/sql.ts";
import type { Deps } from "../deps.ts";
import type {
  DeploymentStatusReportInput,
  PodStatusReportInput,
  ReportAnswer,
  ReportScopeInput,
} from "../graphql/generated.ts";
import { AppError } from "../../lib/errors.ts";
import { cleanDeployments, cleanPods, cleanText } from "./clean.ts";
import { touch } from "./presence.ts";

/** Takes the pods that an agent saw. */
export async function reportPods(
  deps: Deps,
  clusterId: string,
  input: PodStatusReportInput,
): Promise<ReportAnswer> {
  return takeReport(deps, headOf(clusterId, "PODS", input), input, (tx, head, removed) => {
    const pods = cleanPods(input.pods);
    return counted(input.pods.length - pods.length, writePods(tx, head, pods, removed));
  });
}

/** Takes the resources that an agent saw. */
export async function reportDeployments(
  deps: Deps,
  clusterId: string,
  input: DeploymentStatusReportInput,
): Promise<ReportAnswer> {
  const head = { ...headOf(clusterId, "DEPLOYMENTS", input), blind: blindOf(input) };
  return takeReport(deps, head, input, (tx, head, removed) => {
    const deployments = cleanDeployments(input.deployments);
    return counted(
      input.deployments.length - deployments.length,
      writeDeploymentStatuses(tx, head, deployments, removed),
    );
  });
}

type Input = PodStatusReportInput | DeploymentStatusReportInput;
const nothing = { written: 0, pruned: 0, ignored: 0 };

/**
 * Takes a report only of the current epoch and with a newer sequence; a delta and a same only on top of the report
 * they name. Everything else writes nothing.
 */
async function takeReport(
  deps: Deps,
  head: ReportHead,
  { kind, removed }: Input,
  write: (tx: Queries, head: ReportHead, removed?: readonly string[]) => Promise<Written>,
): Promise<ReportAnswer> {
  await touch(deps, head.clusterId);
  if (kind === "SAME" && (await acceptSame(deps.sql, head))) return { outcome: "ACCEPTED", ...nothing };
  return transaction(deps.sql, async (tx): Promise<ReportAnswer> => {
    const last = await lockReport(tx, head);
    const isNewer = head.epoch > last.epoch || (head.epoch === last.epoch && head.sequence > last.sequence);
    if (!last.current || !isNewer) return { outcome: "STALE", ...nothing };
    if (kind !== "FULL" && (last.digest === null || last.digest !== head.base)) {
      return { outcome: "NEED_FULL", ...nothing };
    }
    const gone = kind === "FULL" ? undefined : kind === "SAME" ? [] : (removed ?? []);
    const written = kind === "SAME" ? nothing : await write(tx, head, gone);
    await recordReport(tx, head);
    return {
      outcome: "ACCEPTED",
      written: written.written,
      pruned: written.pruned,
      ignored: written.ignored,
    };
  });
}

/** What an agent cannot see; one that is older does not say. */
function blindOf({ blind }: DeploymentStatusReportInput): ReportHead["blind"] {
  return blind?.slice(0, maxBlind).map(({ kind, namespace, reason, forMs }) => ({
    kind: cleanText(kind, 300),
    namespace: namespace == null ? null : cleanText(namespace, 300),
    reason: cleanText(reason, 1000),
    forMs: Math.max(0, forMs),
  }));
}

const [maxScopes, digestLength, maxBlind] = [10_000, 200, 100];

function headOf(clusterId: string, kind: ReportedKind, input: Input): ReportHead {
  const { epoch, sequence, base, scopes } = input;
  if (sequence < 0 || scopes.length > maxScopes || input.digest.length > digestLength) {
    const text = `A report has a sequence of 0 at least, ${maxScopes} scopes and a digest of ${digestLength} characters at most.`;
    throw new AppError("INVALID", text, { field: "input" });
  }
  const named = (complete: boolean) =>
    scopes.filter((scope) => scope.namespace != null && scope.complete === complete);
  const names = (those: ReportScopeInput[]) => those.map((scope) => cleanText(scope.namespace!, 300));
  const unnamed = scopes.filter((scope) => scope.namespace == null);
  const all = unnamed.length > 0 && unnamed.every((scope) => scope.complete);
  const partial = names(named(false));
  const whole = names(named(true)).filter((name) => !partial.includes(name));
  // After a report that did not see everything the server's rows are not the agent's view: the next must be full.
  const complete = scopes.length > 0 && scopes.every((scope) => scope.complete);
  const digest = complete ? cleanText(input.digest, digestLength) : null;
  return {
    clusterId,
    kind,
    epoch,
    sequence,
    base: base == null ? null : cleanText(base, digestLength),
    digest,
    all,
    whole,
    partial,
    blind: undefined,
  };
}

async function counted(left: number, writing: Promise<Written>): Promise<Written> {
  const written = await writing;
  return { ...written, ignored: written.ignored + left };
}
