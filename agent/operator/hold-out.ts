/**
 * Whether pods that were restarted hold out. A container without a probe is ready the moment it runs, so that one
 * that ends again and again would look healthy in between. Pure, and without a memory: the pods say all of it.
 */
import type { KubeObject } from "../../kube/types.ts";
import { type ContainerStatus, endOf, timesText } from "./pod-trouble.ts";

/** How long a container that was restarted runs before it counts, milliseconds, where it ended at once. */
const leastMs = 10_000;
/** No container is waited for longer than so: one that ran that long before it ended did work. */
const mostMs = 60_000;

export interface HoldOut {
  message: string;
  /** When it will have held out, milliseconds from now; infinite while it does not run, whose event comes. */
  leftMs: number;
}

/** What has yet to hold out among pods that are to run for ever, the longest; undefined when nothing has. */
export function holdOutOf(pods: Iterable<KubeObject>, now: number): HoldOut | undefined {
  let longest: HoldOut | undefined;
  for (const { metadata, status } of pods) {
    if (metadata.deletionTimestamp || status?.phase === "Succeeded" || status?.phase === "Failed") continue;
    const { initContainerStatuses = [], containerStatuses = [] } = status ?? {};
    const found = [
      // Of those that go first only one that stays beside the others matters now.
      ...initContainerStatuses.filter(({ state }: ContainerStatus) => !state?.terminated),
      ...containerStatuses,
    ];
    for (const container of found as ContainerStatus[]) {
      const leftMs = leftOf(container, now);
      if (leftMs <= (longest?.leftMs ?? 0)) continue;
      longest = { message: `pod ${metadata.name}: ${messageOf(container)}`, leftMs };
    }
  }
  return longest;
}

function leftOf({ restartCount = 0, state, lastState }: ContainerStatus, now: number): number {
  if (!state?.running) return restartCount > 0 || state?.terminated ? Number.POSITIVE_INFINITY : 0;
  // What a node lost when it was restarted itself says nothing of the container.
  if (restartCount === 0 || lastState?.terminated?.reason?.endsWith("Unknown")) return 0;
  // A node whose clock is far from ours is believed at once: there is no telling how long it has run.
  const left = spanOf(lastState) - Math.abs(now - Date.parse(state.running.startedAt ?? ""));
  return left > 0 ? left : 0;
}

/** How long it is to run: 10 s longer than before it ended last. */
function spanOf(lastState: ContainerStatus["lastState"]): number {
  const { startedAt, finishedAt } = lastState?.terminated ?? {};
  const ranMs = Date.parse(finishedAt ?? "") - Date.parse(startedAt ?? "");
  const wantedMs = leastMs + (ranMs > 0 ? ranMs : 0);
  return wantedMs <= mostMs ? wantedMs : leastMs;
}

function messageOf({ name, restartCount = 0, state, lastState }: ContainerStatus): string {
  const times = restartCount === 0 ? "" : `, restarted ${timesText(restartCount)}`;
  const told = `${endOf(state?.terminated ?? lastState?.terminated)}${times}; see its log`;
  if (!state?.running) return `container ${name} ended (${told})`;
  return `container ${name} ended (${told}) and has yet to hold out for ${spanOf(lastState) / 1000} s`;
}
