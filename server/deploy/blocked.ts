import type { Blocker } from "../db/blockers.ts";

/** What another task said is told as far as so many characters; its log has it all. */
const mostSaid = 300;

/** For what a task waits that cannot begin before another one of its deployment has ended, and what ends that. Pure. */
export function blockedText({ id, kind, step, said, ...about }: Blocker): string {
  const line = said && (said.length > mostSaid ? `${said.slice(0, mostSaid)}…` : said.replace(/\.$/, ""));
  const where = step ? `, in ${step}${line ? `: ${line}` : ""}` : "";
  return `waits for the task ${id} (${kind.toLowerCase()}${where})${reasonOf(about)}; \`styrminctl tasks cancel ${id}\` ends it`;
}

/** Why the one that waits has not taken the other's place, if that is for good. */
function reasonOf({ hasActions, isActedUpon }: Pick<Blocker, "hasActions" | "isActedUpon">): string {
  if (hasActions) return ", whose actions are not cut off";
  return isActedUpon ? ", since its own actions must not meet what is half brought about" : "";
}
