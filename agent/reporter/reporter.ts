import {
  type Client,
  type DeploymentStatusInput,
  type PodStatusInput,
  ReportDeploymentStatusesDocument,
  type ReportOutcome,
  ReportPodStatusesDocument,
} from "../../clients/sdk/index.ts";
import { startListWatch } from "../../kube/list-watch.ts";
import { type StyrminDeployment, styrminDeploymentKind } from "../../kube/styrmin-deployment.ts";
import type { Kube, KubeObject, ListWatch, Sight } from "../../kube/types.ts";
import type { Log } from "../../lib/log.ts";
import { type Loop, startLoop } from "../../lib/loop.ts";
import type { Session } from "../session/session.ts";
import { createOwners, deploymentStatusOf, podStatusOf, projectPod } from "./observe.ts";
import { hashOf, type Observation, planReport, type Snapshot, takeSnapshot } from "./plan.ts";

export interface ReporterOptions {
  client: Client;
  session: Session;
  kube: Kube;
  /** The agent's namespace. */
  namespace: string;
  /** How often everything is posted, milliseconds. Default 5,000. */
  everyMs?: number;
  /** How long after a change an early post follows, milliseconds; 0: none. Default 300. */
  soonMs?: number;
  /** What the agent cannot see; the views of the reporter among it. */
  sight: Sight;
  signal: AbortSignal;
  log: Log;
}

/** A first list that takes longer than this is worth a word, milliseconds. */
const firstListMs = 1_000;

export interface Reporter {
  loop: Loop;
  /** The pods of a deployment as last seen, for inquiries. */
  podsOf(
    deploymentId: string,
  ): { namespace: string; name: string; component: string | null; containers: string[] }[];
  done: Promise<void>;
}

interface Stream<T> {
  /** Names the stream in the log. */
  what: string;
  view: ListWatch;
  /** The namespace that the view covers; null for all. */
  scope: string | null;
  observe(): Observation<T>[];
  post(report: Report<T>, signal: AbortSignal): Promise<ReportOutcome>;
  /** The last snapshot that the server took, in this epoch. */
  taken: { epoch: number; snapshot: Snapshot<T> } | undefined;
}

interface Report<T> {
  epoch: number;
  sequence: number;
  kind: "FULL" | "DELTA" | "SAME";
  base: string | null;
  digest: string;
  scopes: { namespace: string | null; complete: boolean; reason: string | null }[];
  changed: T[];
  removed: string[];
}

/** Loop 3: posts the whole observed state every 5 s, as little of it on the wire as the server needs. */
export function startReporter(options: ReporterOptions): Reporter {
  const { client, session, kube, namespace, everyMs = 5_000, soonMs = 300, sight, signal, log } = options;
  let sequence = 0;
  let soon: ReturnType<typeof setTimeout> | undefined;
  const changed = () => {
    if (soonMs > 0 && !signal.aborted) soon ??= setTimeout(() => ((soon = undefined), loop.wake()), soonMs);
  };
  signal.addEventListener("abort", () => clearTimeout(soon), { once: true });

  const shared = { signal, sight, log: log.with({ watch: "reporter" }), onEvent: changed };
  const resources = startListWatch(kube, { ...shared, kind: styrminDeploymentKind, namespace });
  const pods = startListWatch(kube, {
    ...shared,
    kind: { apiVersion: "v1", kind: "Pod" },
    project: projectPod,
  });

  const observePods = createPodObserver(pods, resources);
  const podStream: Stream<PodStatusInput> = {
    what: "pods",
    view: pods,
    scope: null,
    observe: observePods,
    taken: undefined,
    post: async ({ changed: list, ...report }, own) =>
      (await client.execute(ReportPodStatusesDocument, { input: { ...report, pods: list } }, { signal: own }))
        .reportPodStatuses.outcome,
  };
  const resourceStream: Stream<DeploymentStatusInput> = {
    what: "deployments",
    view: resources,
    scope: namespace,
    observe: createCache(
      () => resources.all() as StyrminDeployment[],
      (resource) => deploymentStatusOf(resource),
    ),
    taken: undefined,
    post: async ({ changed: list, ...report }, own) =>
      (
        await client.execute(
          ReportDeploymentStatusesDocument,
          { input: { ...report, deployments: list, blind: sight.blindSpots() } },
          { signal: own },
        )
      ).reportDeploymentStatuses.outcome,
  };

  const report = async <T>(stream: Stream<T>, own: AbortSignal): Promise<void> => {
    const { view, scope } = stream;
    // Nothing was seen yet: there is nothing to say, not even "none"; but after a moment, that nothing is seen.
    if (view.freshAt() === null && view.blindMs() < firstListMs) return;
    await session.call(own, async ({ epoch }) => {
      const reason = view.trouble() ?? sight.trouble();
      const snapshot = takeSnapshot(stream.observe());
      const send = (taken: Snapshot<T> | undefined) =>
        stream.post(
          {
            ...planReport(snapshot, taken),
            epoch,
            sequence: ++sequence,
            digest: snapshot.digest,
            scopes: [{ namespace: scope, complete: reason === null, reason }],
          },
          own,
        );
      const known = stream.taken?.epoch === epoch ? stream.taken.snapshot : undefined;
      stream.taken = undefined; // until the answer is here, nobody knows what the server has
      let outcome = await send(known);
      if (outcome === "NEED_FULL") outcome = await send(undefined);
      if (outcome === "ACCEPTED") stream.taken = { epoch, snapshot };
      else log.warn("a report was not taken", { what: stream.what, outcome });
    });
  };

  const loop = startLoop({
    name: "reporter",
    everyMs,
    signal,
    log,
    limitMs: 30_000,
    async once(own) {
      // Resources first: pods of a deployment that the server does not know yet are of no use to it.
      const results = await Promise.allSettled([report(resourceStream, own), report(podStream, own)]);
      const failed = results.find((result) => result.status === "rejected");
      if (failed) throw failed.reason;
    },
  });

  return {
    loop,
    podsOf: (deploymentId) =>
      observePods()
        .filter(({ value }) => value.deploymentId === deploymentId)
        .map(({ value }) => ({
          namespace: value.namespace,
          name: value.name,
          component: value.component ?? null,
          containers: value.containers.map((one) => one.name),
        })),
    done: Promise.all([loop.done, pods.done, resources.done]).then(() => {}),
  };
}

/** Observes each object once: what has not changed since costs a look-up. */
function createCache<O extends KubeObject, T>(list: () => O[], toValue: (object: O) => T | undefined) {
  const known = new WeakMap<O, Observation<T> | null>();
  return function observe(): Observation<T>[] {
    const observations: Observation<T>[] = [];
    for (const object of list()) {
      let observation = known.get(object);
      if (observation === undefined) {
        const value = toValue(object);
        observation = value === undefined ? null : { uid: object.metadata.uid!, hash: hashOf(value), value };
        known.set(object, observation);
      }
      if (observation) observations.push(observation);
    }
    return observations;
  };
}

/** Whose a pod is depends on the resources too: when they change, every pod is looked at anew. */
function createPodObserver(pods: ListWatch, resources: ListWatch) {
  let seen = "";
  let observe: (() => Observation<PodStatusInput>[]) | undefined;
  return function observePods(): Observation<PodStatusInput>[] {
    const all = resources.all() as StyrminDeployment[];
    const key = all.map(({ metadata: { uid, generation } }) => `${uid}:${generation}`).join();
    if (!observe || key !== seen) {
      const owners = createOwners(all);
      observe = createCache(
        () => pods.all(),
        (pod) => {
          const owner = owners.of(pod);
          return owner && podStatusOf(pod, owner);
        },
      );
      seen = key;
    }
    return observe();
  };
}
