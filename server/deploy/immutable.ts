import { type KubeObjectLike, recreationOf } from "../../drivers/kit/index.ts";

/** What becomes of an object that is to be another. */
export interface Fate {
  /** Whether it would be deleted and made anew, since Kubernetes lets nobody change it so. */
  recreate: boolean;
  /** Why it would be neither changed nor made anew; null when it would. */
  refused: string | null;
}

/** A value that differs, by path. */
interface Differing {
  path: string;
  before?: unknown;
  after?: unknown;
}

/** What Kubernetes lets nobody change, by kind; see its API reference and validation. */
const immutable: Record<string, RegExp> = {
  Deployment: /^\.spec\.selector/,
  DaemonSet: /^\.spec\.selector/,
  ReplicaSet: /^\.spec\.selector/,
  StatefulSet:
    /^\.spec\.(?!replicas|template|updateStrategy|ordinals|minReadySeconds|persistentVolumeClaimRetentionPolicy|revisionHistoryLimit)/,
  Job: /^\.spec\.(template|selector|completionMode|podFailurePolicy)/,
  PersistentVolumeClaim: /^\.spec\.(?!resources|volumeAttributesClassName)/,
  PersistentVolume: /^\.spec\.(?!capacity|accessModes|persistentVolumeReclaimPolicy|mountOptions|claimRef)/,
  StorageClass: /^\.(provisioner|parameters|reclaimPolicy|volumeBindingMode)/,
  RoleBinding: /^\.roleRef/,
  ClusterRoleBinding: /^\.roleRef/,
  IngressClass: /^\.spec\.controller/,
  Service: /^\.spec\.clusterIP/,
  Secret: /^\.type$/,
};

/** What is so where nothing is said: to say it changes nothing. */
const defaults: Record<string, unknown> = {
  ".spec.podManagementPolicy": "OrderedReady",
  ".spec.completionMode": "NonIndexed",
  ".spec.volumeMode": "Filesystem",
  ".reclaimPolicy": "Delete",
  ".volumeBindingMode": "Immediate",
  ".type": "Opaque",
};

/** The claims of a StatefulSet have the defaults of claims. */
const defaultOf = (path: string) => defaults[path.replace(/^\.spec\.volumeClaimTemplates\[\d+\]/, "")];

const isReal = ({ path, before, after }: Differing) =>
  (before ?? defaultOf(path)) !== (after ?? defaultOf(path));

/** The fields among those that differ that Kubernetes lets nobody change. Pure. */
function fixedFields(before: KubeObjectLike, fields: readonly Differing[]): string[] {
  const fixed = immutable[before.kind];
  const isFrozen = (path: string) =>
    before.immutable === true && /^\.(data|stringData|binaryData|immutable)/.test(path);
  return fields
    .filter((field) => isFrozen(field.path) || (fixed?.test(field.path) && isReal(field)))
    .map(({ path }) => path);
}

/** Whether an object can be changed so, is made anew for it, or is left, which fails the update. Pure. */
export function fateOf(before: KubeObjectLike, after: KubeObjectLike, fields: readonly Differing[]): Fate {
  const fixed = fixedFields(before, fields);
  if (fixed.length === 0) return { recreate: false, refused: null };
  const how = recreationOf(after, before);
  if (!("refused" in how)) return { recreate: true, refused: null };
  const which = fixed.slice(0, 3).join(", ") + (fixed.length > 3 ? ` and ${fixed.length - 3} more` : "");
  return {
    recreate: false,
    refused: `cannot be changed (${which}): the update will be refused; ${how.refused}`,
  };
}
