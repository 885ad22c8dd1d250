import { AppError } from "../../lib/errors.ts";
import { claimNextInquiry } from "../agents/inquiries.ts";
import { needCurrentEpoch, sayGoodbye, sayHello, touch } from "../agents/presence.ts";
import { reportDeployments, reportPods } from "../agents/reports.ts";
import { cleanJson, cleanText } from "../agents/clean.ts";
import { recordOutcome } from "../db/intents.ts";
import { type Lease, type LeaseWord, renewTask } from "../db/leases.ts";
import { appendLog, finishStep, startStep } from "../db/task-steps.ts";
import { isId } from "../db/sql.ts";
import { liveAmong } from "../db/tasks.ts";
import { pendingFor } from "../intent/pull.ts";
import { claimNext } from "../tasks/claim.ts";
import { endTask } from "../tasks/end.ts";
import { activateInstance, closeDeployment, releaseIntent } from "../tasks/lease.ts";
import { rollBack } from "../tasks/roll-back.ts";
import { releaseVersion } from "../tasks/versions.ts";
import type { RequestContext } from "./context.ts";
import type { MutationResolvers } from "./generated.ts";

type AgentMutation =
  | "agentHello"
  | "agentGoodbye"
  | "claimTask"
  | "renewTask"
  | "startTaskStep"
  | "finishTaskStep"
  | "appendTaskLog"
  | "finishTask"
  | "endedTasks"
  | "releaseIntent"
  | "rollBack"
  | "activateInstance"
  | "closeDeployment"
  | "pendingIntents"
  | "recordIntent"
  | "claimInquiry"
  | "reportPodStatuses"
  | "reportDeploymentStatuses";

const [maxNameLength, maxMessageLength, maxResultLength, maxLines] = [200, 4000, 256 * 1024, 1000];

/** What only agents may ask for; each for its own cluster. */
export const agentMutations: Pick<MutationResolvers, AgentMutation> = {
  agentHello: (_, { input }, context) => sayHello(context.deps, agentOf(context), input),
  agentGoodbye: (_, { epoch }, context) => sayGoodbye(context.deps, clusterOf(context), epoch),
  claimTask: async (_, { epoch, waitMs, request }, context) => {
    const { deps, signal } = context;
    const clusterId = clusterOf(context);
    return (
      (await claimNext(deps, {
        clusterId,
        epoch,
        waitMs: waitMs ?? 0,
        request: request == null ? null : cleanText(request, maxNameLength),
        signal,
      })) ?? null
    );
  },
  renewTask: (_, args, context) =>
    heard(context, renewTask(context.deps.sql, leaseOf(context, args), context.deps.settings.leaseMs)),
  startTaskStep: async (_, { name, ...args }, context) => {
    const answer = await startStep(context.deps.sql, leaseOf(context, args), checkedStep(name));
    await heard(context, Promise.resolve(answer.lease));
    return answer;
  },
  finishTaskStep: (_, { name, state, result, error, ...args }, context) => {
    if (state === "RUNNING") {
      throw new AppError("INVALID", "A step ends SUCCEEDED or FAILED, not RUNNING.", { field: "state" });
    }
    const step = {
      name: checkedStep(name),
      state,
      result: checkedResult(result),
      error: error == null ? null : cleanText(error, maxMessageLength),
    };
    return heard(context, finishStep(context.deps.sql, leaseOf(context, args), step));
  },
  appendTaskLog: (_, { lines, ...args }, context) => {
    const clean = lines.slice(0, maxLines).map(({ level, message }) => ({
      level: ["info", "warn", "error"].includes(level) ? level : "info",
      message: cleanText(message, maxMessageLength),
    }));
    return heard(context, appendLog(context.deps.sql, leaseOf(context, args), clean));
  },
  finishTask: (_, { state, reason, ...args }, context) => {
    if (state === "QUEUED" || state === "RUNNING") {
      throw new AppError("INVALID", `A task ends SUCCEEDED, FAILED or CANCELLED, not ${state}.`, {
        field: "state",
      });
    }
    const end = { state, reason: reason == null ? null : cleanText(reason, maxMessageLength) };
    return heard(context, endTask(context.deps, leaseOf(context, args), end));
  },
  endedTasks: async (_, { epoch, tasks }, context) => {
    const clusterId = clusterOf(context);
    await needCurrentEpoch(context.deps, clusterId, epoch);
    const asked = tasks.slice(0, maxLines);
    const live = await liveAmong(context.deps.sql, clusterId, asked.filter(isId));
    return asked.filter((id) => !live.includes(id));
  },
  releaseIntent: (_, { applicationVersion, ...args }, context) => {
    const lease = leaseOf(context, args);
    return applicationVersion == null
      ? releaseIntent(context.deps, lease)
      : releaseVersion(context.deps, lease, applicationVersion);
  },
  rollBack: (_, args, context) => rollBack(context.deps, leaseOf(context, args)),
  activateInstance: (_, args, context) =>
    heard(context, activateInstance(context.deps, leaseOf(context, args))),
  closeDeployment: (_, { kept, ...args }, context) => {
    const volumes = kept.slice(0, maxLines).map((name) => cleanText(name, 600));
    return heard(context, closeDeployment(context.deps, leaseOf(context, args), volumes));
  },
  pendingIntents: (_, { epoch, waitMs }, context) => {
    const { deps, signal } = context;
    return pendingFor(deps, { clusterId: clusterOf(context), epoch, waitMs: waitMs ?? 0, signal });
  },
  recordIntent: async (_, { epoch, input }, context) => {
    const clusterId = clusterOf(context);
    await needCurrentEpoch(context.deps, clusterId, epoch);
    await touch(context.deps, clusterId);
    const { deploymentId, generation } = input;
    if (!isId(deploymentId)) return false;
    const [uid, error] = [input.uid, input.error].map((text) =>
      text == null ? null : cleanText(text, 2000),
    );
    return recordOutcome(context.deps.sql, { clusterId, deploymentId, generation, uid, error });
  },
  claimInquiry: async (_, { epoch, waitMs }, context) => {
    const { deps, signal } = context;
    const clusterId = clusterOf(context);
    return (await claimNextInquiry(deps, { clusterId, epoch, waitMs: waitMs ?? 0, signal })) ?? null;
  },
  reportPodStatuses: (_, { input }, context) => reportPods(context.deps, clusterOf(context), input),
  reportDeploymentStatuses: (_, { input }, context) =>
    reportDeployments(context.deps, clusterOf(context), input),
};

const clusterOf = (context: RequestContext): string => agentOf(context).clusterId;

function agentOf({ caller }: RequestContext) {
  if (caller.kind === "agent") return caller;
  throw new AppError(
    "UNAUTHENTICATED",
    "Only agents may ask for this: send the agent's token as a bearer token.",
  );
}

function leaseOf(context: RequestContext, { task, token }: { task: string; token: string }): Lease {
  return { clusterId: clusterOf(context), taskId: task, token };
}

/** A write whose lease holds says that the agent lives; one that lost it may come from a life that is over. */
async function heard(context: RequestContext, writing: Promise<LeaseWord>): Promise<LeaseWord> {
  const lease = await writing;
  if (lease !== "LOST") await touch(context.deps, clusterOf(context));
  return lease;
}

function checkedStep(name: string): string {
  if (name.length > 0 && name.length <= maxNameLength && name === cleanText(name, maxNameLength)) return name;
  throw new AppError("INVALID", `A step's name is a text of 1 to ${maxNameLength} characters.`, {
    field: "name",
  });
}

/** A result is reused by later runs of the task, so one that cannot be kept whole is refused and never cut. */
function checkedResult(result: unknown): unknown {
  if (result === null || result === undefined) return null;
  if (JSON.stringify(result).length <= maxResultLength) return cleanJson(result, maxResultLength);
  const text = `A step's result is JSON of ${maxResultLength / 1024} KiB at most; keep larger things elsewhere.`;
  throw new AppError("LIMIT", text, { field: "result" });
}
