import { parse } from "semver";
import { runsActions } from "../db/agents.ts";

/**
 * Whether a server works with an agent, by their versions. The contract only grows, so an agent may be one minor
 * version behind, and is told; one further behind, or ahead (it may ask for what is not there yet), is refused. A
 * version that is none is let in and told. Pure.
 */
export function compareVersions(
  server: string,
  agent: string,
): { refusal: string; notice?: undefined } | { notice: string | null; refusal?: undefined } {
  const [ours, theirs] = [parse(server), parse(agent)];
  if (!ours || !theirs) {
    return { notice: `The agent says it is version "${agent}", which cannot be compared with ${server}.` };
  }
  const behind = ours.minor - theirs.minor;
  if (ours.major === theirs.major && behind === 0) return { notice: null };
  if (ours.major === theirs.major && behind === 1) {
    const notice = `Agent ${agent} is a minor version older than the server, ${server}: upgrade the agent before the server's next.`;
    return { notice };
  }
  const refusal =
    ours.compare(theirs) > 0
      ? `Agent ${agent} is more than one minor version older than the server, ${server}: upgrade the agent.`
      : `Agent ${agent} is newer than the server, ${server}: upgrade the server first.`;
  return { refusal };
}

/** What the operator of an agent should know of it; null when all is well. Pure. */
export function noticeOf(
  server: string,
  { version, abilities }: { version: string; abilities: readonly string[] },
): string | null {
  const { refusal, notice } = compareVersions(server, version);
  const missing =
    !abilities.includes(runsActions) &&
    `Agent ${version} cannot run actions of drivers: tasks that have some wait until it is upgraded.`;
  return [refusal ?? notice, missing].filter(Boolean).join(" ") || null;
}
