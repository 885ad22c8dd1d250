import { isAlreadyExists } from "./errors.ts";
import { labels, managers } from "./styrmin-deployment.ts";
import type { Kube, KubeObject } from "./types.ts";

const kind = { apiVersion: "v1", kind: "Secret" };
const type = "styrmin.io/parameters";
const role = "parameters";

interface Where {
  namespace: string;
  signal?: AbortSignal;
}

/**
 * Writes the immutable Secret with one Instance's secret parameters, unless it is there and right. One of the
 * same name that is not is removed, by its UID, and made anew.
 */
export async function ensureParameterSecret(
  kube: Kube,
  intent: {
    deploymentId: string;
    instanceId: string;
    secret: { name: string; data: Record<string, string> };
  },
  { namespace, signal }: Where,
): Promise<void> {
  const { name, data } = intent.secret;
  const wanted: KubeObject = {
    ...kind,
    metadata: {
      name,
      namespace,
      labels: {
        [labels.deployment]: intent.deploymentId,
        [labels.instance]: intent.instanceId,
        [labels.role]: role,
      },
    },
    type,
    immutable: true,
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, toBase64(value)])),
  };
  for (let tries = 1; ; tries++) {
    const current = await kube.get({ ...kind, name, namespace }, signal);
    if (current && isSame(current, wanted)) return;
    if (current) await kube.delete({ ...kind, name, namespace }, { uid: current.metadata.uid }, signal);
    try {
      await kube.create(wanted, { manager: managers.publisher }, signal);
      return;
    } catch (thrown) {
      if (tries >= 3 || !isAlreadyExists(thrown)) throw thrown;
    }
  }
}

/** Removes the parameter Secrets of a deployment's Instances, but for those to keep. Answers how many. */
export function pruneParameterSecrets(
  kube: Kube,
  deploymentId: string,
  keepInstanceIds: string[],
  where: Where,
): Promise<number> {
  const labelSelector = `${labels.deployment}=${deploymentId},${labels.role}=${role}`;
  return removeSecrets(kube, labelSelector, where, keepInstanceIds);
}

/** Removes all Secrets that publisher and operator keep of a deployment: parameters and Releases. */
export async function removeKeptSecrets(kube: Kube, deploymentId: string, where: Where): Promise<void> {
  await removeSecrets(kube, `${labels.deployment}=${deploymentId},${labels.role}`, where);
}

async function removeSecrets(
  kube: Kube,
  labelSelector: string,
  { namespace, signal }: Where,
  keepInstanceIds: string[] = [],
): Promise<number> {
  const { items } = await kube.list(kind, { namespace, labelSelector }, signal);
  let removed = 0;
  for (const { metadata } of items) {
    if (keepInstanceIds.includes(metadata.labels?.[labels.instance] ?? "")) continue;
    const ref = { ...kind, name: metadata.name, namespace };
    if (await kube.delete(ref, { uid: metadata.uid }, signal)) removed++;
  }
  return removed;
}

function isSame(current: KubeObject, wanted: KubeObject): boolean {
  const labelled = Object.entries(wanted.metadata.labels ?? {}).every(
    ([name, value]) => current.metadata.labels?.[name] === value,
  );
  return labelled && current.type === type && Bun.deepEquals(current.data ?? {}, wanted.data);
}

const toBase64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");
