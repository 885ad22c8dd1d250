import {
  componentOf,
  type DriverFiles,
  type DriverSpec,
  hasLabels,
  type KubeObjectLike,
  mapsIn,
  podOf,
} from "../../../../drivers/kit/index.ts";
import { inDriverFile } from "../lines.ts";
import type { Problem } from "../problems.ts";
import { title } from "./sample.ts";

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

/** Ports of services that no Service before the component's pods has. Without any nothing is known of them. */
export function portsOf(spec: DriverSpec, files: DriverFiles, objects: KubeObjectLike[]): Problem[] {
  return spec.services.flatMap(({ name, port, component }, index) => {
    const pods = objects
      .map((object) => podOf(object)?.metadata?.labels ?? {})
      .filter((labels) => componentOf(spec.components, labels) === component);
    const ports = objects
      .filter(({ kind }) => kind === "Service")
      .filter(({ spec: own }) => pods.some((labels) => hasLabels(labels, own?.selector ?? {})))
      .flatMap(({ spec: own }) => mapsIn(own?.ports).map((each) => Number(each.port)));
    if (ports.length === 0 || ports.includes(port)) return [];
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

/** Kinds whose pods run on; what only a Job does, such as a migration, need not be a part of the application. */
const lasting = new Set(["Deployment", "StatefulSet", "DaemonSet"]);
