import { containersOf, mapsIn, podOf, valuesIn } from "./pods.ts";
import type { KubeObjectLike } from "./rendering.ts";

/**
 * How pods take a secret. `AT_START`: as variables, or as files by `subPath`, which stay as they are while the pod lives.
 * `AS_FILES`: as files of a volume, which become the new ones in running pods, soon after.
 */
export type SecretTaking = "AT_START" | "AS_FILES";

/** A workload whose pods stay as they are while a secret that they take changes. */
export interface StaleSecret {
  object: KubeObjectLike;
  /** The name of the Secret. */
  secret: string;
  /** Those of its keys that the pods take and that change. */
  keys: string[];
  taking: SecretTaking;
}

/** Kinds whose pods live on until their template changes; those of a Job or CronJob end by themselves. */
const lasting = new Set(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod"]);

/**
 * The workloads of `after` whose pods go on with what a Secret held in `before`, since nothing in their template differs.
 * Only Secrets that are among the objects both times count. Pure.
 */
export function staleSecrets(
  before: readonly KubeObjectLike[],
  after: readonly KubeObjectLike[],
): StaleSecret[] {
  return after.flatMap((object) => {
    if (!lasting.has(object.kind) || object.spec?.replicas === 0) return [];
    const was = before.find((one) => one.kind === object.kind && one.metadata.name === object.metadata.name);
    if (!was || !Bun.deepEquals(podOf(was), podOf(object))) return [];
    const taken = secretsTaken(object);
    return [...new Set(taken.map(({ secret }) => secret))].flatMap((secret) => {
      const [had, has] = [valuesIn(before, "Secret", secret), valuesIn(after, "Secret", secret)];
      const changed = Object.keys(has).filter((key) => key in had && had[key] !== has[key]);
      const keysOf = (taking: SecretTaking) =>
        changed.filter((key) =>
          taken.some(
            (one) =>
              one.secret === secret && one.taking === taking && (one.key === undefined || one.key === key),
          ),
        );
      const atStart = keysOf("AT_START");
      const asFiles = keysOf("AS_FILES").filter((key) => !atStart.includes(key));
      return [
        ...(atStart.length > 0 ? [{ object, secret, keys: atStart, taking: "AT_START" as const }] : []),
        ...(asFiles.length > 0 ? [{ object, secret, keys: asFiles, taking: "AS_FILES" as const }] : []),
      ];
    });
  });
}

/** What it means for whoever changes the secret, as a sentence without its point. */
export function staleText({ object, secret, keys, taking }: StaleSecret): string {
  const what = `${keys.map((key) => `"${key}"`).join(", ")} of the Secret ${secret}`;
  const values = keys.length === 1 ? "value" : "values";
  const start = `${object.kind} ${object.metadata.name} does not restart`;
  if (taking === "AS_FILES")
    return `${start}: its files get the new ${values} of ${what} soon after, and a program that read them before goes on with the old ${values}`;
  const text = `${start}: it goes on with the old ${values} of ${what} until its pods are made anew`;
  return object.kind === "StatefulSet"
    ? `${text}; a database mostly keeps the password that it was first set up with even then`
    : text;
}

/** A Secret that pods take; without a key all of its keys. */
interface Taken {
  secret: string;
  key?: string | undefined;
  taking: SecretTaking;
}

function secretsTaken(object: KubeObjectLike): Taken[] {
  const volumes = mapsIn(podOf(object)?.spec?.volumes);
  return containersOf(object).flatMap(({ env, envFrom, volumeMounts }): Taken[] => [
    ...mapsIn(env).flatMap(({ valueFrom }) => named(valueFrom?.secretKeyRef, "name", "AT_START")),
    ...mapsIn(envFrom).flatMap(({ secretRef }) => named(secretRef, "name", "AT_START")),
    ...mapsIn(volumeMounts).flatMap(({ name, subPath, subPathExpr }) => {
      const volume = volumes.find((one) => one.name === name);
      const taking = subPath || subPathExpr ? "AT_START" : "AS_FILES";
      return [
        ...named(volume?.secret, "secretName", taking),
        ...mapsIn(volume?.projected?.sources).flatMap((source) => named(source.secret, "name", taking)),
      ];
    }),
  ]);
}

/** A reference to a Secret, once for each key that it names. */
function named(reference: any, field: "name" | "secretName", taking: SecretTaking): Taken[] {
  const secret = reference?.[field];
  if (typeof secret !== "string") return [];
  const items = mapsIn(reference.items);
  const keys: unknown[] = items.length > 0 ? items.map(({ key }) => key) : [reference.key];
  return keys.map((key) => ({ secret, key: typeof key === "string" ? key : undefined, taking }));
}
