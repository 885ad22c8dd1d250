import { sleep } from "../../lib/loop.ts";
import { pace } from "../helpers/pace.ts";
import type { FaultProxy, SeenRequest } from "../helpers/proxy.ts";
import type { World } from "./world.ts";

/** One write on its way, named so that the same write of another run has the same name. */
export interface Boundary {
  /** Which proxy it passes. */
  way: "toServer" | "toCluster" | "fromServer";
  label: string;
  /** The how-manieth of that label. */
  nth: number;
  /** Whether every run makes it; timing decides about the others. */
  required: boolean;
}

export type When = "before" | "after";

/** Calls that come by the clock and not by the work: a crash in them is the same as one beside them. */
const byTheClock = ["AgentHello", "AgentGoodbye", "ClaimInquiry", "PendingIntents", "AppendTaskLog"];

/** The label of a write that belongs to the work on a deployment; undefined for all else. */
export function labelOf(
  world: World,
  way: Boundary["way"],
  seen: SeenRequest,
  name: string,
): string | undefined {
  if (way === "toServer") return serverLabel(seen);
  if (seen.method === "GET" || seen.path.includes("/leases")) return undefined;
  const url = new URL(seen.path, "http://cluster");
  const path = url.pathname
    .replace(new RegExp(`/${name}-[0-9a-f]{8}`), "/APP")
    .replace(/params-[0-9a-f]{8}/, "params")
    .replaceAll(world.name, "WORLD");
  if (/\/app\d+-/.test(path)) return undefined; // late work on an earlier deployment
  return `${seen.method} ${path} by ${url.searchParams.get("fieldManager") ?? "-"}`;
}

function serverLabel({ body }: SeenRequest): string | undefined {
  const [, operation = ""] = /mutation (\w+)/.exec(body) ?? [];
  if (operation === "" || operation.startsWith("Report") || byTheClock.includes(operation)) return undefined;
  const { name, state } = (JSON.parse(body) as { variables: { name?: string; state?: string } }).variables;
  return [operation, name, state].filter(Boolean).join(" ");
}

/** The boundaries that requests from `from` on passed. Claims count once: only the one that gets a task matters. */
export function boundariesIn(world: World, name: string, from: Record<Boundary["way"], number>): Boundary[] {
  const found = new Map<string, Boundary>();
  for (const way of ["toServer", "toCluster", "fromServer"] as const) {
    const counts = new Map<string, number>();
    for (const seen of world[way].requests.slice(from[way])) {
      const label = labelOf(world, way, seen, name);
      if (label === undefined) continue;
      const nth = (counts.get(label) ?? 0) + 1;
      counts.set(label, nth);
      if (label === "ClaimTask" && nth > 1) continue;
      if (label === "RenewTask" && nth > 1) continue;
      // How often a status is written, and whether a removal meets a late writer, is a matter of timing; so is which
      // of the two that end a resource takes the finalizer off, the operator or (by a patch, not by apply) the publisher.
      const isOfResource = /\/styrmindeployments\/APP by styrmin(-publisher)?$/.test(label);
      const required = nth === 1 && seen.code < 400 && (!isOfResource || seen.path.includes("force=true"));
      found.set(`${way} ${label} ${nth}`, { way, label, nth, required });
    }
  }
  return [...found.values()];
}

export const marksOf = (world: World): Record<Boundary["way"], number> => ({
  toServer: world.toServer.requests.length,
  toCluster: world.toCluster.requests.length,
  fromServer: world.fromServer.requests.length,
});

/**
 * Calls `act` once at a boundary, and breaks the connection there: before the target hears of the write, or after it
 * has carried it out and before the answer is given. Answers a promise of that, and a way to take it back.
 */
export function armAt(
  world: World,
  name: string,
  { way, label, nth }: Boundary,
  when: When,
  act: () => Promise<void>,
): { hit: Promise<void>; disarm: () => void } {
  const hit = Promise.withResolvers<void>();
  const proxy: FaultProxy = world[way];
  let done = false;
  const call = async (_seen: SeenRequest, answer?: string) => {
    if (done || (label === "ClaimTask" && when === "after" && !answer?.includes('"token"'))) return undefined;
    done = true;
    await act().then(hit.resolve, hit.reject);
    return "drop";
  };
  // A claim that waits already would pass unseen.
  if (label === "ClaimTask") proxy.dropAll();
  const disarm = proxy.add({
    path: /./,
    where: (seen) => labelOf(world, way, seen, name) === label,
    // Most claims are answered in vain; the one that gets a task is meant, whichever it is.
    ...(label === "ClaimTask" ? {} : { nth }),
    fault: { kind: "call", when, call },
  });
  return { hit: hit.promise, disarm };
}

/**
 * Whether an armed boundary is hit before `ended`, the end of the task, and a moment longer: a write may still come after
 * it. A boundary that is not required is passed by in some runs, and nothing would ever happen there.
 */
export function isReached(
  { hit }: { hit: Promise<void> },
  { required }: Boundary,
  ended: Promise<void>,
): Promise<boolean> {
  const over = ended.then(() => sleep(required ? 3_000 * pace() : 100));
  over.catch(() => {});
  return Promise.race([hit.then(() => true), over.then(() => false)]);
}
