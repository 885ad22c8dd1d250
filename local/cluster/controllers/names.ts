import { createHash } from "node:crypto";
import type { ResourceName } from "../types.ts";

/** The kinds the controllers work on. */
export const pods: ResourceName = { group: "", resource: "pods" };
export const services: ResourceName = { group: "", resource: "services" };
export const endpoints: ResourceName = { group: "", resource: "endpoints" };
export const endpointSlices: ResourceName = { group: "discovery.k8s.io", resource: "endpointslices" };
export const namespaces: ResourceName = { group: "", resource: "namespaces" };
export const nodes: ResourceName = { group: "", resource: "nodes" };
export const claims: ResourceName = { group: "", resource: "persistentvolumeclaims" };
export const volumes: ResourceName = { group: "", resource: "persistentvolumes" };
export const storageClasses: ResourceName = { group: "storage.k8s.io", resource: "storageclasses" };
export const deployments: ResourceName = { group: "apps", resource: "deployments" };
export const replicaSets: ResourceName = { group: "apps", resource: "replicasets" };
export const statefulSets: ResourceName = { group: "apps", resource: "statefulsets" };
export const daemonSets: ResourceName = { group: "apps", resource: "daemonsets" };
export const revisions: ResourceName = { group: "apps", resource: "controllerrevisions" };
export const jobs: ResourceName = { group: "batch", resource: "jobs" };
export const cronJobs: ResourceName = { group: "batch", resource: "cronjobs" };
export const disruptionBudgets: ResourceName = { group: "policy", resource: "poddisruptionbudgets" };

/** The one node of the cluster. */
export const nodeName = "local";

/** Kubernetes' letters for generated names: without vowels, so that no words come out. */
const letters = "bcdfghjklmnpqrstvwxz2456789";

/** A hash of a JSON value in letters fit for names and labels; the order of keys does not matter. */
export function hashOf(value: unknown, length = 10): string {
  const digest = createHash("sha256").update(canonical(value)).digest();
  return Array.from(digest.subarray(0, length), (byte) => letters[byte % letters.length]).join("");
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

/** A time as Kubernetes writes it: whole seconds, UTC. */
export function stamp(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

/** When a limit of so many seconds after a stamp is over for sure: stamps have lost up to a second. */
export function endOfLimit(since: string | undefined, seconds: number): number {
  return Date.parse(since ?? "") + (seconds + 1) * 1000;
}
