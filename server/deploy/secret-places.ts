import { isSecretReference, type Context } from "../../drivers/kit/index.ts";

/** Where in the cluster the value of a secret parameter can be read, by who may read Secrets there. */
export interface SecretPlace {
  parameter: string;
  /** Null while the cluster's agent has never told of its resources. */
  namespace: string | null;
  name: string;
  key: string;
  /** Null while the namespace is not known. */
  command: string | null;
}

/** The places of an instance's secret parameters, never the values. Pure. */
export function secretPlaces(context: Context, namespace: string | null): SecretPlace[] {
  return Object.entries(context.parameters).flatMap(([parameter, value]) => {
    if (!isSecretReference(value)) return [];
    const { name, key } = value.secretRef;
    const command = namespace === null ? null : commandFor(namespace, name, key);
    return [{ parameter, namespace, name, key, command }];
  });
}

/** For a POSIX shell. All three are names without anything that one would read otherwise. */
const commandFor = (namespace: string, name: string, key: string): string =>
  `kubectl -n ${namespace} get secret ${name} -o go-template='{{index .data "${key}" | base64decode}}{{"\\n"}}'`;

/**
 * The namespace of an agent's resources and parameter Secrets, which lie together: the one that its last report of
 * resources spoke of, by when each was last seen whole. Null before the first report. Pure.
 */
export function agentNamespace(scopes: Record<string, number> | null | undefined): string | null {
  const seen = Object.entries(scopes ?? {}).filter(([namespace]) => namespace !== "");
  return seen.sort(([, one], [, other]) => other - one)[0]?.[0] ?? null;
}
