/** The parents of each commit that is known, by its id; see `parentsOf`. */
export type Graph = ReadonlyMap<string, readonly string[]>;

/** How a commit comes from one that was there before. */
export type Line =
  /** The commits after it along first parents, the newest first, and the last one's own parent, if it has any. */
  | { state: "FOUND"; commits: string[]; base: string | undefined }
  /** It does not: the branch was set to something else. */
  | { state: "UNRELATED" }
  /** What is known of the graph does not tell. */
  | { state: "OPEN" };

/**
 * The commits that a branch got since `since`, as `git rev-list --first-parent since..tip` lists them: those that were
 * merged into it are no steps of it. Pure.
 */
export function lineSince(graph: Graph, tip: string, since: string): Line {
  if (tip === since) return { state: "FOUND", commits: [tip], base: undefined };
  const after = behind(graph, tip);
  if (!after.commits.has(since)) return { state: after.isWhole ? "UNRELATED" : "OPEN" };
  const before = behind(graph, since);
  const commits = [tip];
  for (;;) {
    const next = graph.get(commits.at(-1)!)![0];
    // A beginning of its own, which was joined to what was there before by a merge.
    if (next === undefined)
      return before.isWhole ? { state: "FOUND", commits, base: undefined } : { state: "OPEN" };
    // Nobody needs to look at the one before the only one.
    const isKnown = graph.has(next) || commits.length === 1;
    if (before.commits.has(next))
      return isKnown ? { state: "FOUND", commits, base: next } : { state: "OPEN" };
    if (!graph.has(next)) return { state: "OPEN" };
    commits.push(next);
  }
}

/** A commit and all that it comes from, as far as that is known; `isWhole` when all of it is. */
function behind(graph: Graph, from: string): { commits: Set<string>; isWhole: boolean } {
  const commits = new Set([from]);
  let isWhole = true;
  for (const commit of commits) {
    const parents = graph.get(commit);
    if (!parents) isWhole = false;
    else for (const parent of parents) commits.add(parent);
  }
  return { commits, isWhole };
}
