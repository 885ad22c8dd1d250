import { keepRandom, type KubeObjectLike, type Problem, problemText } from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";
import type { Deps } from "../deps.ts";
import { compareObjects, type ObjectChanges } from "./compare.ts";
import { readDriverContent } from "./driver-files.ts";
import { heldByScale } from "./planned-scale.ts";
import { type PlannedStale, plannedStale } from "./planned-secrets.ts";
import { type PlannedHook, plannedHooks } from "./planned-work.ts";
import { changedSecretsOf, type Rendering } from "./rendering.ts";

export interface Compared {
  before: Rendering;
  after: Rendering;
  /** Stands for both, so that only real differences show. */
  instanceId: string;
  /** What a chart sees, and which of its hooks run; see `isChartUpgrade`. */
  isUpgrade: boolean;
  /** What `scale` has set, by component. */
  replicas: Record<string, number>;
}

/**
 * What differs of the objects, which pods keep an old secret, the hooks of the chart that would run; and what stands in the
 * way: then of the rest nothing may be known.
 */
export interface PlannedRender {
  objects: ObjectChanges;
  staleSecrets: PlannedStale[];
  /** The components that stay as they were scaled, in sentences. */
  heldReplicas: string[];
  hooks: PlannedHook[];
  problems: { field: string; message: string }[];
}

const none: ObjectChanges = { added: [], removed: [], changed: [] };

/**
 * Renders what is and what would be, and says what differs. Nothing is kept or asked of the cluster; secrets are stood for
 * by their names, so that nothing of a value shows, in a checksum either: only that it is another one. `prepared` throws
 * INVALID for what cannot be resolved, which is a problem as what does not render is.
 */
export async function compareRenders(
  deps: Deps,
  prepared: () => Promise<Compared>,
  signal?: AbortSignal,
): Promise<PlannedRender> {
  try {
    const { before, after, instanceId, isUpgrade, replicas } = await prepared();
    const render = (which: Rendering, changedSecrets: readonly string[] = []) =>
      renderOf(deps, which, { instanceId, isUpgrade, changedSecrets }, signal);
    // One after the other: the renderer does no two at once.
    const had = await render(before);
    const changedSecrets = changedSecretsOf(before, after);
    const has = await render(after, changedSecrets);
    const hooks = plannedHooks(has.hooks, isUpgrade);
    let kept = has.objects;
    let objects = compareObjects(had.objects, kept);
    // Only charts can make something up: then the plan keeps of it what the agent would keep.
    if (after.version.spec.helm !== null && objects.changed.length > 0) {
      const again = await render(after, changedSecrets);
      kept = keepRandom(has.objects, again.objects, had.objects);
      objects = compareObjects(had.objects, kept);
    }
    return {
      ...heldByScale({ objects, after: kept, spec: after.version.spec, replicas }),
      staleSecrets: plannedStale({ before: had.objects, after: kept, objects, instanceId }),
      hooks,
      problems: refusals(objects),
    };
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== "INVALID") throw thrown;
    const { field = "driverVersion", message, problems } = thrown;
    const nothing = { objects: none, staleSecrets: [], heldReplicas: [], hooks: [] };
    return { ...nothing, problems: problems.length > 0 ? problems : [{ field, message }] };
  }
}

const refusals = ({ changed }: ObjectChanges) =>
  changed.flatMap(({ kind, name, refused }) =>
    refused === null ? [] : [{ field: `${kind}/${name}`, message: refused }],
  );

/** The objects and hooks of one version. Throws INVALID with what the templates said. */
async function renderOf(
  deps: Deps,
  { version, secrets: values, contextOf }: Rendering,
  {
    instanceId,
    isUpgrade,
    changedSecrets,
  }: Pick<Compared, "instanceId" | "isUpgrade"> & { changedSecrets: readonly string[] },
  signal?: AbortSignal,
): Promise<{ objects: KubeObjectLike[]; hooks: KubeObjectLike[] }> {
  const content = await readDriverContent(deps, version);
  const names = Object.keys(values);
  const standIn = (name: string) =>
    `secret-${name.replaceAll("_", "-")}${changedSecrets.includes(name) ? "-changed" : ""}`;
  const secrets = Object.fromEntries(names.map((name) => [name, standIn(name)]));
  const context = contextOf(instanceId);
  const asked = { spec: version.spec, ...content, context, secrets, upgrade: isUpgrade };
  const outcome = await deps.render(asked, signal);
  if (outcome.problems === undefined) return { objects: outcome.objects, hooks: outcome.hooks ?? [] };
  const message = `Version ${version.version} does not render: ${outcome.problems.slice(0, 3).map(problemText).join("; ")}.`;
  throw new AppError("INVALID", message, { field: "driverVersion", problems: outcome.problems.map(placed) });
}

function placed({ file, line, field, message }: Problem) {
  return { field: [file, line].filter((part) => part !== undefined).join(":") || field, message };
}
