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
 * Writes the immutable Secret with one Instance's secret parameters, unless there is one of its name. It is not
 * read: the server may write Secrets and read none. Who reads it sees to it that it is the Instance's own.
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
  const secret: KubeObject = {
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
  try {
    await kube.create(secret, { manager: managers.publisher }, signal);
  } catch (thrown) {
    if (!isAlreadyExists(thrown)) throw thrown;
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

const toBase64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");
