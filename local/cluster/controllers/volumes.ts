import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { messageOf } from "../../../lib/errors.ts";
import { resourceKey } from "../resources.ts";
import type { Api, Controller, KubeObject } from "../types.ts";
import { type ControllerOptions, keyOf, objectKey, startController } from "./controller.ts";
import { claims, nodeName, pods, storageClasses, volumes } from "./names.ts";
import { ignoringGone, isClosing, isFinished } from "./pods.ts";
import { writeStatus } from "./status.ts";

const component = "persistentvolume-controller";
const provisioner = "styrmin.io/directory";
const protection = "kubernetes.io/pvc-protection";

export interface VolumeOptions extends ControllerOptions {
  /** The folder whose `volumes/` holds a directory for each volume; the kubelet makes it at the first mount. */
  dir: string;
}

/** The name of a claim's volume and of its directory. */
export function volumeName(claim: KubeObject): string {
  return `pvc-${claim.metadata.uid}`;
}

/**
 * Binds claims to directories: when a pod uses them (or at once, by the storage class's mode), and lets
 * deleted ones go when no pod uses them any more.
 */
export function startClaims(api: Api, { log, cache, dir }: VolumeOptions): Controller {
  return startController({
    name: "persistentvolumeclaim-controller",
    api,
    log,
    resource: claims,
    also: ({ type, resource, object }, add) => {
      const key = resourceKey(resource);
      // A pod calls for its claims when it comes and when it goes or ends.
      if (key === "pods" && (type !== "MODIFIED" || isFinished(object))) {
        for (const name of claimNames(object)) add(keyOf(name, object.metadata.namespace));
      } else if (key === "storageclasses.storage.k8s.io" && type === "ADDED") {
        for (const claim of api.list(claims)) if (!claim.spec.volumeName) add(objectKey(claim));
      }
    },
    reconcile,
  });

  function reconcile(claim: KubeObject): void {
    const { metadata } = claim;
    if (metadata.deletionTimestamp) return release(claim);
    const { volumeName: bound } = claim.spec;
    if (bound) return bind(claim, bound);
    if (isClosing(api, metadata.namespace)) return;
    const { storageClassName = "" } = claim.spec;
    const storageClass = api.get(storageClasses, storageClassName);
    if (!storageClass && storageClassName !== "") {
      const message = `storageclass.storage.k8s.io "${storageClassName}" not found`;
      return api.event(claim, "Warning", "ProvisioningFailed", message, component);
    }
    if (storageClass?.provisioner !== provisioner) return;
    if (storageClass.volumeBindingMode !== "Immediate" && !isUsed(claim)) {
      const message = "waiting for first consumer to be created before binding";
      return api.event(claim, "Normal", "WaitForFirstConsumer", message, component);
    }
    const name = volumeName(claim);
    if (!api.get(volumes, name)) {
      api.create(volumes, volumeFor(claim, storageClass));
      api.event(
        claim,
        "Normal",
        "ProvisioningSucceeded",
        `Successfully provisioned volume ${name}`,
        component,
      );
    }
    bind(claim, name);
  }

  function bind(claim: KubeObject, name: string): void {
    const volume = api.get(volumes, name);
    const { uid, namespace } = claim.metadata;
    if (!volume || (volume.spec.claimRef && volume.spec.claimRef.uid && volume.spec.claimRef.uid !== uid))
      return;
    if (!volume.spec.claimRef?.uid) {
      const claimRef = { apiVersion: "v1", kind: claim.kind, name: claim.metadata.name, namespace, uid };
      api.update(volumes, { ...volume, spec: { ...volume.spec, claimRef } });
    }
    writeStatus(api, volumes, volume, { phase: "Bound" });
    if (!claim.spec.volumeName) {
      const annotations = {
        ...claim.metadata.annotations,
        "pv.kubernetes.io/bind-completed": "yes",
        "pv.kubernetes.io/bound-by-controller": "yes",
        "volume.beta.kubernetes.io/storage-provisioner": provisioner,
        "volume.kubernetes.io/storage-provisioner": provisioner,
        "volume.kubernetes.io/selected-node": nodeName,
      };
      const metadata = { ...claim.metadata, annotations };
      claim = api.update(claims, { ...claim, metadata, spec: { ...claim.spec, volumeName: name } });
    }
    const { accessModes, capacity } = volume.spec;
    writeStatus(api, claims, claim, { phase: "Bound", accessModes: accessModes, capacity });
  }

  function release(claim: KubeObject): void {
    const { finalizers = [] } = claim.metadata;
    if (!finalizers.includes(protection) || isUsed(claim)) return;
    const rest = finalizers.filter((each) => each !== protection);
    api.update(claims, { ...claim, metadata: { ...claim.metadata, finalizers: rest } });
  }

  function isUsed({ metadata }: KubeObject): boolean {
    return cache
      .inNamespace(metadata.namespace!, pods)
      .some(({ object }) => !isFinished(object) && claimNames(object).includes(metadata.name));
  }

  function volumeFor(claim: KubeObject, storageClass: KubeObject) {
    const { name, namespace, uid } = claim.metadata;
    const { accessModes, resources, volumeMode } = claim.spec;
    return {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: {
        name: volumeName(claim),
        annotations: { "pv.kubernetes.io/provisioned-by": provisioner },
      },
      spec: {
        accessModes,
        capacity: { storage: resources.requests.storage },
        claimRef: { apiVersion: "v1", kind: claim.kind, name, namespace, uid },
        persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? "Delete",
        storageClassName: storageClass.metadata.name,
        volumeMode,
        hostPath: { path: resolve(dir, "volumes", volumeName(claim)), type: "DirectoryOrCreate" },
      },
    };
  }
}

/** Removes the volumes, with their directories, whose claims are gone and whose reclaim policy says so. */
export function startVolumes(api: Api, { log, dir }: VolumeOptions): Controller {
  return startController({
    name: component,
    api,
    log,
    resource: volumes,
    also: ({ type, resource, object }, add) => {
      const { volumeName: name } = object.spec ?? {};
      if (type === "DELETED" && resourceKey(resource) === "persistentvolumeclaims" && name) {
        add(keyOf(name, undefined));
      }
    },
    reconcile,
  });

  async function reconcile(volume: KubeObject): Promise<void> {
    const { claimRef, persistentVolumeReclaimPolicy } = volume.spec;
    if (!claimRef?.uid || volume.metadata.deletionTimestamp) return;
    if (api.get(claims, claimRef.name, claimRef.namespace)?.metadata.uid === claimRef.uid) return;
    writeStatus(api, volumes, volume, { phase: "Released" });
    const ours = volume.metadata.annotations?.["pv.kubernetes.io/provisioned-by"] === provisioner;
    if (!ours || persistentVolumeReclaimPolicy !== "Delete") return;
    // Not the path in the volume's spec, which anybody may write, and which a moved folder makes wrong.
    const path = join(dir, "volumes", `pvc-${claimRef.uid}`);
    try {
      await rm(path, { recursive: true, force: true });
    } catch (thrown) {
      api.event(volume, "Warning", "VolumeFailedDelete", messageOf(thrown), component);
      throw thrown;
    }
    ignoringGone(() => api.delete(volumes, volume.metadata.name, undefined));
  }
}

function claimNames(pod: KubeObject): string[] {
  const used: any[] = pod.spec.volumes ?? [];
  return used.map((volume) => volume.persistentVolumeClaim?.claimName).filter(Boolean);
}
