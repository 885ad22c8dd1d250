import { isDeepStrictEqual } from "node:util";
import { type Api, type Controller, type KubeObject, StatusError } from "../types.ts";
import { claim } from "./claim.ts";
import { type ControllerOptions, startController } from "./controller.ts";
import { deadlineIn, deploymentStatus } from "./deployment-status.ts";
import { deployments, replicaSets } from "./names.ts";
import { countPods, ignoringGone, isClosing, isFinished, podsOf } from "./pods.ts";
import {
  byAge,
  createCurrent,
  currentAnnotations,
  findCurrent,
  revisionKey,
  revisionOf,
  sizeAnnotations,
  sizeBefore,
} from "./replica-sets-of.ts";
import {
  limitsOf,
  type RolloutInput,
  rollingStep,
  scaledSizes,
  type SetCounts,
  type Sizes,
} from "./rollout.ts";
import { findCondition, writeStatus } from "./status.ts";

const component = "deployment-controller";

/** Rolls each Deployment's ReplicaSets towards its template and size, and reports how far it is. */
export function startDeployments(
  api: Api,
  { log, cache, now = () => new Date() }: ControllerOptions,
): Controller {
  return startController({
    name: component,
    api,
    log,
    resource: deployments,
    owned: [replicaSets],
    reconcile,
  });

  function reconcile(deployment: KubeObject): number | undefined {
    const { spec, metadata } = deployment;
    let sets = claim(api, cache, replicaSets, deployment);
    let current = findCurrent(deployment, sets);
    let news: Parameters<typeof deploymentStatus>[0]["news"];
    let failure: string | undefined;
    const working = !metadata.deletionTimestamp && !isClosing(api, metadata.namespace);
    const scaling = sets.some(
      (set) => set.spec.replicas > 0 && (sizeBefore(set).desiredBefore ?? spec.replicas) !== spec.replicas,
    );
    if (working) {
      try {
        const steady = spec.paused || scaling;
        const found = steady
          ? adoptRevision(deployment, sets, current)
          : ensureCurrent(deployment, sets, current);
        current = found.set;
        news = found.news;
        sets = claim(api, cache, replicaSets, deployment);
        const sizes = nextSizes(deployment, sets, current, steady);
        for (const [name, size] of sizes)
          resize(
            deployment,
            sets.find((set) => set.metadata.name === name)!,
            size,
          );
      } catch (thrown) {
        if (!(thrown instanceof StatusError) || thrown.code === 409) throw thrown;
        failure = thrown.message;
      }
    }
    report(deployment, { currentName: current?.metadata.name, news, failure });
    if (working) cleanUp(deployment, current);
    if (failure !== undefined) throw new Error(failure);
    const live = api.get(deployments, metadata.name, metadata.namespace);
    return live && deadlineIn(live, now());
  }

  /** Finds or makes the set of the template, under a revision above all others. */
  function ensureCurrent(deployment: KubeObject, sets: KubeObject[], current: KubeObject | undefined) {
    if (current) return adoptRevision(deployment, sets, current);
    const { spec, metadata } = deployment;
    const old = sets.filter((set) => set.spec.replicas > 0);
    const running = sets.some((set) => podsOf(cache, set).some((pod) => !isFinished(pod)));
    // Recreate: nothing new before everything old is gone.
    if (spec.strategy?.type === "Recreate" && running) return { set: undefined, news: undefined };
    const revision = Math.max(0, ...sets.map(revisionOf)) + 1;
    const total = old.reduce((sum, set) => sum + set.spec.replicas, 0);
    const room = spec.replicas + limitsOf(spec).maxSurge - total;
    const replicas = Math.max(0, Math.min(spec.replicas, room));
    const set = createCurrent(api, deployment, { replicas, revision });
    if (!set) {
      const status = { ...deployment.status, collisionCount: (deployment.status?.collisionCount ?? 0) + 1 };
      writeStatus(api, deployments, deployment, status);
      throw new StatusError(409, "Conflict", `the name of the new ReplicaSet of ${metadata.name} is taken`);
    }
    if (replicas > 0) tellScaled(deployment, set.metadata.name, 0, replicas);
    setRevision(deployment, revision);
    const message = `Created new replica set "${set.metadata.name}"`;
    return { set, news: { reason: "NewReplicaSetCreated" as const, message } };
  }

  /** A set that is there already gets the highest revision; an older one comes back by that (a rollback). */
  function adoptRevision(deployment: KubeObject, sets: KubeObject[], current: KubeObject | undefined) {
    if (!current) return { set: undefined, news: undefined };
    const others = sets.filter((set) => set.metadata.uid !== current.metadata.uid);
    const highest = Math.max(0, ...others.map(revisionOf)) + 1;
    const back = revisionOf(current) < highest;
    const revision = back ? highest : revisionOf(current);
    const { minReadySeconds } = deployment.spec;
    const wanted = { ...current.spec, ...(minReadySeconds === undefined ? {} : { minReadySeconds }) };
    if (minReadySeconds === undefined) delete wanted.minReadySeconds;
    const { desiredBefore } = sizeBefore(current);
    let annotations = currentAnnotations(deployment, current, revision);
    // While the Deployment is being scaled the old size is the measure of the shares.
    if (desiredBefore !== undefined && desiredBefore !== deployment.spec.replicas) {
      annotations = {
        ...annotations,
        ...pick(current.metadata.annotations ?? {}, Object.keys(sizeAnnotations(deployment.spec))),
      };
    }
    let set = current;
    if (
      !isDeepStrictEqual(wanted, current.spec) ||
      !isDeepStrictEqual(annotations, current.metadata.annotations)
    ) {
      set = api.update(replicaSets, {
        ...current,
        metadata: { ...current.metadata, annotations },
        spec: wanted,
      });
    }
    setRevision(deployment, revision);
    const message = `Found new replica set "${set.metadata.name}"`;
    return { set, news: back ? { reason: "FoundNewReplicaSet" as const, message } : undefined };
  }

  function nextSizes(
    deployment: KubeObject,
    sets: KubeObject[],
    current: KubeObject | undefined,
    scalingOnly: boolean,
  ): Sizes {
    const { spec } = deployment;
    const counts = (set: KubeObject): SetCounts => {
      const { active, available } = countPods(podsOf(cache, set), spec.minReadySeconds ?? 0, now());
      const { name } = set.metadata;
      return { name, wanted: set.spec.replicas, existing: active.length, available, ...sizeBefore(set) };
    };
    const old = sets.filter((set) => set.metadata.uid !== current?.metadata.uid).sort(byAge);
    const recreate = spec.strategy?.type === "Recreate";
    if (!current && !scalingOnly) return new Map(old.filter(isLive).map((set) => [set.metadata.name, 0]));
    // A paused Deployment whose template changed has no current set: its newest one takes the part.
    const first = current ?? old.pop();
    if (!first) return new Map();
    const input: RolloutInput = {
      replicas: spec.replicas,
      ...limitsOf(spec),
      current: counts(first),
      old: old.map(counts),
    };
    if (scalingOnly) {
      // Every live set is told the new measure, also one that keeps its size.
      const kept = sets.filter(isLive).map((set) => [set.metadata.name, set.spec.replicas] as const);
      return new Map([...kept, ...scaledSizes(input, !recreate)]);
    }
    if (!recreate) return rollingStep(input);
    const sizes: Sizes = new Map(old.filter(isLive).map((set) => [set.metadata.name, 0]));
    const running = old.some((set) => podsOf(cache, set).some((pod) => !isFinished(pod)));
    if (sizes.size === 0 && !running && first.spec.replicas !== spec.replicas)
      sizes.set(first.metadata.name, spec.replicas);
    return sizes;
  }

  function resize(deployment: KubeObject, set: KubeObject, size: number): void {
    const live = api.get(replicaSets, set.metadata.name, set.metadata.namespace);
    if (!live) return;
    const annotations = { ...live.metadata.annotations, ...sizeAnnotations(deployment.spec) };
    const before = live.spec.replicas;
    api.update(replicaSets, {
      ...live,
      metadata: { ...live.metadata, annotations },
      spec: { ...live.spec, replicas: size },
    });
    if (before !== size) tellScaled(deployment, set.metadata.name, before, size);
  }

  function tellScaled(deployment: KubeObject, name: string, from: number, to: number): void {
    const direction = to > from ? "up" : "down";
    const message = `Scaled ${direction} replica set ${name} from ${from} to ${to}`;
    api.event(deployment, "Normal", "ScalingReplicaSet", message, component);
  }

  /** Kept with the status, so that it does not count as a change of the Deployment. */
  function setRevision({ metadata }: KubeObject, revision: number): void {
    const live = api.get(deployments, metadata.name, metadata.namespace);
    if (!live || live.metadata.annotations?.[revisionKey] === String(revision)) return;
    const annotations = { ...live.metadata.annotations, [revisionKey]: String(revision) };
    api.updateStatus(deployments, { ...live, metadata: { ...live.metadata, annotations } });
  }

  function report(
    deployment: KubeObject,
    outcome: Pick<Parameters<typeof deploymentStatus>[0], "currentName" | "news" | "failure">,
  ): void {
    const sets = claim(api, cache, replicaSets, deployment);
    const current = sets.find((set) => set.metadata.name === outcome.currentName);
    const status = deploymentStatus({
      deployment,
      sets,
      now: now(),
      ...outcome,
      failure: outcome.failure ?? failureOf(current ? [current, ...sets] : sets),
    });
    writeStatus(api, deployments, deployment, status);
  }

  /** Deletes the oldest empty sets beyond the history limit, once the rollout is complete. */
  function cleanUp(deployment: KubeObject, current: KubeObject | undefined): void {
    const live = api.get(deployments, deployment.metadata.name, deployment.metadata.namespace);
    const { replicas, updatedReplicas, availableReplicas } = live?.status ?? {};
    const wanted = deployment.spec.replicas || undefined;
    if (!current || replicas !== wanted || updatedReplicas !== wanted || availableReplicas !== wanted) return;
    const empty = claim(api, cache, replicaSets, deployment)
      .filter((set) => set.metadata.uid !== current.metadata.uid && !set.metadata.deletionTimestamp)
      .filter((set) => !isLive(set) && podsOf(cache, set).length === 0)
      .sort((a, b) => revisionOf(a) - revisionOf(b));
    const surplus = empty.length - (deployment.spec.revisionHistoryLimit ?? 10);
    for (const set of empty.slice(0, Math.max(0, surplus))) {
      const { name, namespace, uid } = set.metadata;
      ignoringGone(() => api.delete(replicaSets, name, namespace, { preconditions: { uid } }));
    }
  }
}

/** Why the first of these sets that could not make its pods could not. */
function failureOf(sets: KubeObject[]): string | undefined {
  return sets.map((set) => findCondition(set, "ReplicaFailure")?.message).find(Boolean);
}

function isLive(set: KubeObject): boolean {
  return set.spec.replicas > 0;
}

function pick(map: Record<string, string>, keys: string[]): Record<string, string> {
  return Object.fromEntries(keys.filter((key) => key in map).map((key) => [key, map[key]!]));
}
