import {
  containersOf,
  didYouMean,
  hasLabels,
  type KubeObjectLike,
  mapsIn,
  podOf,
  valuesIn,
} from "../../../drivers/kit/index.ts";

/** What is to be said of an object. */
export interface Remark {
  object: KubeObjectLike;
  message: string;
}

/** Mounts of volumes that the pod does not have: the cluster refuses such a workload. */
export function lostMounts(objects: readonly KubeObjectLike[]): Remark[] {
  return objects.flatMap((object) => {
    const claimed = mapsIn(object.spec?.volumeClaimTemplates).map((claim) => claim?.metadata?.name);
    const names = [...mapsIn(podOf(object)?.spec?.volumes).map((volume) => volume?.name), ...claimed];
    const known = names.filter((name) => typeof name === "string");
    return containersOf(object).flatMap(({ name: container, volumeMounts }) =>
      mapsIn(volumeMounts)
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
      const known = Object.keys(valuesIn(objects, kind, name));
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
        .flatMap(({ ports: own }) => mapsIn(own).map(({ name }) => name));
      const known = ports.filter((name) => typeof name === "string");
      if (pods.length === 0) return [];
      return mapsIn(object.spec.ports)
        .map(({ targetPort }) => targetPort)
        .filter((port) => typeof port === "string" && !/^\d+$/.test(port) && !known.includes(port))
        .map((port: string) => {
          const message = `sends to the port "${port}", which no container of its pods names: nobody answers there`;
          return { object, message: message + didYouMean(port, known) };
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
    mapsIn(env).flatMap((variable): KeyRef[] => {
      const { secretKeyRef, configMapKeyRef } = variable?.valueFrom ?? {};
      const { name, key, optional = false } = secretKeyRef ?? configMapKeyRef ?? {};
      if (typeof name !== "string" || typeof key !== "string") return [];
      return [{ container, kind: secretKeyRef ? "Secret" : "ConfigMap", name, key, optional }];
    }),
  );
}
