import { stringify } from "yaml";
import { createRenderer, type KubeObjectLike } from "../../../drivers/kit/index.ts";
import type { Sound } from "./folder.ts";
import { type Given, resolveGiven } from "./given.ts";
import type { Problem } from "./problems.ts";

export type Rendered =
  | { problems: Problem[]; objects?: undefined }
  | { problems?: undefined; objects: KubeObjectLike[]; hooks: KubeObjectLike[]; chartValues: string };

/** A function that renders a driver for what it is given, and one to end it; as the agent would, and by the same code. */
export function createTrial({ files, spec, charts = {} }: Sound) {
  const renderer = createRenderer({ strict: true });
  return {
    async render(given: Given, signal: AbortSignal): Promise<Rendered> {
      const resolved = resolveGiven(spec, given);
      if (resolved.problems) return { problems: resolved.problems };
      const { context, secrets } = resolved;
      const outcome = await renderer.render({ spec, files, context, secrets, charts }, signal);
      if (outcome.problems) return { problems: outcome.problems };
      const { objects, hooks = [], chartValues = "" } = outcome;
      return { objects, hooks, chartValues };
    },
    close: () => renderer.close(),
  };
}

/** Objects as `kubectl apply -f -` takes them. */
export function objectsText(objects: readonly unknown[]): string {
  return objects
    .map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false }))
    .join("---\n");
}
