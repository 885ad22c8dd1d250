import { parse } from "semver";

/**
 * Whether a server works with an agent, by their versions. Within one minor version of each other they do, and the
 * older one is named; beyond that the agent is refused. A version that is none is let in and told. Pure.
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
  if (ours.major !== theirs.major || Math.abs(behind) > 1) {
    const side = ours.compare(theirs) > 0 ? "agent" : "server";
    const refusal = `Agent ${agent} and server ${server} are more than one minor version apart; upgrade the ${side}.`;
    return { refusal };
  }
  if (behind === 0) return { notice: null };
  const [older, newer] = behind > 0 ? ["agent", "server"] : ["server", "agent"];
  const notice = `The ${older} is a minor version older than the ${newer} (agent ${agent}, server ${server}); upgrade the ${older} before the next one.`;
  return { notice };
}
