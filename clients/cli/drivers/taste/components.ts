import {
  componentOf,
  type DriverFiles,
  type DriverSpec,
  type KubeObjectLike,
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

/** Kinds whose pods run on; what only a Job does, such as a migration, need not be a part of the application. */
const lasting = new Set(["Deployment", "StatefulSet", "DaemonSet"]);
