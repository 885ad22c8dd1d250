import type { HealthState } from "../../../../agent/operator/health.ts";
import type { KubeObject } from "../../../../kube/types.ts";

/** One state of one kind: how a real node is brought to it, and what Styrmin is to say of it. */
export interface Case {
  /** What state it is in; unique among the cases of its kind. */
  name: string;
  /** The object, and before it what it needs. The last one is captured. */
  objects: Wanted[];
  /** Waited for before it is captured; without it, it is captured as the creation answered it. */
  until?: (object: KubeObject) => boolean;
  /** Changes the object once `until` holds, and waits again. */
  change?: { patch: object; until: (object: KubeObject) => boolean };
  /** Removes the object once all else holds, and captures it on its way. */
  remove?: boolean;
  state: HealthState;
  /** A part of what is said; nothing is said of what is as it should be. */
  message?: string;
  /** Of a pod: a part of why it does not come up; without it nothing is wrong with the pod. */
  trouble?: string;
}

export type Wanted = Omit<KubeObject, "metadata"> & { metadata?: Partial<KubeObject["metadata"]> };

/** A captured case, as it is kept in `<Kind>.json`. */
export interface Captured extends Pick<Case, "name" | "state" | "message" | "trouble"> {
  object: KubeObject;
}

export const condition =
  (type: string, status = "True", reason?: string) =>
  ({ status: own }: KubeObject): boolean =>
    own?.conditions?.some(
      (one: { type: string; status: string; reason?: string }) =>
        one.type === type && one.status === status && (reason === undefined || one.reason === reason),
    ) ?? false;

export const status =
  (wanted: Record<string, unknown>) =>
  ({ status: own, metadata }: KubeObject): boolean =>
    (own?.observedGeneration ?? metadata.generation) === metadata.generation &&
    Object.entries(wanted).every(([field, value]) => Bun.deepEquals(own?.[field] ?? 0, value));

/** A container that only sleeps; `command` is a line of shell. */
export const container = (command = "exec sleep 3600", more: object = {}) => ({
  name: "main",
  image: "busybox:1.37",
  imagePullPolicy: "IfNotPresent",
  command: ["sh", "-c", command],
  ...more,
});

export const podSpec = (command?: string, more: object = {}, ofContainer: object = {}) => ({
  terminationGracePeriodSeconds: 0,
  containers: [container(command, ofContainer)],
  ...more,
});

/** A pod template with the label that `selector` selects. */
export const template = (spec: object = podSpec(), more: object = {}) => ({
  metadata: { labels: { app: "captured" } },
  spec,
  ...more,
});

export const selector = { matchLabels: { app: "captured" } };
export const neverReady = { readinessProbe: { exec: { command: ["false"] }, periodSeconds: 1 } };
export const impossible = { nodeSelector: { "example.net/none": "true" } };
/** A quota that lets no pod be. */
export const noPods: Wanted = { apiVersion: "v1", kind: "ResourceQuota", spec: { hard: { pods: "0" } } };
