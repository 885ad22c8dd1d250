import {
  componentOf,
  type DriverFiles,
  type DriverSpec,
  type KubeObjectLike,
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
    const labels = podLabelsOf(object);
    if (!labels) continue;
    const component = componentOf(spec.components, labels);
    if (component !== undefined) found.add(component);
    else if (!lost.has(title(object))) {
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

function podLabelsOf({ kind, spec }: KubeObjectLike): Record<string, string> | undefined {
  if (kind === "Pod" || !["Deployment", "StatefulSet", "DaemonSet"].includes(kind)) return undefined;
  return spec?.template?.metadata?.labels ?? {};
}
