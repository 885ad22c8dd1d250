import type { ObservedCondition } from "../db/deployment-statuses.ts";
import type { StatusFactsRow } from "../db/status-facts.ts";
import { blockedText, placeText } from "./blocked.ts";

export type StatusWord = "DELETING" | "UNKNOWN" | "FAILED" | "STOPPED" | "DEPLOYING" | "DEGRADED" | "RUNNING";

export interface Status {
  word: StatusWord;
  reason: string;
  /** The word that held when the agent was last heard; null while it is heard. */
  lastKnown: StatusWord | null;
}

/** The facts without the row's id. */
export type StatusFacts = Omit<StatusFactsRow, "deploymentId">;

/** The one word for how a deployment is: the first that holds. Pure; ages are in the facts. */
export function statusOf(facts: StatusFacts, silenceMs: number): Status {
  if (facts.phase === "DELETING") return { word: "DELETING", reason: deletingReason(facts), lastKnown: null };
  const known = knownStatus(facts);
  const silence = silenceOf(facts, silenceMs);
  if (silence !== undefined) return { word: "UNKNOWN", reason: silence, lastKnown: known.word };
  return { ...known, reason: withNoteOfDelete(known.reason, facts), lastKnown: null };
}

/** Whoever asked for a delete should not take what runs for what was never to go. */
const withNoteOfDelete = (reason: string, { notDeleted }: StatusFacts) =>
  notDeleted === null
    ? reason
    : `${reason.replace(/\.?$/, ".")} ${sentence("The last delete failed", notDeleted)}`;

/**
 * How what is in the cluster is: the status as if the last deploy or upgrade had not failed, which a start, a stop or a
 * scaling does not mend, and not FAILED for what the operator tries again by itself. Pure.
 */
export function resourceStatusOf(all: StatusFacts, silenceMs: number): Status {
  const conditions = all.conditions?.filter((one) => !passes(one)) ?? null;
  const facts = { ...all, conditions, notDeleted: null };
  const { phase, taskState, releasedGeneration } = facts;
  const hasFailed = taskState === "FAILED" || taskState === "CANCELLED";
  if (phase === "DELETING" || !hasFailed) return statusOf(facts, silenceMs);
  if (releasedGeneration > 0)
    return statusOf({ ...facts, taskKind: null, taskState: null, taskReason: null }, silenceMs);
  // That task is why nothing is there.
  if (phase === "RUNNING") return statusOf(facts, silenceMs);
  return { word: "STOPPED", reason: "Nothing of it was ever brought about.", lastKnown: null };
}

/** Whether a condition is a stall that ends by itself: the server puts it right, or somebody grants a right. */
const passes = ({ type, reason }: ObservedCondition) =>
  type === "Stalled" && (reason === "EditedByHand" || reason === "MissingRight");

type Known = Omit<Status, "lastKnown">;

/** The word as if what is known were fresh. */
function knownStatus(facts: StatusFacts): Known {
  const failed = failure(facts);
  if (failed !== undefined) return { word: "FAILED", reason: failed };
  if (facts.silentMs === null) {
    return {
      word: "DEPLOYING",
      reason: "The cluster's agent was never seen; it takes the task up when it comes.",
    };
  }
  const ready = condition(facts, "Ready");
  const isStopped =
    facts.phase === "STOPPED" && facts.observedPhase === "Stopped" && ready?.status === "True";
  if (isStopped && isCaughtUp(facts)) return { word: "STOPPED", reason: "It is stopped, as wanted." };
  const behind = whatIsBehind(facts);
  if (behind !== undefined) return { word: "DEPLOYING", reason: behind };
  if (facts.phase === "STOPPED") return { word: "DEPLOYING", reason: said(ready, "It is being stopped.") };
  if (ready?.status !== "True") return { word: "DEGRADED", reason: said(ready, "Not all of it is ready.") };
  const unwell = unwellComponent(facts);
  if (unwell) {
    const reason = `Component ${unwell.name} has ${unwell.ready} of ${unwell.desired} replicas ready.`;
    return { word: "DEGRADED", reason };
  }
  return { word: "RUNNING", reason: "It is as declared, and well." };
}

/** The flows that bring an instance about, as people call them. */
const changes = { DEPLOY: "deploy", UPGRADE: "upgrade", DELETE: null, TEST: null } as const;

function failure(facts: StatusFacts): string | undefined {
  const { taskKind, taskState, taskReason, instanceId, activeInstanceId } = facts;
  const change = taskKind && changes[taskKind];
  if (change && taskState === "FAILED")
    return sentence(`${whatRuns(facts)} last ${change} failed`, taskReason);
  if (change && taskState === "CANCELLED" && instanceId !== activeInstanceId) {
    return `${sentence(`The last ${change} was cancelled`, taskReason)} Update the deployment to try again.`;
  }
  const stalled = condition(facts, "Stalled");
  // A flow that has not yet released its intent is about to replace what is stalled.
  if (stalled?.status === "True" && isCaughtUp(facts) && !(isLive(facts) && facts.held)) {
    return said(stalled, "The operator cannot go on without a change.");
  }
  return undefined;
}

/** How the reason of a failure begins: whoever reads FAILED should not think that what was brought back is down. */
function whatRuns(facts: StatusFacts): string {
  const { taskKind, phase, instanceId, activeInstanceId, activeVersion } = facts;
  const isBack = taskKind === "UPGRADE" && phase === "RUNNING" && instanceId === activeInstanceId;
  const isWell =
    isCaughtUp(facts) && condition(facts, "Ready")?.status === "True" && unwellComponent(facts) === undefined;
  return isBack && isWell && activeVersion !== null ? `Version ${activeVersion} runs; the` : "The";
}

const unwellComponent = ({ components }: StatusFacts) => components?.find((one) => one.ready < one.desired);

/** Why what was observed is behind what is declared; undefined when it is not. */
function whatIsBehind(facts: StatusFacts): string | undefined {
  const unwritten = whyUnwritten(facts);
  if (unwritten !== undefined) return sentence(cannotWrite, unwritten);
  const change = facts.taskKind && changes[facts.taskKind];
  if (isLive(facts) && change) {
    const waits =
      facts.taskState === "QUEUED" ? waitOf(facts) : `is under way${placeText(facts.taskWait ?? nowhere)}`;
    return sentence(`${change === "upgrade" ? "An" : "A"} ${change} ${waits}`, facts.taskReason);
  }
  if (facts.observedMs === null) return "Its resource was not observed yet.";
  if (!isCaughtUp(facts)) return "The operator has not taken up the last change yet.";
  const ready = condition(facts, "Ready");
  if (!ready) return "The operator has not reported on it yet.";
  if (ready.status !== "True" && progressing.includes(ready.reason))
    return said(ready, "It is becoming ready.");
  return undefined;
}

const cannotWrite = "Its resource cannot be written yet";

/** What the publisher says of the intent that is released, while it is not in the cluster: a flow waits for that and cannot tell. */
function whyUnwritten(facts: StatusFacts): string | undefined {
  if (facts.intentError === null || isCaughtUp(facts)) return undefined;
  // A flow that has not yet released its intent is about to replace that one, unless it released that one, too.
  return isLive(facts) && facts.held && !facts.releasedByTask ? undefined : facts.intentError;
}

/** Of a task that does not say what it waits for, the step is of little use. */
const nowhere = { step: null, said: null };

/** For what a task waits that was not begun. */
const waitOf = ({ blocker }: StatusFacts) =>
  blocker ? blockedText(blocker) : "waits to be taken up by the agent";

/** Reasons of a Ready that is not True by which the resource is on its way and not unwell. */
const progressing = ["NewGeneration", "Progressing", "HookRunning"];

function silenceOf(
  { silentMs, observedMs, blindReason }: StatusFacts,
  silenceMs: number,
): string | undefined {
  if (silentMs !== null && silentMs >= silenceMs) {
    return `The cluster's agent has been silent for ${seconds(silentMs)}.`;
  }
  if (silentMs !== null && observedMs !== null && observedMs >= silenceMs) {
    if (blindReason !== null) {
      return sentence(
        `The cluster's agent has not seen its resource for ${seconds(observedMs)}`,
        blindReason,
      );
    }
    return `The cluster's agent has not reported for ${seconds(observedMs)}.`;
  }
  return undefined;
}

function deletingReason(facts: StatusFacts): string {
  const { taskKind, taskState, taskReason, silentMs, observedPhase } = facts;
  if (taskKind === "DELETE" && (taskState === "FAILED" || taskState === "CANCELLED")) {
    const what = taskState === "FAILED" ? "The delete failed" : "The delete was cancelled";
    return `${sentence(what, taskReason)} Delete it again.`;
  }
  if (silentMs === null) return "It is to be deleted; the cluster's agent was never seen.";
  if (taskState !== "RUNNING") return sentence(`Its removal ${waitOf(facts)}`, taskReason);
  const unwritten = whyUnwritten(facts);
  if (unwritten !== undefined) return sentence(cannotWrite, unwritten);
  // What it waits for: a hook, or what is still to go.
  const now = observedPhase === "Deleting" ? condition(facts, "Ready")?.message : undefined;
  return sentence("It is being removed", now || null);
}

function isCaughtUp(facts: StatusFacts): boolean {
  const { observedIntentGeneration, observedGeneration, generation, releasedGeneration } = facts;
  return (
    (observedIntentGeneration ?? -1) >= releasedGeneration && (observedGeneration ?? 0) >= (generation ?? 0)
  );
}

const isLive = ({ taskState }: StatusFacts) => taskState === "QUEUED" || taskState === "RUNNING";
const condition = ({ conditions }: StatusFacts, type: string) => conditions?.find((one) => one.type === type);
const sentence = (what: string, why: string | null) =>
  why ? `${what}: ${why.replace(/\.$/, "")}.` : `${what}.`;
const seconds = (ms: number) => `${Math.round(ms / 1000)} s`;
const said = (one: { reason: string; message: string } | undefined, otherwise: string) =>
  one?.message ? `${one.reason}: ${one.message}` : otherwise;
