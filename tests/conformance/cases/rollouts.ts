import { type Asked, cases, fields } from "../case.ts";
import {
  conditionOf,
  conditions,
  events,
  gone,
  idle,
  listed,
  make,
  shell,
  template,
  until,
  withoutHashes,
} from "../workbench.ts";

/** A Deployment `web` of containers that do nothing. */
function deployment(spec: object = {}, container: object = {}, pod: object = {}): object {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", annotations: { note: "mine" } },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: "web" } },
      template: template("web", idle(container), pod),
      ...spec,
    },
  };
}

const kind = "apps/v1/deployments";
const start = (asked: Asked, ...parts: Parameters<typeof deployment>) =>
  make(asked, kind, deployment(...parts));

/** Waits until a rollout has come to its end as `kubectl rollout status` judges it. */
const rolledOut = (asked: Asked) =>
  until(asked, asked.at(kind, "web"), "it is rolled out", ({ metadata, spec, status }) => {
    const { observedGeneration, replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
    const wanted = spec.replicas;
    return (
      observedGeneration >= metadata.generation &&
      updatedReplicas === wanted &&
      replicas === wanted &&
      availableReplicas === wanted &&
      !status.terminatingReplicas &&
      (spec.paused || conditionOf({ status }, "Progressing")?.reason === "NewReplicaSetAvailable")
    );
  });

/** A new template by one variable. */
const change = (asked: Asked, value: string) =>
  asked.strategic(asked.at(kind, "web"), {
    spec: { template: { spec: { containers: [{ name: "main", env: [{ name: "VALUE", value }] }] } } },
  });

/** What a Deployment has come to. */
async function picture(asked: Asked): Promise<unknown> {
  const { body } = await asked.get(asked.at(kind, "web"));
  const { conditions: _, ...counts } = body.status;
  const sets = await listed(asked, "apps/v1/replicasets", "web");
  const shown = sets
    .sort((a, b) => Number(revisionOf(a)) - Number(revisionOf(b)))
    .map((set) => ({
      annotations: set.metadata.annotations,
      replicas: set.spec.replicas,
      status: set.status,
    }));
  return withoutHashes(
    {
      revision: revisionOf(body),
      generation: body.metadata.generation,
      counts,
      conditions: conditions(body),
      sets: shown,
    },
    "web",
  );
}

const revisionOf = ({ metadata }: any) => metadata.annotations?.["deployment.kubernetes.io/revision"];

/** Deployments: what their controllers make, change and say. */
export const rollouts = cases({
  "a Deployment becomes available, and its ReplicaSet and pod carry what belongs to them": async (asked) => {
    await start(asked);
    const web = await rolledOut(asked);
    const [set] = await listed(asked, "apps/v1/replicasets", "web", 1);
    const [pod] = await listed(asked, "pods", "web", 1);
    return withoutHashes(
      [
        fields(web, "metadata.annotations", "metadata.generation", "spec.strategy", "status"),
        fields(set, "metadata.name", "metadata.labels", "metadata.annotations", "metadata.generation"),
        fields(set, "metadata.ownerReferences", "spec.selector", "spec.replicas", "status"),
        fields(set, "spec.template.metadata"),
        fields(pod, "metadata.generateName", "metadata.name", "metadata.ownerReferences"),
        {
          labels: Object.keys(pod.metadata.labels),
          hash: set.metadata.name.slice(4) === pod.metadata.labels["pod-template-hash"],
        },
        await events(asked, "web", "ScalingReplicaSet"),
        await events(asked, set.metadata.name, "SuccessfulCreate"),
      ],
      "web",
    );
  },
  "a new template is rolled out by a new ReplicaSet under the next revision": async (asked) => {
    await start(asked, { replicas: 2 });
    await rolledOut(asked);
    await change(asked, "2");
    await rolledOut(asked);
    return [await picture(asked), withoutHashes(await events(asked, "web"), "web")];
  },
  "the former template brings its ReplicaSet back under a new revision": async (asked) => {
    await start(asked);
    await rolledOut(asked);
    await change(asked, "2");
    await rolledOut(asked);
    await asked.strategic(asked.at(kind, "web"), {
      spec: {
        template: { spec: { containers: [{ name: "main", env: [{ $patch: "delete", name: "VALUE" }] }] } },
      },
    });
    await rolledOut(asked);
    return await picture(asked);
  },
  "more and fewer replicas change the size and no revision": async (asked) => {
    await start(asked);
    await rolledOut(asked);
    await asked.merge(asked.at(kind, "web", "scale"), { spec: { replicas: 3 } });
    await rolledOut(asked);
    const three = await picture(asked);
    await asked.merge(asked.at(kind, "web", "scale"), { spec: { replicas: 0 } });
    await until(
      asked,
      asked.at(kind, "web"),
      "none are left",
      ({ status }) => !status.replicas && !status.terminatingReplicas && status.observedGeneration === 3,
    );
    return [three, await picture(asked), withoutHashes(await events(asked, "web"), "web")];
  },
  "without surge the old pod goes before the new one comes": async (asked) => {
    await start(asked, { replicas: 2, strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } });
    await rolledOut(asked);
    await change(asked, "2");
    await rolledOut(asked);
    return withoutHashes(await events(asked, "web"), "web");
  },
  "Recreate ends all old pods before it makes new ones": async (asked) => {
    await start(asked, { replicas: 2, strategy: { type: "Recreate" } });
    await rolledOut(asked);
    await change(asked, "2");
    await rolledOut(asked);
    return [await picture(asked), withoutHashes(await events(asked, "web"), "web")];
  },
  "a paused Deployment scales and keeps its template until it is resumed": async (asked) => {
    await start(asked);
    await rolledOut(asked);
    await asked.merge(asked.at(kind, "web"), { spec: { paused: true } });
    await change(asked, "2");
    await asked.merge(asked.at(kind, "web"), { spec: { replicas: 2 } });
    const isThere = ({ status }: any) => status.availableReplicas === 2 && status.observedGeneration === 4;
    await until(asked, asked.at(kind, "web"), "it is scaled", isThere);
    const paused = await picture(asked);
    await asked.merge(asked.at(kind, "web"), { spec: { paused: false } });
    await rolledOut(asked);
    return [paused, await picture(asked)];
  },
  "a rollout that does not get on exceeds its deadline, and the old pods stay": async (asked) => {
    await start(asked, { replicas: 2, progressDeadlineSeconds: 2 });
    await rolledOut(asked);
    await asked.strategic(asked.at(kind, "web"), {
      spec: {
        template: {
          spec: { containers: [{ name: "main", readinessProbe: { exec: { command: ["false"] } } }] },
        },
      },
    });
    // On a busy node it may be late before the new pod is there, which then is progress.
    const isLate = (web: any) =>
      conditionOf(web, "Progressing")?.status === "False" && web.status.replicas === 3;
    await until(asked, asked.at(kind, "web"), "it is late", isLate);
    const late = await picture(asked);
    await asked.strategic(asked.at(kind, "web"), {
      spec: { template: { spec: { containers: [{ name: "main", readinessProbe: null }] } } },
    });
    await rolledOut(asked);
    return [late, await picture(asked)];
  },
  "a first rollout that never becomes ready": async (asked) => {
    await start(asked, { progressDeadlineSeconds: 1 }, { readinessProbe: { exec: { command: ["false"] } } });
    const isLate = (web: any) => conditionOf(web, "Progressing")?.status === "False";
    await until(
      asked,
      asked.at(kind, "web"),
      "it is late",
      (web) => isLate(web) && web.status.replicas === 1,
    );
    return await picture(asked);
  },
  "pods that may not be made are a ReplicaFailure": async (asked) => {
    await start(asked, {}, {}, { serviceAccountName: "nobody" });
    await until(asked, asked.at(kind, "web"), "it fails", (web) => conditionOf(web, "ReplicaFailure"));
    const [set] = await listed(asked, "apps/v1/replicasets", "web", 1);
    return withoutHashes(
      [await picture(asked), await events(asked, set.metadata.name, "FailedCreate")],
      "web",
    );
  },
  "only so many old ReplicaSets are kept as the history limit says": async (asked) => {
    await start(asked, { revisionHistoryLimit: 1 });
    await rolledOut(asked);
    for (const value of ["2", "3"]) {
      await change(asked, value);
      await rolledOut(asked);
    }
    await listed(asked, "apps/v1/replicasets", "web", 2);
    return await picture(asked);
  },
  "minReadySeconds puts off what is available": async (asked) => {
    await start(asked, { minReadySeconds: 60 });
    await until(asked, asked.at(kind, "web"), "it is ready", ({ status }) => status.readyReplicas);
    const before = await picture(asked);
    await asked.merge(asked.at(kind, "web"), { spec: { minReadySeconds: 0 } });
    await rolledOut(asked);
    return [before, await picture(asked)];
  },
  "a pod that loses its label is let go and replaced; one that fits is adopted": async (asked) => {
    await start(asked);
    await rolledOut(asked);
    const [pod] = await listed(asked, "pods", "web", 1);
    const path = asked.at("pods", pod.metadata.name);
    await asked.merge(path, { metadata: { labels: { app: "other" } } });
    await rolledOut(asked);
    await listed(asked, "pods", "web", 1);
    const { body: released } = await asked.get(path);
    await asked.merge(path, { metadata: { labels: { app: "web" } } });
    await until(asked, asked.at(kind, "web"), "one is left", ({ status }) => status.replicas === 1);
    await listed(asked, "pods", "web", 1);
    return [fields(released, "metadata.ownerReferences", "status.phase")];
  },
  "a ReplicaSet alone keeps its number and replaces what is deleted": async (asked) => {
    const path = asked.at("apps/v1/replicasets", "solo");
    await make(asked, "apps/v1/replicasets", {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: { name: "solo" },
      spec: { replicas: 2, selector: { matchLabels: { app: "solo" } }, template: template("solo", idle()) },
    });
    const isReady = ({ status }: any) => status.readyReplicas === 2 && status.availableReplicas === 2;
    await until(asked, path, "both are ready", isReady);
    const [first] = await listed(asked, "pods", "solo", 2);
    await asked.delete(asked.at("pods", first.metadata.name));
    await gone(asked, asked.at("pods", first.metadata.name));
    const set = await until(
      asked,
      path,
      "both are ready",
      (set) => isReady(set) && !set.status.terminatingReplicas,
    );
    return withoutHashes([set.status, await events(asked, "solo")], "solo");
  },
  "a deleted Deployment takes its ReplicaSets and pods with it": async (asked) => {
    await start(asked);
    await rolledOut(asked);
    const { code } = await asked.delete(asked.at(kind, "web"));
    await listed(asked, "apps/v1/replicasets", "web", 0);
    await listed(asked, "pods", "web", 0);
    return code;
  },
  "Orphan leaves the ReplicaSet and its pods, and a new Deployment takes them up": async (asked) => {
    await start(asked);
    await rolledOut(asked);
    const [before] = await listed(asked, "pods", "web", 1);
    await asked.delete(asked.at(kind, "web"), { propagationPolicy: "Orphan" });
    await gone(asked, asked.at(kind, "web"));
    const [set] = await listed(asked, "apps/v1/replicasets", "web", 1);
    await start(asked);
    await rolledOut(asked);
    const [after] = await listed(asked, "pods", "web", 1);
    return [
      fields(set, "metadata.ownerReferences"),
      before.metadata.name === after.metadata.name,
      await picture(asked),
    ];
  },
  "pods that crash leave the Deployment unavailable": async (asked) => {
    // Long enough to be seen as available on a busy node too.
    await start(asked, { template: template("web", shell("sleep 5; exit 1")) });
    const [pod] = await listed(asked, "pods", "web", 1);
    const isAvailable = ({ status }: any) => status.availableReplicas === 1;
    await until(asked, asked.at("apps/v1/deployments", "web"), "it is available", isAvailable);
    const isBackingOff = ({ status }: any) =>
      status.containerStatuses?.[0].state.waiting?.reason === "CrashLoopBackOff";
    await until(asked, asked.at("pods", pod.metadata.name), "it backs off", isBackingOff);
    const isKnown = ({ status }: any) => status.unavailableReplicas === 1;
    await until(asked, asked.at("apps/v1/deployments", "web"), "that is known", isKnown);
    return await picture(asked);
  },
});
