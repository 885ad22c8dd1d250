import type { FollowedRef, SeenRef } from "../db/polls.ts";
import type { SourceFailure } from "../db/sources.ts";
import { type Refs, resolveRef } from "./refs.ts";

/** A repository that fails is asked ever more seldom, but this often at least. */
const longestMs = 60 * 60_000;

/**
 * How long to wait for the next poll: the interval, up to a tenth more or less so that many do not march in step, and
 * twice as long after each failure. Pure.
 */
export function nextWaitMs(everySeconds: number, failures: number, random = Math.random): number {
  const everyMs = everySeconds * 1000;
  const most = Math.max(everyMs, longestMs);
  return Math.round(Math.min(most, everyMs * 2 ** Math.min(failures, 20)) * (0.9 + 0.2 * random()));
}

/** What is to be recorded of a source whose repository said these refs; undefined when nothing has changed. Pure. */
export function seenNow(source: FollowedRef, refs: Refs): SeenRef | undefined {
  const { id, url, ref } = source;
  const found = resolveRef(refs, ref);
  if (!found) {
    const failure = missingRef(url, ref);
    if (Bun.deepEquals(source.failure, failure)) return undefined;
    return { id, followed: ref, seenRef: null, seenCommit: null, load: false, failure };
  }
  // What was wrong with the ref took the place of what may have been wrong with the driver: it is looked at again.
  const isBack = source.failure?.about === "REF";
  // What is looked at anew is loaded again, though it was loaded before.
  const isNew = source.seenCommit === null;
  const isSame = found.name === source.seenRef && found.commit === source.seenCommit;
  // A load reads what the ref is by then, which may have been something else for a moment.
  const isLoaded = found.commit === source.loadedCommit;
  if (isSame && !isBack && (isLoaded || source.isPending)) return undefined;
  return {
    id,
    followed: ref,
    seenRef: found.name,
    seenCommit: found.commit,
    load: isBack || isNew || !isLoaded,
    failure: isBack ? null : source.failure,
  };
}

function missingRef(url: string, ref: string): SourceFailure {
  const what = ref.includes("*") ? "no version tag like" : "no branch or tag";
  return {
    about: "REF",
    code: "NOT_FOUND",
    message: `Repository ${url} has ${what} "${ref}". The last good version stays; push it again, or follow another ref.`,
  };
}
