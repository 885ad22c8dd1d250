const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The intervals the server lives by, milliseconds. Tests shorten them. */
export interface Settings {
  /** How long a lease on a task lasts without being renewed. */
  leaseMs: number;
  /** How often an agent is to renew one. */
  renewMs: number;
  /** After this silence an agent's deployments are UNKNOWN. */
  silenceMs: number;
  /** After this silence another agent may take a cluster over. */
  takeoverMs: number;
  /** So many ends of an agent in the middle of a task make it poisoned. */
  poisonAfter: number;
  /** A deploy that was not carried out by then fails as expired. Deletes never expire. */
  taskExpiryMs: number;
  /** How long an inquiry waits for its agent. */
  inquiryMs: number;
  /** How often waiting calls look again although no change was told. */
  pollMs: number;
  /** How often leases and expiries are looked at. */
  rescueMs: number;
  /** How long an idempotency key is kept. */
  idempotencyMs: number;
  /** How long after its writing a resource that no complete report shows is written again. */
  missingMs: number;
}

export const defaultSettings: Settings = {
  leaseMs: 30 * SECOND,
  renewMs: 5 * SECOND,
  silenceMs: 30 * SECOND,
  takeoverMs: 15 * SECOND,
  poisonAfter: 3,
  taskExpiryMs: 24 * HOUR,
  inquiryMs: 15 * SECOND,
  pollMs: 5 * SECOND,
  rescueMs: SECOND,
  idempotencyMs: 24 * HOUR,
  missingMs: 15 * SECOND,
};
