import type { Log } from "../../lib/log.ts";
import { sleep } from "../../lib/loop.ts";
import { startListWatch } from "../../kube/list-watch.ts";
import { labels, managers } from "../../kube/styrmin-deployment.ts";
import type { KindRef, Kube, KubeObject, ListWatch, ObjectRef, Sight, WatchEvent } from "../../kube/types.ts";
import { healthOf } from "./health.ts";
import { missingRight } from "./refusal.ts";
import { createOwnWrites, type OwnWrites } from "./own-writes.ts";
import { keyOf } from "./refs.ts";

/**
 * Live views of all objects that carry our label, one list-watch for each kind that a Release has. They tell
 * which deployment to look at again, and save a GET before each apply.
 */
export interface Views {
  /**
   * Begins to watch kinds not yet watched, and waits a moment until their first list is there. Throws StallError when
   * one may not be watched: its drift would go unseen.
   */
  follow(kinds: KindRef[], signal: AbortSignal): Promise<void>;
  /** The newest known state: from the view, or from the API while the view is not live. */
  read(ref: ObjectRef, signal: AbortSignal): Promise<KubeObject | undefined>;
  /** From the API itself; for decisions that must not rest on anything old. */
  readFresh(ref: ObjectRef, signal: AbortSignal): Promise<KubeObject | undefined>;
  /** Takes what an own write returned, and answers what is kept of it. */
  note(object: KubeObject): KubeObject;
  podsOf(deploymentId: string): KubeObject[];
  /** The labelled claims, also those that a StatefulSet made. */
  claimsOf(deploymentId: string): KubeObject[];
  /** Why a view is not live at the moment; null when all are. */
  trouble(): string | null;
  done(): Promise<void>;
}

export interface ViewsOptions {
  kube: Kube;
  signal: AbortSignal;
  log: Log;
  /** A complete list of each kind at least this often, milliseconds. */
  relistMs?: number;
  /** How long `follow` waits for a first list before reads go to the API instead. */
  patienceMs?: number;
  /**
   * Called for each change that is not an echo of our own write. `isNews` tells later whether it is not,
   * since an echo may come before the answer to the write.
   */
  onChange: (deploymentId: string, isNews: () => boolean) => void;
  /** Called after each complete list of a kind. */
  onSynced: () => void;
  sight?: Sight | undefined;
}

interface View {
  list: ListWatch;
  own: OwnWrites;
  /** The first list is there. */
  live: boolean;
  /** The first list is there, or was waited for long enough. */
  ready: Promise<unknown>;
  byDeployment: Map<string, Map<string, KubeObject>>;
}

const podKind = { apiVersion: "v1", kind: "Pod" };
const claimKind = { apiVersion: "v1", kind: "PersistentVolumeClaim" };

export function createViews(options: ViewsOptions): Views {
  const { kube, signal, log, relistMs, patienceMs = 3000, onChange, onSynced, sight } = options;
  const views = new Map<string, View>();

  const start = (kind: KindRef): View => {
    const own = createOwnWrites();
    const byDeployment: View["byDeployment"] = new Map();
    const onEvent = (event: WatchEvent) => {
      const news = own.isNews(event);
      if (event.type === "SYNCED") return onSynced();
      const owner = index(byDeployment, event);
      if (!news || !owner || !matters(event)) return;
      onChange(owner, () => event.type === "DELETED" || own.isStillNews(event.object));
    };
    const list = startListWatch(kube, {
      kind,
      labelSelector: labels.deployment,
      signal,
      onEvent,
      relistMs,
      project,
      log,
      sight,
    });
    const synced = list.synced.then(() => void (view.live = true)).catch(() => {});
    const ready = Promise.race([synced, sleep(patienceMs, signal).catch(() => {})]);
    const view: View = { list, own, live: false, ready, byDeployment };
    views.set(kindKey(kind), view);
    return view;
  };
  start(podKind);
  start(claimKind);

  const objectsOf = (kind: KindRef, deploymentId: string): KubeObject[] => [
    ...(views.get(kindKey(kind))?.byDeployment.get(deploymentId)?.values() ?? []),
  ];

  return {
    async follow(kinds, until) {
      const wanted = new Map(kinds.map((kind) => [kindKey(kind), kind]));
      const waits: Promise<unknown>[] = [];
      for (const [key, kind] of wanted) {
        // A kind that is not served yet would only fail; its reads go to the API until it is.
        if (!views.has(key) && (await kube.kindInfo(kind, until)) === undefined) continue;
        const view = views.get(key) ?? start(kind);
        if (!view.live) waits.push(view.ready);
      }
      await Promise.all(waits);
      until.throwIfAborted();
      for (const key of wanted.keys()) {
        const list = views.get(key)?.list;
        const lacking = missingRight(list?.trouble() ?? "");
        if (!lacking) continue;
        // It may have been granted by now: the next look will know.
        list?.hurry();
        throw lacking;
      }
    },

    async read(ref, until) {
      const view = views.get(kindKey(ref));
      if (!view?.live || isBlind(view.list)) return kube.get(ref, until);
      return view.own.newest(keyOf(ref), view.list.get(ref.namespace, ref.name));
    },
    readFresh: (ref, until) => kube.get(ref, until),
    note(object) {
      const kept = project(object);
      views.get(kindKey(object))?.own.note(kept);
      return kept;
    },
    podsOf: (deploymentId) => objectsOf(podKind, deploymentId),
    claimsOf: (deploymentId) => objectsOf(claimKind, deploymentId),

    trouble() {
      for (const [key, { list }] of views) {
        const trouble = list.trouble();
        if (trouble !== null) return `${key}: ${trouble}`;
      }
      return null;
    },
    async done() {
      await Promise.all([...views.values()].map(({ list }) => list.done));
    },
  };
}

/** A view that has been cut off for so long is not relied upon. A watch that is just made anew is no reason. */
const blindMs = 3000;

function isBlind(list: ListWatch): boolean {
  return list.trouble() !== null && Date.now() - (list.freshAt()?.getTime() ?? 0) > blindMs;
}

/** Keeps the index by deployment; answers whose object the event is about. */
function index(
  byDeployment: View["byDeployment"],
  event: Exclude<WatchEvent, { type: "SYNCED" }>,
): string | undefined {
  const { namespace = "", name } = event.object.metadata;
  const before = event.before?.metadata.labels?.[labels.deployment];
  const owner = event.object.metadata.labels?.[labels.deployment] ?? before;
  if (owner === undefined) return undefined;
  if (before !== undefined && before !== owner) byDeployment.get(before)?.delete(`${namespace}/${name}`);
  const own = byDeployment.get(owner) ?? new Map<string, KubeObject>();
  if (event.type === "DELETED") own.delete(`${namespace}/${name}`);
  else own.set(`${namespace}/${name}`, event.object);
  if (own.size > 0) byDeployment.set(owner, own);
  else byDeployment.delete(owner);
  return owner;
}

/** Objects say many things; only what others may have changed and what a deployment's health rests on is news. */
function matters({ type, object, before }: Exclude<WatchEvent, { type: "SYNCED" }>): boolean {
  if (type !== "MODIFIED" || before === undefined) return true;
  const say = object.kind === "Pod" ? sayOf : restOf;
  return !Bun.deepEquals(say(before), say(object));
}

/** All but what a controller tells of its progress; where that counts, the health says so. */
function restOf(object: KubeObject): unknown {
  const { metadata, status, ...rest } = object;
  const { resourceVersion: _, ...meta } = metadata;
  const { conditions: __, ...counts } = status ?? {};
  return [healthOf(object), counts, meta, rest];
}

const sayOf = ({ metadata, status }: KubeObject) => [
  metadata.deletionTimestamp,
  status?.phase,
  [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].map(
    ({ state, restartCount }) => [state?.waiting?.reason, state?.terminated?.exitCode, restartCount],
  ),
];

/** Of the managed fields only our own entry is ever read; of pods that we did not apply only their node and the claims they use are kept. */
function project(object: KubeObject): KubeObject {
  const { managedFields = [], ...metadata } = object.metadata;
  const ours = managedFields.filter(
    ({ manager, operation }) => manager === managers.operator && operation === "Apply",
  );
  const kept: KubeObject = { ...object, metadata: { ...metadata, managedFields: ours } };
  if (object.kind !== "Pod" || ours.length > 0) return kept;
  const { apiVersion, kind, status, spec } = kept;
  const volumes = (spec?.volumes ?? []).filter((volume: KubeObject) => volume.persistentVolumeClaim);
  return { apiVersion, kind, metadata: kept.metadata, spec: { volumes, nodeName: spec?.nodeName }, status };
}

const kindKey = ({ apiVersion, kind }: KindRef) => `${apiVersion} ${kind}`;
