import { AppError, messageOf } from "../../lib/errors.ts";
import { newId } from "../../lib/names.ts";
import { type Loop, sleep, startLoop } from "../../lib/loop.ts";
import {
  claimRepositories,
  type DueRepository,
  type FollowedRef,
  followedRefs,
  nextPollMs,
  type PollOutcome,
  recordPolls,
  type SeenRef,
} from "../db/polls.ts";
import { findAccess } from "../deploy/repositories.ts";
import type { Deps } from "../deps.ts";
import { nextWaitMs, seenNow } from "./poll-decisions.ts";
import { prefixesOf } from "./refs.ts";

/** So many repositories are asked at once; one that drips holds up its own place only. */
const atOnce = 32;
/** Longer than a question may take: whoever has not recorded its answer by then has died. */
const leaseMs = 60_000;
/** Answers that come within this time are recorded together, milliseconds. */
const gatherMs = 50;
/** How long to wait for those under way before looking what else is due, milliseconds. */
const patienceMs = 1_000;
/** The longest wait when nothing is due: a clock may have been set. */
const idleMs = 60_000;

export interface Poller {
  /** Asks the repositories that are due; answers when to look again, milliseconds. */
  once(signal: AbortSignal): Promise<number>;
  /** Settles when nothing is under way. */
  idle(): Promise<void>;
}

/** Starts to follow refs: each repository is asked when it is due, or at once when somebody wants to know. */
export function startPoller(deps: Deps, signal: AbortSignal): Loop {
  const { log } = deps;
  const poller = createPoller(deps);
  const loop = startLoop({ name: "source poller", once: poller.once, everyMs: idleMs, signal, log });
  const stop = deps.changes.on("source:poll", loop.wake);
  const done = loop.done.then(stop).then(poller.idle);
  return { ...loop, done };
}

/** Asks repositories what their refs are, each once for all sources in it. What changed is left to the loader. */
export function createPoller(deps: Deps): Poller {
  const { sql, log } = deps;
  const underWay = new Set<Promise<void>>();
  const answers = new Map<string, { outcomes: PollOutcome[]; seen: SeenRef[]; recording: Promise<void> }>();

  async function once(signal: AbortSignal): Promise<number> {
    const room = atOnce - underWay.size;
    const lease = newId();
    const due = room > 0 ? await claimRepositories(sql, { lease, most: room, leaseMs }) : [];
    const urls = due.map(({ url }) => url);
    const followed =
      due.length > 0 ? Map.groupBy(await followedRefs(sql, urls), ({ url }) => url) : new Map();
    for (const repository of due) {
      const work = poll(repository, lease, followed.get(repository.url) ?? [], signal).catch((error) => {
        // The lease runs out, and it is asked again.
        if (!signal.aborted) log.warn("a poll is not recorded", { url: repository.url, error });
      });
      underWay.add(work);
      void work.then(() => underWay.delete(work));
    }
    if (underWay.size > 0) await Promise.race([idle(), sleep(patienceMs, signal)]);
    if (due.length === room) return 0;
    const nextMs = await nextPollMs(sql);
    return Math.min(idleMs, Math.max(nextMs ?? idleMs, gatherMs));
  }

  async function poll(due: DueRepository, lease: string, followed: FollowedRef[], signal: AbortSignal) {
    const { outcome, seen } = await askOne(deps, due, followed, signal);
    if (signal.aborted) return;
    const batch = answers.get(lease) ?? { outcomes: [], seen: [], recording: gathered(lease) };
    answers.set(lease, batch);
    batch.outcomes.push(outcome);
    batch.seen.push(...seen);
    await batch.recording;
  }

  async function gathered(lease: string): Promise<void> {
    await sleep(gatherMs);
    const { outcomes, seen } = answers.get(lease)!;
    answers.delete(lease);
    await recordPolls(sql, lease, outcomes, seen);
  }

  const idle = async () => void (await Promise.all(underWay));
  return { once, idle };
}

/** Asks one repository. What fails is an outcome, not an error, unless the signal was aborted. */
async function askOne(
  deps: Deps,
  { url, protocol, failures, failure, everySeconds }: DueRepository,
  followed: FollowedRef[],
  signal: AbortSignal,
): Promise<{ outcome: PollOutcome; seen: SeenRef[] }> {
  const prefixes = [...new Set(followed.flatMap(({ ref }) => prefixesOf(ref)))];
  // Without any it would be asked for all it has; nobody follows it any more, and its row is about to go.
  if (prefixes.length === 0)
    return { outcome: { url, protocol, failures, failure, waitMs: nextWaitMs(everySeconds, 0) }, seen: [] };
  try {
    const access = await findAccess(deps, "GIT", url);
    const answer = await deps.listRefs({ url, prefixes, protocol, ...access }, signal);
    if (failures > 0) deps.log.info("a followed repository answers again", { url });
    const waitMs = nextWaitMs(everySeconds, 0);
    const outcome = { url, protocol: answer.protocol, failures: 0, failure: null, waitMs };
    return { outcome, seen: followed.flatMap((source) => seenNow(source, answer.refs) ?? []) };
  } catch (thrown) {
    signal.throwIfAborted();
    const known = thrown instanceof AppError;
    if (!known) deps.log.error("a followed repository cannot be asked", { url, error: thrown });
    const told = { code: known ? thrown.code : "UNAVAILABLE", message: known ? thrown.message : unforeseen };
    if (failure?.message !== told.message)
      deps.log.warn("a followed repository fails", { url, error: messageOf(thrown) });
    const waitMs = nextWaitMs(everySeconds, failures + 1);
    // It may have been replaced by an older server: the next question begins from the beginning.
    return { outcome: { url, protocol: null, failures: failures + 1, failure: told, waitMs }, seen: [] };
  }
}

const unforeseen = "It cannot be asked for its refs; see the server's log.";
