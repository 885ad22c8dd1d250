import { createRenderer, type Renderer } from "../../drivers/kit/index.ts";
import { startListWatch } from "../../kube/list-watch.ts";
import { type StyrminDeployment, styrminDeploymentKind } from "../../kube/styrmin-deployment.ts";
import type { Kube, Sight, WatchEvent } from "../../kube/types.ts";
import type { Log } from "../../lib/log.ts";
import { createBackoff, type LoopHealth } from "../../lib/loop.ts";
import { type Bundles, defaultSettings, type Deps, type OperatorSettings } from "./deps.ts";
import { createNewDefinitions } from "./definitions.ts";
import { createDriftLedger } from "./drift.ts";
import { RetryError } from "./failure.ts";
import { guarded } from "./guard.ts";
import { createHookTimes } from "./hook-time.ts";
import { createOwnWrites } from "./own-writes.ts";
import { createWorkQueue } from "./queue.ts";
import { reconcile } from "./reconcile.ts";
import { keyOf, refOf } from "./refs.ts";
import { createReleaseStore } from "./release-store.ts";
import { createStartLedger } from "./starting.ts";
import { createViews } from "./views.ts";
import { createWarnings } from "./warnings.ts";

export interface Operator {
  /** Resolves when the resources and Releases are known and work begins; rejects when stopped before. */
  ready: Promise<void>;
  health(): LoopHealth;
  /** Settles when the signal was aborted and the work in hand has ended. Never rejects. */
  done: Promise<void>;
}

export interface OperatorOptions {
  kube: Kube;
  /** The agent's own namespace, where the resources are. */
  namespace: string;
  bundles: Bundles;
  log: Log;
  signal: AbortSignal;
  /** Is told of all that the operator watches. */
  sight?: Sight | undefined;
  settings?: Partial<OperatorSettings>;
  /** Whether this operator may write; asked before each write. Default always. */
  held?: () => boolean;
  /** Default one of its own, which ends with the operator. */
  renderer?: Renderer;
}

/**
 * Loop 2 of the agent: keeps the cluster as the StyrminDeployments of its namespace say, whether or not the
 * server can be reached. What changes in the cluster wakes it; a slow resync stands behind that.
 */
export function startOperator(options: OperatorOptions): Operator {
  const { namespace, bundles, log, signal, sight, held = () => true } = options;
  const settings = { ...defaultSettings, ...options.settings };
  const { relistMs, driftDebounceMs, concurrency, limitMs, retryBaseMs, retryCapMs } = settings;
  const kube = guarded(options.kube, held);
  const renderer = options.renderer ?? createRenderer();
  const own = createOwnWrites();
  const nameByDeployment = new Map<string, string>();
  /** The generation of each resource that was looked at last. */
  const generations = new Map<string, number | undefined>();
  let open = false;

  const wakeDeployment = (deploymentId: string, isNews?: () => boolean) => {
    const name = nameByDeployment.get(deploymentId);
    if (open && name !== undefined) queue.wake(name, { delayMs: driftDebounceMs, isNews });
  };
  /** A list that came through says that the API answers again. */
  const retry = () => {
    if (open) queue.retry();
  };
  const watched = { kube, signal, log, relistMs, sight, onSynced: retry };
  const views = createViews({ ...watched, onChange: wakeDeployment });
  const releases = createReleaseStore({ ...watched, namespace, onLoss: wakeDeployment });
  const resources = startListWatch(kube, {
    kind: styrminDeploymentKind,
    namespace,
    signal,
    relistMs,
    log,
    sight,
    onEvent: (event) => onResource(event),
  });

  const onResource = (event: WatchEvent) => {
    const news = own.isNews(event);
    if (event.type === "SYNCED") return retry();
    const resource = event.object as StyrminDeployment;
    const { name, generation, deletionTimestamp } = resource.metadata;
    // A copy that somebody made must not stand in for the resource.
    if (name === resource.spec.releaseName) nameByDeployment.set(resource.spec.deploymentId, name);
    if (!news || !open) return;
    const before = event.before?.metadata;
    const urgent = before?.generation !== generation || before?.deletionTimestamp !== deletionTimestamp;
    queue.wake(name, { urgent, isNews: () => event.type === "DELETED" || own.isStillNews(resource) });
  };

  const deps: Deps = {
    kube,
    namespace,
    views,
    warnings: createWarnings(kube),
    releases,
    bundles,
    renderer,
    drift: createDriftLedger(),
    definitions: createNewDefinitions(),
    starting: createStartLedger(),
    hookTimes: createHookTimes(),
    ended: new Map(),
    failures: new Map(),
    noteResource: (resource) => note(resource),
    settings,
    log,
  };

  /** What our own write returned may be newer than what the look began with; its event is no news any more. */
  const note = (resource: StyrminDeployment) => {
    own.note(resource);
    const { name, generation } = resource.metadata;
    if (generation !== generations.get(name)) queue.wake(name, { urgent: true });
  };

  const look = async (name: string, until: AbortSignal): Promise<number | undefined> => {
    if (!held()) return notHeldAgainMs;
    const key = keyOf({ ...styrminDeploymentKind, namespace, name });
    const resource = own.newest(key, resources.get(namespace, name));
    if (resource !== undefined) {
      generations.set(name, resource.metadata.generation);
      return await reconcile(deps, resource as StyrminDeployment, until);
    }
    generations.delete(name);
    deps.failures.delete(name);
    deps.starting.forget(name);
    deps.hookTimes.forget(name);
    deps.ended.delete(name);
    return undefined;
  };
  const queue = createWorkQueue({
    name: "operator",
    work: look,
    signal,
    log,
    concurrency,
    limitMs,
    makeBackoff: () => createBackoff({ baseMs: retryBaseMs, capMs: retryCapMs }),
    askedWaitMs: (thrown) => (thrown instanceof RetryError ? thrown.waitMs : 0),
  });

  const begin = async () => {
    await Promise.all([resources.synced, releases.synced]);
    open = true;
    for (const resource of resources.all()) queue.wake(refOf(resource).name);
  };
  const ready = begin();
  ready.catch(() => {});

  const end = async () => {
    await Promise.all([queue.done, resources.done, releases.done]);
    await views.done();
    if (!options.renderer) await renderer.close();
  };

  return {
    ready,
    health() {
      const { lastSuccessAt, lastError, failures } = queue.health();
      const trouble = resources.trouble() ?? releases.trouble() ?? views.trouble();
      const freshAt = resources.freshAt();
      const latest = Math.max(lastSuccessAt?.getTime() ?? 0, freshAt?.getTime() ?? 0);
      return {
        name: "operator",
        lastSuccessAt: latest > 0 ? new Date(latest) : null,
        lastError: trouble ?? lastError,
        failures,
      };
    },
    done: end(),
  };
}

/** While another agent holds the lease there is nothing to do but to look whether it still does. */
const notHeldAgainMs = 500;
