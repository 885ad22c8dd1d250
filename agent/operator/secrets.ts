import { labels, type StyrminDeployment } from "../../kube/styrmin-deployment.ts";
import type { Deps } from "./deps.ts";

/**
 * The secret parameters of the resource's Instance by name. Throws an Error while their Secret is missing, or is
 * another Instance's: the publisher writes without reading, so that it is for us to look.
 */
export async function readSecrets(
  { kube, namespace }: Pick<Deps, "kube" | "namespace">,
  { spec }: StyrminDeployment,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const name = spec.secretName;
  if (name === undefined) return {};
  const secret = await kube.get({ apiVersion: "v1", kind: "Secret", namespace, name }, signal);
  if (secret === undefined) {
    throw new Error(
      `Secret ${namespace}/${name} with the secret parameters is missing; an update writes new ones`,
    );
  }
  if (secret.metadata.labels?.[labels.instance] !== spec.instanceId) {
    throw new Error(
      `Secret ${namespace}/${name} is not of instance ${spec.instanceId}; an update writes new ones`,
    );
  }
  const entries = Object.entries((secret.data ?? {}) as Record<string, string>);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
  );
}

/** Shorter values would blot out half of any message and are no secrets worth the name. */
const [shortest, shortestLine] = [4, 12];
const longestMessage = 2000;

/** Takes secrets out of a message, however an API server may have quoted them. Pure. */
export function withoutSecrets(message: string, secrets: Iterable<string>): string {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < shortest) continue;
    const quoted = JSON.stringify(secret).slice(1, -1);
    forms.add(secret);
    forms.add(quoted);
    // Go's %q, in which Kubernetes quotes values.
    forms.add(quoted.replaceAll(/\\u00([0-9a-f]{2})/g, "\\x$1"));
    forms.add(Buffer.from(secret).toString("base64"));
    forms.add(encodeURIComponent(secret));
    // A parser tells of one line only; short ones could be any word.
    for (const line of secret.split("\n")) if (line.length >= shortestLine) forms.add(line.trim());
  }
  const longestFirst = [...forms].sort((one, other) => other.length - one.length);
  const clean = longestFirst.reduce((text, form) => text.replaceAll(form, "•••"), message);
  return clean.length > longestMessage ? `${clean.slice(0, longestMessage)}…` : clean;
}
