import type { Kube } from "../../kube/types.ts";

/** Shorter values would take ordinary words out of texts, and can be guessed anyway. */
const leastLength = 4;

/** Takes values of secrets out of texts that people will read. */
export type Redact = (text: string) => string;

/** Takes the values of Secrets out of texts; those that are not there have no values. */
export async function createRedact(
  kube: Kube,
  namespace: string,
  names: string[],
  signal: AbortSignal,
): Promise<Redact> {
  const found = await Promise.all(
    names.map((name) => kube.get({ apiVersion: "v1", kind: "Secret", namespace, name }, signal)),
  );
  const values = found.flatMap((secret) =>
    Object.values((secret?.data ?? {}) as Record<string, string>).map((value) =>
      Buffer.from(value, "base64").toString("utf8"),
    ),
  );
  return redactOf(values);
}

/** The longest first, since one may hold another. What reads a value from a file often leaves its last line end out. Pure. */
export function redactOf(values: string[]): Redact {
  const forms = values.flatMap((value) => [value, value.trimEnd()]);
  const hidden = [...new Set(forms)].filter((value) => value.length >= leastLength);
  hidden.sort((one, other) => other.length - one.length);
  return (text) => hidden.reduce((rest, value) => rest.replaceAll(value, "•••"), text);
}

/**
 * What an action has to say, as people read it: without secrets, and without the line ends with which commands end their
 * output, as it stands within sentences. In this order: the value of a secret may end in one, too. Pure.
 */
export function told(redact: Redact, message: string): string {
  return redact(message).trimEnd();
}
