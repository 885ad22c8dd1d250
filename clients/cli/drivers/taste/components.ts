import {
  componentOf,
  type DriverFiles,
  type DriverSpec,
  hasLabels,
  type KubeObjectLike,
  mapsIn,
  podOf,
  textOf,
} from "../../../../drivers/kit/index.ts";
import { inDriverFile } from "../lines.ts";
import type { Problem } from "../problems.ts";
import { title } from "./sample.ts";
import { templatesOf } from "./words.ts";

/** Components and pods that do not find each other. */
export function componentsOf(spec: DriverSpec, files: DriverFiles, objects: KubeObjectLike[]): Problem[] {
  const problems: Problem[] = [];
  const found = new Set<string>();
  const lost = new Set<string>();
  for (const object of objects) {
    const component = componentOf(spec.components, podOf(object)?.metadata?.labels ?? {});
    if (component !== undefined) found.add(component);
    else if (lasting.has(object.kind) && !lost.has(title(object))) {
      lost.add(title(object));
      const message = `${title(object)} makes pods that are of no component: they are not shown, stopped or scaled`;
      problems.push({ ...inDriverFile(files, "spec", "components"), field: "spec.components", message });
    }
  }
  for (const name of Object.keys(spec.components)) {
    if (found.has(name)) continue;
    const message = "finds no pods: nothing that is rendered carries its labels";
    problems.push({
      ...inDriverFile(files, "spec", "components", name),
      field: `spec.components.${name}`,
      message,
    });
  }
  return problems;
}

/**
 * Ports of services that neither a Service before the component's pods has nor one of their containers. Without any Service
 * nothing is known of them; and what stands in a template may come with other parameters.
 */
export function portsOf(spec: DriverSpec, files: DriverFiles, objects: KubeObjectLike[]): Problem[] {
  return spec.services.flatMap(({ name, port, component }, index) => {
    const pods = objects
      .map(podOf)
      .filter((pod) => componentOf(spec.components, pod?.metadata?.labels ?? {}) === component);
    const open = objects
      .filter(({ kind }) => kind === "Service")
      .filter(({ spec: own }) =>
        pods.some((pod) => hasLabels(pod?.metadata?.labels ?? {}, own?.selector ?? {})),
      )
      .flatMap(({ spec: own }) => mapsIn(own?.ports));
    const ports = open.map((each) => Number(each.port));
    const inside = pods.flatMap((pod) => mapsIn(pod?.spec?.containers).flatMap(({ ports }) => mapsIn(ports)));
    const all = [
      ...ports,
      ...open.map(({ targetPort }) => Number(targetPort)),
      ...inside.map(({ containerPort }) => Number(containerPort)),
    ];
    if (ports.length === 0 || all.includes(port) || isWritten(port, spec, files)) return [];
    const known = [...new Set(ports)].join(", ");
    return [
      {
        ...inDriverFile(files, "spec", "services", index, "port"),
        field: `spec.services[${index}].port`,
        message: `is ${port}, and no Service of ${component} has it, only ${known}: nobody answers ${name} there`,
      },
    ];
  });
}

/** Services for other pods only that an Ingress leads to from outside: nobody is told of their addresses. */
export function hiddenOf(spec: DriverSpec, files: DriverFiles, objects: KubeObjectLike[]): Problem[] {
  const hosts = objects
    .filter(({ kind }) => kind === "Ingress")
    .flatMap(({ spec: own }) => mapsIn(own?.rules).map(({ host }) => String(host)));
  return spec.services.flatMap(({ name, scope }, index) => {
    // A host name of a service is its name and eight digits of its deployment's id.
    const own = new RegExp(`^${name}-[0-9a-f]{8}\\.`);
    if (scope !== "internal" || !hosts.some((host) => own.test(host))) return [];
    const message = `"${name}" is internal, so that users are not told its address, and an Ingress leads to it: write scope: external`;
    const at = inDriverFile(files, "spec", "services", index);
    return [{ ...at, field: `spec.services[${index}].scope`, message }];
  });
}

function isWritten(port: number, spec: DriverSpec, files: DriverFiles): boolean {
  const charts = Object.keys(files).filter(
    (path) => path.includes("/templates/") || path.endsWith("/values.yaml"),
  );
  const number = new RegExp(`(?<![\\w.])${port}(?![\\w.])`);
  return [...templatesOf(spec, files), ...charts].some((path) => number.test(textOf(files[path]!) ?? ""));
}

/** Kinds whose pods run on; what only a Job does, such as a migration, need not be a part of the application. */
const lasting = new Set(["Deployment", "StatefulSet", "DaemonSet"]);
