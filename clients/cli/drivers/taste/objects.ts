import type { DriverSpec, KubeObjectLike } from "../../../../drivers/kit/index.ts";
import type { Problem } from "../problems.ts";
import { releaseName, secretMark, title } from "./sample.ts";

/** What the objects themselves would better have. */
export function objectsOf(spec: DriverSpec, objects: KubeObjectLike[]): Problem[] {
  const problems: Problem[] = namesOf(objects);
  for (const object of objects) {
    const note = (message: string) => problems.push({ field: "", message: `${title(object)} ${message}` });
    if (object.kind === "Secret") continue;
    const text = JSON.stringify(object);
    for (const { name, kind } of spec.parameters) {
      if (kind === "secret" && text.includes(`${secretMark}${name}`))
        note(`holds the secret "${name}" in plain text: put it into a Secret and refer to that`);
    }
    if (isReadyAtOnce(object))
      note(
        "has neither a readinessProbe nor minReadySeconds: a pod that soon ends counts as ready until then",
      );
    for (const container of containersOf(object)) {
      const tag = /:([^/:@]+)$/.exec(String(container.image ?? ""))?.[1];
      if ((tag === undefined && !String(container.image).includes("@")) || tag === "latest")
        note(`runs ${container.image}: without a tag nobody knows what runs`);
      if (container.ports && !container.readinessProbe && object.kind !== "Job")
        note(`has no readinessProbe for ${container.name}: a rollout goes on before it answers`);
      if (!container.resources?.requests)
        note(`asks for no resources for ${container.name}: it is the first to be evicted`);
    }
  }
  return problems;
}

/** Whether nothing says when its pods are ready; where a container has ports, its lack of a probe is told. */
function isReadyAtOnce(object: KubeObjectLike): boolean {
  if (object.kind !== "Deployment" && object.kind !== "StatefulSet") return false;
  if (object.spec?.minReadySeconds) return false;
  return containersOf(object).every(({ ports, readinessProbe }) => !ports && !readinessProbe);
}

/** What a template prints for what is not there. */
const isNothing = (value: unknown) => !value || value === "none";

/** Objects that two deployments of one environment would share. */
function namesOf(objects: KubeObjectLike[]): Problem[] {
  const shared = objects.filter(
    ({ kind, metadata }) => !clusterWide.has(kind) && !metadata.name.includes(releaseName),
  );
  if (shared.length === 0) return [];
  const what = "not named after instance.release_name: a second deployment in the environment would collide";
  const message = `${shared.map(title).join(", ")} ${shared.length === 1 ? "is" : "are"} ${what}`;
  return [{ field: "", message }];
}

/** What becomes of addresses on a cluster that gives applications no host names. */
export function hostsOf(objects: KubeObjectLike[]): Problem[] {
  const message = "has no host where the cluster gives none: make it only if the service has a primary_fqdn";
  return objects
    .filter(({ kind, spec }) => kind === "Ingress" && spec?.rules?.some((rule: any) => isNothing(rule?.host)))
    .map((object) => ({ field: "", message: `${title(object)} ${message}` }));
}

function containersOf({ kind, spec }: KubeObjectLike): any[] {
  const pod = kind === "CronJob" ? spec?.jobTemplate?.spec?.template?.spec : spec?.template?.spec;
  return Array.isArray(pod?.containers) ? pod.containers : [];
}

/** Kinds whose objects are no deployment's own. */
const clusterWide = new Set(["Namespace", "CustomResourceDefinition"]);
