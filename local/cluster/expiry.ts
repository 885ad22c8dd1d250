import type { Resource } from "./resources.ts";
import type { Store } from "./store.ts";
import type { Controller } from "./types.ts";
import type { Writes } from "./writes.ts";

const MINUTE = 60_000;

export interface ExpiryOptions {
  /** How old an Event gets after it last happened. Kubernetes' default is one hour. */
  keepMs?: number;
  everyMs?: number;
}

/** Takes old Events away, which nobody deletes. */
export function startEventExpiry(
  store: Store,
  writes: Writes,
  events: Resource,
  { keepMs = 60 * MINUTE, everyMs = MINUTE }: ExpiryOptions = {},
): Controller {
  const timer = setInterval(() => expireEvents(store, writes, events, Date.now() - keepMs), everyMs);
  return { name: "event-expiry", stop: () => clearInterval(timer) };
}

export function expireEvents(store: Store, writes: Writes, events: Resource, beforeMs: number): void {
  for (const { object } of store.list(events)) {
    const last = object.lastTimestamp ?? object.eventTime ?? object.metadata.creationTimestamp;
    if (Date.parse(last) >= beforeMs) continue;
    const { name, namespace } = object.metadata;
    writes.remove({ resource: events, name, namespace }, {});
  }
}
