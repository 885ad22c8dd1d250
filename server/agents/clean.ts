/**
 * Makes reported objects fit for the database, each on its own: Postgres refuses NUL and lone surrogates in `jsonb`,
 * and one bad pod must not hold up ten thousand. What is too long is cut; what cannot be stored is left out.
 */
import type { ObservedCondition, ObservedComponent } from "../db/deployment-statuses.ts";
import { isId } from "../db/sql.ts";
import type { DeploymentStatusInput, PodStatusInput } from "../graphql/generated.ts";

const [nameLength, messageLength, listLength, jsonLength] = [300, 2000, 100, 64 * 1024];

export function cleanPods(pods: readonly PodStatusInput[]) {
  const byUid = new Map<string, object>();
  for (const pod of pods) {
    if (!isId(pod.deploymentId)) continue;
    const started = pod.startedAt ? Date.parse(pod.startedAt) : Number.NaN;
    const uid = cleanText(pod.uid, nameLength);
    byUid.set(uid, {
      uid,
      deployment_id: pod.deploymentId,
      component: optional(pod.component, nameLength),
      name: cleanText(pod.name, nameLength),
      namespace: cleanText(pod.namespace, nameLength),
      phase: cleanText(pod.phase, nameLength),
      ready: pod.ready,
      restarts: pod.restarts,
      reason: optional(pod.reason, nameLength),
      message: optional(pod.message, messageLength),
      node: optional(pod.node, nameLength),
      images: pod.images.slice(0, listLength).map((image) => cleanText(image, nameLength)),
      containers: pod.containers.slice(0, listLength).map((container) => ({
        name: cleanText(container.name, nameLength),
        state: cleanText(container.state, nameLength),
        ready: container.ready,
        restarts: container.restarts,
        lastExitCode: container.lastExitCode ?? null,
      })),
      started_at: Number.isNaN(started) ? null : new Date(started).toISOString(),
      simulated: pod.simulated,
    });
  }
  return [...byUid.values()];
}

export function cleanDeployments(deployments: readonly DeploymentStatusInput[]) {
  const byName = new Map<string, object>();
  for (const given of deployments) {
    if (!isId(given.deploymentId)) continue;
    const name = cleanText(given.name, nameLength);
    byName.set(name, {
      uid: cleanText(given.uid, nameLength),
      deployment_id: given.deploymentId,
      name,
      phase: optional(given.phase, nameLength),
      instance_id: optional(given.instanceId, nameLength),
      intent_generation: given.intentGeneration ?? null,
      generation: given.generation ?? null,
      observed_generation: given.observedGeneration ?? null,
      conditions: asList(given.conditions).map(cleanCondition),
      components: asList(given.components).map(cleanComponent),
      drift: cleanJson(given.drift ?? null),
      release: cleanJson(given.release ?? null),
      simulated: given.simulated,
    });
  }
  return [...byName.values()];
}

/** Cuts a text and replaces what Postgres cannot store by U+FFFD. */
export function cleanText(text: string, maxLength: number): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text;
  const formed = cut.isWellFormed() ? cut : cut.toWellFormed();
  return formed.includes("\0") ? formed.replaceAll("\0", "\uFFFD") : formed;
}

/** The same for every text and key in a JSON value; null when the whole is too large. */
export function cleanJson(value: unknown, maxLength = jsonLength): unknown {
  const text = JSON.stringify(value) ?? "null";
  if (text.length > maxLength) return null;
  return /\\u0000|\\ud[89a-f]/i.test(text) ? cleanDeeply(value) : value;
}

function cleanDeeply(value: unknown): unknown {
  if (typeof value === "string") return cleanText(value, jsonLength);
  if (Array.isArray(value)) return value.map(cleanDeeply);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [cleanText(key, nameLength), cleanDeeply(inner)]),
  );
}

function cleanCondition(value: unknown): ObservedCondition {
  const given = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const changed = Date.parse(String(given.lastTransitionTime ?? ""));
  return {
    type: cleanText(String(given.type ?? ""), nameLength),
    status: cleanText(String(given.status ?? "Unknown"), nameLength),
    reason: cleanText(String(given.reason ?? ""), nameLength),
    message: cleanText(String(given.message ?? ""), messageLength),
    lastTransitionTime: new Date(Number.isNaN(changed) ? 0 : changed).toISOString(),
  };
}

function cleanComponent(value: unknown): ObservedComponent {
  const given = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  return {
    name: cleanText(String(given.name ?? ""), nameLength),
    desired: wholeNumber(given.desired),
    ready: wholeNumber(given.ready),
    state: cleanText(String(given.state ?? "Unknown"), nameLength),
    message: typeof given.message === "string" ? cleanText(given.message, messageLength) : null,
  };
}

const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value.slice(0, listLength) : []);
const optional = (text: string | null | undefined, maxLength: number) =>
  text === null || text === undefined ? null : cleanText(text, maxLength);
const wholeNumber = (value: unknown) =>
  Number.isInteger(value) && Math.abs(value as number) < 2 ** 31 ? (value as number) : 0;
