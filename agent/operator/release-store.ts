import type { Log } from "../../lib/log.ts";
import { startListWatch } from "../../kube/list-watch.ts";
import { labels, managers } from "../../kube/styrmin-deployment.ts";
import type { Kube, KubeObject, Sight, WatchEvent } from "../../kube/types.ts";
import { refOf } from "./refs.ts";
import { isHead, type Release, releaseOf, releaseRole, revisionOf, secretsOf } from "./releases.ts";

/** The Releases in the cluster, as the operator is the only one to write them. */
export interface ReleaseStore {
  /** All whole Releases of a deployment, the newest first. Throws an Error for one that cannot be read. */
  of(deploymentId: string): Release[];
  /**
   * Makes sure that a Release that the status names is known. A list that was not whole may lack it; without it what
   * it made would be forgotten. It costs nothing while it is known.
   */
  recall(deploymentId: string, name: string | undefined, signal: AbortSignal): Promise<void>;
  /** Writes a Release and answers it; what is there already is not written again. */
  keep(release: Release, signal: AbortSignal): Promise<Release>;
  /** Removes the Secrets of a deployment's revisions, whole or not, that `goes` names. Answers how many. */
  remove(deploymentId: string, goes: (revision: number) => boolean, signal: AbortSignal): Promise<number>;
  synced: Promise<void>;
  trouble(): string | null;
  done: Promise<void>;
}

export interface ReleaseStoreOptions {
  kube: Kube;
  /** The agent's own. */
  namespace: string;
  signal: AbortSignal;
  log: Log;
  relistMs?: number;
  /** Somebody else removed a Release. */
  onLoss: (deploymentId: string) => void;
  /** Called after each complete list. */
  onSynced: () => void;
  sight?: Sight | undefined;
}

export function createReleaseStore(options: ReleaseStoreOptions): ReleaseStore {
  const { kube, namespace, signal, log, relistMs, onLoss, onSynced, sight } = options;
  const byDeployment = new Map<string, Map<string, KubeObject>>();
  const decoded = new WeakMap<KubeObject, Release>();
  const sorted = new Map<string, Release[]>();

  const put = (secret: KubeObject) => {
    const owner = ownerOf(secret);
    const own = byDeployment.get(owner) ?? new Map<string, KubeObject>();
    byDeployment.set(owner, own);
    sorted.delete(owner);
    const before = own.get(secret.metadata.name);
    const same = before?.metadata.resourceVersion === secret.metadata.resourceVersion;
    if (!same) own.set(secret.metadata.name, secret);
  };
  const drop = (secret: KubeObject): boolean => {
    const own = byDeployment.get(ownerOf(secret));
    if (own?.get(secret.metadata.name)?.metadata.uid !== secret.metadata.uid) return false;
    own!.delete(secret.metadata.name);
    sorted.delete(ownerOf(secret));
    if (own!.size === 0) byDeployment.delete(ownerOf(secret));
    return true;
  };
  const onEvent = (event: WatchEvent) => {
    if (event.type === "SYNCED") return onSynced();
    if (event.type !== "DELETED") put(event.object);
    else if (drop(event.object)) onLoss(ownerOf(event.object));
  };
  const kind = { apiVersion: "v1", kind: "Secret" };
  const ours = `${labels.role}=${releaseRole}`;
  const list = startListWatch(kube, {
    kind,
    namespace,
    labelSelector: ours,
    signal,
    onEvent,
    relistMs,
    log,
    sight,
  });

  return {
    of(deploymentId) {
      const known = sorted.get(deploymentId);
      if (known) return known;
      const own = byDeployment.get(deploymentId);
      if (own === undefined) return [];
      const heads = [...own.values()].filter(isHead);
      const releases = heads.flatMap((head) => {
        const known = decoded.get(head) ?? releaseOf(head, (name) => own.get(name));
        if (known) decoded.set(head, known);
        return known ? [known] : [];
      });
      releases.sort((one, other) => other.revision - one.revision);
      sorted.set(deploymentId, releases);
      return releases;
    },

    async recall(deploymentId, name, until) {
      if (name === undefined || byDeployment.get(deploymentId)?.has(name)) return;
      if (!(await kube.get({ ...kind, name, namespace }, until))) return;
      const labelSelector = `${ours},${labels.deployment}=${deploymentId}`;
      const { items } = await kube.list(kind, { namespace, labelSelector }, until);
      for (const secret of items) put(secret);
      if (byDeployment.get(deploymentId)?.has(name)) return;
      throw new Error(`the API server's list of Releases is not whole: ${name} is missing from it`);
    },

    async keep(release, until) {
      const written: KubeObject[] = [];
      for (const secret of secretsOf(release, namespace)) {
        const there = byDeployment.get(release.deploymentId)?.get(secret.metadata.name);
        if (there && Bun.deepEquals(there.data, secret.data)) continue;
        written.push(await kube.apply(secret, { manager: managers.operator, force: true }, until));
      }
      for (const secret of written) put(secret);
      decoded.set(byDeployment.get(release.deploymentId)!.get(release.name)!, release);
      return release;
    },

    async remove(deploymentId, goes, until) {
      const own = [...(byDeployment.get(deploymentId)?.values() ?? [])];
      // The head goes first: without it the rest is no Release.
      const gone = own.filter((secret) => goes(revisionOf(secret))).sort(headsFirst);
      for (const secret of gone) {
        await kube.delete(refOf(secret), { uid: secret.metadata.uid }, until);
        drop(secret);
      }
      return gone.length;
    },

    synced: list.synced,
    trouble: list.trouble,
    done: list.done,
  };
}

const ownerOf = (secret: KubeObject): string => secret.metadata.labels?.[labels.deployment] ?? "";
const headsFirst = (one: KubeObject, other: KubeObject) => Number(isHead(other)) - Number(isHead(one));
