import { didYouMean, hasLabels, type KubeObjectLike } from "../../../drivers/kit/index.ts";

/** What is to be said of an object. */
export interface Remark {
  object: KubeObjectLike;
  message: string;
}

/** Mounts of volumes that the pod does not have: the cluster refuses such a workload. */
export function lostMounts(objects: readonly KubeObjectLike[]): Remark[] {
  return objects.flatMap((object) => {
    const claimed = listOf(object.spec?.volumeClaimTemplates).map((claim) => claim?.metadata?.name);
    const names = [...listOf(podOf(object)?.spec?.volumes).map((volume) => volume?.name), ...claimed];
    const known = names.filter((name) => typeof name === "string");
    return containersOf(object).flatMap(({ name: container, volumeMounts }) =>
      listOf(volumeMounts)
        .filter(({ name }) => !known.includes(name))
        .map(({ name }) => {
          const message = `mounts "${name}" in ${container}, and has no such volume: the cluster refuses it`;
          return { object, message: message + didYouMean(String(name), known) };
        }),
    );
  });
}

/** Variables from a key that the Secret or ConfigMap lacks which the driver itself makes: the container never starts. */
export function lostKeys(objects: readonly KubeObjectLike[]): Remark[] {
  return objects.flatMap((object) =>
    keyRefsOf(object).flatMap(({ container, kind, name, key, optional }) => {
      const known = Object.keys(valuesOf(objects, kind, name));
      // One without any keys is filled by somebody else.
      if (optional || known.length === 0 || known.includes(key)) return [];
      const what = `takes "${key}" of the ${kind} ${name} in ${container}, which has no such key`;
      const near = didYouMean(key, known) || `; it has ${known.join(", ")}`;
      return [{ object, message: `${what}: the container does not start${near}` }];
    }),
  );
}

/** Services that send to a port by a name that none of their pods knows: nobody answers there. */
export function lostPorts(objects: readonly KubeObjectLike[]): Remark[] {
  return objects
    .filter(({ kind, spec }) => kind === "Service" && typeof spec?.selector === "object")
    .flatMap((object) => {
      const pods = objects.filter((one) =>
        hasLabels(podOf(one)?.metadata?.labels, object.spec.selector ?? {}),
      );
      const ports = pods
        .flatMap(containersOf)
        .flatMap(({ ports: own }) => listOf(own).map(({ name }) => name));
      const known = ports.filter((name) => typeof name === "string");
      if (pods.length === 0) return [];
      return listOf(object.spec.ports)
        .map(({ targetPort }) => targetPort)
        .filter((port) => typeof port === "string" && !/^\d+$/.test(port) && !known.includes(port))
        .map((port: string) => {
          const message = `sends to the port "${port}", which no container of its pods names: nobody answers there`;
          return { object, message: message + didYouMean(port, known) };
        });
    });
}

/**
 * Deployments and DaemonSets with variables from a rendered Secret that holds a secret parameter, whose pods stay as they
 * are when it changes: they go on with the old value. `changed` are the same objects with other secrets; what stands for
 * a secret in `objects` begins with `mark`. A StatefulSet is mostly a database, which takes its password once.
 */
export function staleSecrets(
  objects: readonly KubeObjectLike[],
  changed: readonly KubeObjectLike[],
  mark: string,
): Remark[] {
  return objects.flatMap((object) => {
    if (object.kind !== "Deployment" && object.kind !== "DaemonSet") return [];
    const other = changed.find(
      (one) => one.kind === object.kind && one.metadata.name === object.metadata.name,
    );
    if (!other || !Bun.deepEquals(podOf(object), podOf(other))) return [];
    const held = secretsOf(object).filter(({ name, key }) => {
      const values = valuesOf(objects, "Secret", name);
      return (key === undefined ? Object.values(values) : [values[key] ?? ""]).some((text) =>
        text.includes(mark),
      );
    });
    return [...new Set(held.map(({ name }) => name))].map((name) => {
      const what = `has variables from the Secret ${name}, and is not restarted when a secret parameter changes`;
      return { object, message: `${what}: give its pods an annotation with the parameter's \`sha256\`` };
    });
  });
}

interface KeyRef {
  container: string;
  kind: "Secret" | "ConfigMap";
  name: string;
  key: string;
  optional: boolean;
}

function keyRefsOf(object: KubeObjectLike): KeyRef[] {
  return containersOf(object).flatMap(({ name: container, env }) =>
    listOf(env).flatMap((variable): KeyRef[] => {
      const { secretKeyRef, configMapKeyRef } = variable?.valueFrom ?? {};
      const { name, key, optional = false } = secretKeyRef ?? configMapKeyRef ?? {};
      if (typeof name !== "string" || typeof key !== "string") return [];
      return [{ container, kind: secretKeyRef ? "Secret" : "ConfigMap", name, key, optional }];
    }),
  );
}

/** The Secrets that variables of a workload come from; without a key from all of its keys. */
function secretsOf(object: KubeObjectLike): { name: string; key?: string }[] {
  const whole = containersOf(object)
    .flatMap(({ envFrom }) => listOf(envFrom))
    .flatMap((from) => (typeof from?.secretRef?.name === "string" ? [{ name: from.secretRef.name }] : []));
  return [...keyRefsOf(object).filter(({ kind }) => kind === "Secret"), ...whole];
}

/** What a rendered Secret or ConfigMap holds, as texts by key; nothing when the driver does not render it. */
function valuesOf(objects: readonly KubeObjectLike[], kind: string, name: string): Record<string, string> {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (!found) return {};
  const { data = {}, binaryData = {}, stringData = {} } = found;
  const encoded = kind === "Secret" ? { ...data } : { ...binaryData };
  for (const [key, value] of Object.entries(encoded))
    encoded[key] = Buffer.from(String(value), "base64").toString();
  return { ...(kind === "Secret" ? {} : data), ...encoded, ...stringData };
}

/** The pods that an object makes, or is. */
function podOf(object: KubeObjectLike): any {
  if (object.kind === "Pod") return object;
  return object.kind === "CronJob" ? object.spec?.jobTemplate?.spec?.template : object.spec?.template;
}

function containersOf(object: KubeObjectLike): any[] {
  const { containers, initContainers } = podOf(object)?.spec ?? {};
  return [...listOf(containers), ...listOf(initContainers)];
}

/** A list's items that are maps; templates may print anything. */
const listOf = (value: unknown): any[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === "object" && item !== null) : [];
