import { type Asked, cases, fields } from "../case.ts";
import {
  conditionOf,
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

const kind = "apps/v1/statefulsets";

/** A StatefulSet `db` with a headless Service of the same name. */
async function start(asked: Asked, spec: object = {}, containers: object = idle()): Promise<void> {
  await make(asked, "services", {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "db" },
    spec: { clusterIP: "None", selector: { app: "db" }, ports: [{ port: 80 }] },
  });
  await make(asked, kind, statefulSet(spec, containers));
}

function statefulSet(spec: object, containers: object): object {
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "db" },
    spec: {
      replicas: 2,
      serviceName: "db",
      selector: { matchLabels: { app: "db" } },
      template: template("db", containers),
      ...spec,
    },
  };
}

/** Waits until all pods are ready and of the wanted revision, as `kubectl rollout status` judges it. */
const settled = (asked: Asked, updated?: number) =>
  until(asked, asked.at(kind, "db"), "it is settled", ({ metadata, spec, status }) => {
    const {
      observedGeneration,
      replicas,
      readyReplicas = 0,
      updatedReplicas = 0,
      availableReplicas,
    } = status;
    return (
      observedGeneration >= metadata.generation &&
      replicas === spec.replicas &&
      readyReplicas === spec.replicas &&
      availableReplicas === spec.replicas &&
      (updated === undefined ? status.currentRevision === status.updateRevision : updatedReplicas === updated)
    );
  });

const change = (asked: Asked, value: string, rest: object = {}) =>
  asked.strategic(asked.at(kind, "db"), {
    spec: {
      template: { spec: { containers: [{ name: "main", env: [{ name: "VALUE", value }], ...rest }] } },
    },
  });

/** Which template each pod was made from, and the counts of the whole. */
async function picture(asked: Asked): Promise<unknown> {
  const { body } = await asked.get(asked.at(kind, "db"));
  const pods = await listed(asked, "pods", "db");
  const value = (pod: any) => pod.spec.containers[0].env?.[0].value ?? "first";
  return withoutHashes(
    { status: body.status, pods: pods.map((pod) => `${pod.metadata.name} ${value(pod)}`) },
    "db",
  );
}

const claimTemplate = {
  metadata: { name: "data" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } },
};

/** Each revision with its number and its owners, and whether it was there before. */
async function history(asked: Asked, before: any[] = []): Promise<unknown[]> {
  const { items } = (await asked.get(asked.at("apps/v1/controllerrevisions"))).body;
  return items
    .sort((a: any, b: any) => a.revision - b.revision)
    .map(({ metadata, revision }: any) => ({
      revision,
      isOld: before.some(({ metadata: old }) => old.uid === metadata.uid),
      owners: metadata.ownerReferences?.map(({ kind, controller }: any) => [kind, controller]) ?? [],
    }));
}

/** Deletes a set and leaves its pods and revisions. Answers them. */
async function orphan(asked: Asked, path: string): Promise<{ pod: any; revisions: any[]; left: unknown }> {
  const [pod] = (await asked.get(asked.at("pods"))).body.items;
  const { items: revisions } = (await asked.get(asked.at("apps/v1/controllerrevisions"))).body;
  await asked.delete(path, { propagationPolicy: "Orphan" });
  await gone(asked, path);
  return { pod, revisions, left: await history(asked, revisions) };
}

/** StatefulSets and DaemonSets. */
export const sets = cases({
  "pods of a StatefulSet come in order, with names and labels of their own": async (asked) => {
    await start(asked);
    await settled(asked);
    const [first, second] = await listed(asked, "pods", "db", 2);
    const [revision] = (await asked.get(asked.at("apps/v1/controllerrevisions"))).body.items;
    const inOrder =
      Date.parse(conditionOf(first, "Ready").lastTransitionTime) <=
      Date.parse(second.metadata.creationTimestamp);
    return withoutHashes(
      [
        await picture(asked),
        fields(first, "metadata.labels", "metadata.generateName", "metadata.ownerReferences"),
        fields(second, "spec.hostname", "spec.subdomain", "metadata.labels"),
        fields(revision, "revision", "metadata.labels", "metadata.ownerReferences"),
        inOrder,
        await events(asked, "db", "SuccessfulCreate"),
      ],
      "db",
    );
  },
  "a pod that is not ready holds up those after it": async (asked) => {
    await start(asked, {}, idle({ readinessProbe: { exec: { command: ["test", "-e", "/tmp/go"] } } }));
    await until(asked, asked.at("pods", "db-0"), "it runs", ({ status }) => status.phase === "Running");
    await until(asked, asked.at(kind, "db"), "its count", ({ status }) => status.replicas === 1);
    return await picture(asked);
  },
  "Parallel does not wait": async (asked) => {
    const unready = idle({ readinessProbe: { exec: { command: ["false"] } } });
    await start(asked, { podManagementPolicy: "Parallel", replicas: 3 }, unready);
    await listed(asked, "pods", "db", 3);
    await until(asked, asked.at(kind, "db"), "its count", ({ status }) => status.replicas === 3);
    return await picture(asked);
  },
  "a new template replaces the pods from the last to the first": async (asked) => {
    await start(asked);
    await settled(asked);
    await change(asked, "second");
    await settled(asked);
    const [first, second] = await listed(asked, "pods", "db", 2);
    const inOrder =
      Date.parse(second.metadata.creationTimestamp) <= Date.parse(first.metadata.creationTimestamp);
    return [await picture(asked), inOrder, await events(asked, "db", "SuccessfulDelete")];
  },
  "a partition keeps the pods below it": async (asked) => {
    await start(asked, { updateStrategy: { rollingUpdate: { partition: 1 } } });
    await settled(asked);
    await change(asked, "second");
    await settled(asked, 1);
    const half = await picture(asked);
    await asked.merge(asked.at(kind, "db"), {
      spec: { updateStrategy: { rollingUpdate: { partition: 0 } } },
    });
    await settled(asked);
    return [half, await picture(asked)];
  },
  "OnDelete replaces a pod only when somebody deletes it": async (asked) => {
    await start(asked, { updateStrategy: { type: "OnDelete" }, replicas: 1 });
    await settled(asked);
    await change(asked, "second");
    await until(asked, asked.at(kind, "db"), "it saw", ({ status }) => status.observedGeneration === 2);
    const before = await picture(asked);
    await asked.delete(asked.at("pods", "db-0"));
    await settled(asked, 1);
    return [before, await picture(asked)];
  },
  "an update that does not become ready stops at the first pod": async (asked) => {
    await start(asked);
    await settled(asked);
    await change(asked, "second", { readinessProbe: { exec: { command: ["false"] } } });
    const isNew = ({ spec, status }: any) => spec.containers[0].env && status.phase === "Running";
    await until(asked, asked.at("pods", "db-1"), "the new one runs", isNew);
    await until(asked, asked.at(kind, "db"), "its counts", ({ status }) => status.updatedReplicas === 1);
    return await picture(asked);
  },
  "scaling down takes the last pod and leaves its claim": async (asked) => {
    await start(
      asked,
      { volumeClaimTemplates: [claimTemplate] },
      idle({ volumeMounts: [{ name: "data", mountPath: "/data" }] }),
    );
    await settled(asked);
    await asked.merge(asked.at(kind, "db", "scale"), { spec: { replicas: 1 } });
    await gone(asked, asked.at("pods", "db-1"));
    await settled(asked);
    const claims = await listed(asked, "persistentvolumeclaims", "db", 2);
    const [pod] = await listed(asked, "pods", "db", 1);
    return [
      await picture(asked),
      claims.map((claim) => [
        claim.metadata.name,
        claim.status.phase,
        claim.metadata.labels,
        claim.metadata.ownerReferences,
      ]),
      pod.spec.volumes.filter(({ name }: any) => name === "data"),
      await events(asked, "db", "SuccessfulDelete"),
    ];
  },
  "the retention policy deletes the claims with what used them": async (asked) => {
    const persistentVolumeClaimRetentionPolicy = { whenDeleted: "Delete", whenScaled: "Delete" };
    await start(asked, { volumeClaimTemplates: [claimTemplate], persistentVolumeClaimRetentionPolicy });
    await settled(asked);
    const [first] = await listed(asked, "persistentvolumeclaims", "db", 2);
    await asked.merge(asked.at(kind, "db", "scale"), { spec: { replicas: 1 } });
    await gone(asked, asked.at("persistentvolumeclaims", "data-db-1"));
    await asked.delete(asked.at(kind, "db"));
    await listed(asked, "persistentvolumeclaims", "db", 0);
    return fields(first, "metadata.ownerReferences");
  },
  "a StatefulSet that is made anew with other claims takes its pods and revisions over": async (asked) => {
    const containers = idle({ volumeMounts: [{ name: "data", mountPath: "/data" }] });
    await start(asked, { replicas: 1, volumeClaimTemplates: [claimTemplate] }, containers);
    await settled(asked);
    const { pod, revisions, left } = await orphan(asked, asked.at(kind, "db"));
    const larger = structuredClone(claimTemplate);
    larger.spec.resources.requests.storage = "2Mi";
    await make(asked, kind, statefulSet({ replicas: 1, volumeClaimTemplates: [larger] }, containers));
    await settled(asked);
    const [now] = await listed(asked, "pods", "db", 1);
    const [claim] = await listed(asked, "persistentvolumeclaims", "db", 1);
    const taken = await history(asked, revisions);
    await change(asked, "second");
    await settled(asked);
    return withoutHashes(
      [
        left,
        now.metadata.uid === pod.metadata.uid,
        now.metadata.ownerReferences.length,
        claim.spec.resources.requests.storage,
        taken,
        await history(asked, revisions),
        await picture(asked),
      ],
      "db",
    );
  },
  "a pod of a StatefulSet that goes is replaced under its name": async (asked) => {
    await start(asked, { replicas: 1 });
    await settled(asked);
    const path = asked.at("pods", "db-0");
    const before = (await asked.get(path)).body.metadata.uid;
    await asked.delete(path, { gracePeriodSeconds: 0 });
    const isNew = (pod: any) => pod.metadata.uid !== before && conditionOf(pod, "Ready")?.status === "True";
    const pod = await until(asked, path, "another one is ready", isNew);
    return fields(pod, "metadata.name", "status.phase");
  },
  "a DaemonSet has one pod on the node, and replaces it for a new template": async (asked) => {
    const path = asked.at("apps/v1/daemonsets", "each");
    await make(asked, "apps/v1/daemonsets", {
      apiVersion: "apps/v1",
      kind: "DaemonSet",
      metadata: { name: "each" },
      spec: { selector: { matchLabels: { app: "each" } }, template: template("each", idle()) },
    });
    const isReady = ({ metadata, status }: any) =>
      status.observedGeneration === metadata.generation &&
      status.updatedNumberScheduled === 1 &&
      status.numberAvailable === 1;
    const before = await until(asked, path, "it is there", isReady);
    const [pod] = await listed(asked, "pods", "each", 1);
    const env = [{ name: "VALUE", value: "second" }];
    await asked.strategic(path, { spec: { template: { spec: { containers: [{ name: "main", env }] } } } });
    const after = await until(
      asked,
      path,
      "the new one is there",
      (set) => set.metadata.generation === 2 && isReady(set),
    );
    await listed(asked, "pods", "each", 1);
    return withoutHashes(
      [
        before.status,
        after.status,
        fields(pod, "metadata.generateName", "metadata.ownerReferences"),
        (await asked.get(asked.at("apps/v1/controllerrevisions"))).body.items
          .map(({ revision }: any) => revision)
          .sort(),
        await events(asked, "each", "SuccessfulDelete"),
      ],
      "each",
    );
  },
  "a DaemonSet that is made anew takes its pod and revision over": async (asked) => {
    const path = asked.at("apps/v1/daemonsets", "each");
    const set = {
      apiVersion: "apps/v1",
      kind: "DaemonSet",
      metadata: { name: "each" },
      spec: { selector: { matchLabels: { app: "each" } }, template: template("each", idle()) },
    };
    const isReady = ({ metadata, status }: any) =>
      status.observedGeneration === metadata.generation &&
      status.updatedNumberScheduled === 1 &&
      status.numberAvailable === 1;
    await make(asked, "apps/v1/daemonsets", set);
    await until(asked, path, "it is there", isReady);
    const { pod, revisions, left } = await orphan(asked, path);
    await make(asked, "apps/v1/daemonsets", set);
    await until(asked, path, "it is there again", isReady);
    const [now] = await listed(asked, "pods", "each", 1);
    return [left, now.metadata.uid === pod.metadata.uid, await history(asked, revisions)];
  },
  "pods of a DaemonSet carry the number of its template": {
    differs: "Pods of a DaemonSet carry no `pod-template-generation`, which is deprecated.",
    ask: async (asked) => {
      await make(asked, "apps/v1/daemonsets", {
        apiVersion: "apps/v1",
        kind: "DaemonSet",
        metadata: { name: "each" },
        spec: { selector: { matchLabels: { app: "each" } }, template: template("each", idle()) },
      });
      const [pod] = await listed(asked, "pods", "each", 1);
      return withoutHashes(pod.metadata.labels, "each");
    },
  },
  "a DaemonSet whose node selector fits no node wants no pod": async (asked) => {
    const path = asked.at("apps/v1/daemonsets", "none");
    await make(asked, "apps/v1/daemonsets", {
      apiVersion: "apps/v1",
      kind: "DaemonSet",
      metadata: { name: "none" },
      spec: {
        selector: { matchLabels: { app: "none" } },
        template: template("none", shell("exit 0"), { nodeSelector: { no: "such" } }),
      },
    });
    return (await until(asked, path, "it was seen", ({ status }) => status.observedGeneration === 1)).status;
  },
});
