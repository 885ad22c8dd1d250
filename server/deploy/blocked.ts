import type { Blocker } from "../db/blockers.ts";

/** What another task said is told as far as so many characters; its log has it all. */
const mostSaid = 300;

/** Where a task is, and what it waits for there. Pure. */
export function placeText({ step, said }: Pick<Blocker, "step" | "said">): string {
  return step === null ? "" : `, in ${step}${said ? `: ${saidText(said)}` : ""}`;
}

/** What a task said, as a part of a sentence. Pure. */
export const saidText = (said: string): string =>
  said.length > mostSaid ? `${said.slice(0, mostSaid)}…` : said.replace(/\.$/, "");

/** For what a task waits that cannot begin before another one of its deployment has ended, and what ends that. Pure. */
export function blockedText({ id, kind, ...about }: Blocker): string {
  return `waits for the task ${id} (${kind.toLowerCase()}${placeText(about)})${reasonOf(about)}; \`styrminctl tasks cancel ${id}\` ends it`;
}

/** Why the one that waits has not taken the other's place, if that is for good. */
function reasonOf({ hasActions, isActedUpon }: Pick<Blocker, "hasActions" | "isActedUpon">): string {
  if (hasActions) return ", whose actions are not cut off";
  return isActedUpon ? ", since its own actions must not meet what is half brought about" : "";
}
