import { againWhenKilled, killedAgain } from "./again.ts";
import { ChartError } from "./chart-archive.ts";
import { chartOf } from "./chart-lock.ts";
import { type Context, withSecrets } from "./context.ts";
import type { DriverFiles, DriverSpec } from "./format.ts";
import { type ClusterFacts, findHelm, helmTemplate } from "./helm.ts";
import type { Problem } from "./problem.ts";
import { type ChildFailure, createRenderProcess } from "./render-process.ts";
import { defaultValuesName, readSources, readValues, type Sources } from "./render-sources.ts";
import { defaultRenderLimits, type RenderLimits, type RenderOutcome } from "./rendering.ts";
import { createTurns } from "./turns.ts";

export interface RenderRequest {
  spec: DriverSpec;
  files: DriverFiles;
  /** The stored Context, with references for secrets. */
  context: Context;
  /** The secrets' values by key of the Secret; none of them ever appears in a problem. */
  secrets: Record<string, string>;
  /** The packed charts that the driver pins, by digest; see `readChartLock`. */
  charts?: Record<string, Uint8Array>;
  /** What a chart sees of the cluster. */
  cluster?: ClusterFacts | undefined;
  /** Whether an earlier release is there, for a chart's `.Release.IsUpgrade`. Default false. */
  upgrade?: boolean;
}

/**
 * Renders one driver after the other in a warm child process that has no environment and limits on memory,
 * time and output. It is started by the first render, replaced after any trouble, and ended by `close` and
 * after some idle time. Renders queue up; one is under way at a time. A chart is rendered by helm, caged as well
 * and one at a time, with the values that the child makes; the child then makes objects of what helm prints.
 */
export interface Renderer {
  /**
   * Objects in the order of files and documents, lists flattened; or everything that is wrong with them.
   * Rejects only when the signal is aborted.
   */
  render(request: RenderRequest, signal?: AbortSignal): Promise<RenderOutcome>;
  close(): Promise<void>;
}

export interface RendererOptions {
  limits?: Partial<RenderLimits>;
  /**
   * For the check of a driver at load time: refuses also keys that come twice, at the price of speed, and shows rendered
   * lines in problems. Not for secrets of anybody but the caller.
   */
  strict?: boolean;
  /** A child is replaced after so many renders. */
  rendersPerChild?: number;
  /** An unused child is ended after so long, milliseconds. */
  idleMs?: number;
  /** The helm binary for charts. Default what `findHelm` finds. */
  helm?: string | undefined;
  /** How long helm may take for one chart, milliseconds. */
  helmMs?: number;
}

export function createRenderer(options: RendererOptions = {}): Renderer {
  const { strict = false, rendersPerChild = 2_000, idleMs = 20_000, helmMs } = options;
  const helm = "helm" in options ? options.helm : findHelm();
  const limits = { ...defaultRenderLimits, ...options.limits };
  const child = createRenderProcess({ limits, rendersPerChild, idleMs });
  const sources = new WeakMap<DriverFiles, Map<string, Sources>>();

  const sourcesOf = (files: DriverFiles, name: string, read: () => Sources): Sources => {
    const known = sources.get(files) ?? new Map<string, Sources>();
    sources.set(files, known);
    const found = known.get(name) ?? read();
    known.set(name, found);
    return found;
  };

  type Run = Awaited<ReturnType<typeof child.run>>;
  const childTurn = createTurns();
  // Several at once would take more memory than the agent has.
  const helmTurn = createTurns();
  const run = (request: Parameters<typeof child.run>[0], signal?: AbortSignal): Promise<Run> =>
    againWhenKilled(
      () => childTurn(() => child.run(request, signal), signal),
      (outcome) => "failure" in outcome && outcome.failure === "killed",
      { signal },
    );

  const manifests = async (
    request: RenderRequest,
    context: Context,
    signal?: AbortSignal,
  ): Promise<RenderOutcome> => {
    if (request.spec.manifests === null) return { objects: [] };
    const folder = request.spec.manifests;
    const source = sourcesOf(request.files, folder, () => readSources(request.files, folder));
    if (source.problems.length > 0) return { problems: source.problems };
    return objectsIn(await run({ ...source, context, limits, strict }, signal), limits);
  };

  const chart = async (
    request: RenderRequest,
    context: Context,
    signal?: AbortSignal,
  ): Promise<RenderOutcome> => {
    const { spec, files, charts = {}, cluster, upgrade = false } = request;
    let values = "";
    const path = spec.helm?.main.values ?? defaultValuesName;
    const source = sourcesOf(files, path, () => readValues(files, path));
    if (source.problems.length > 0) return { problems: source.problems };
    if (source.templates.length > 0) {
      const outcome = await run({ ...source, context, limits, strict, values: true }, signal);
      if (!("values" in outcome)) return objectsIn(outcome, limits);
      values = outcome.values;
    }
    const { namespace, release_name } = context.instance;
    const asked = {
      helm,
      chart: chartOf(spec, files, charts),
      name: release_name,
      namespace,
      values,
      upgrade,
      cluster,
      ...(helmMs ? { limits: { timeMs: helmMs } } : {}),
      signal,
    };
    const printed = await againWhenKilled(
      () => helmTurn(() => helmTemplate(asked), signal),
      (outcome) => "isKilled" in outcome,
      { signal },
    );
    if ("problem" in printed) return { problems: [{ field: "spec.helm.main", message: printed.problem }] };
    const outcome = objectsIn(await run({ printed: printed.text, namespace, limits }, signal), limits);
    return outcome.problems ? outcome : { ...outcome, chartValues: values };
  };

  const render = async (request: RenderRequest, signal?: AbortSignal): Promise<RenderOutcome> => {
    let context: Context;
    try {
      context = withSecrets(request.context, request.secrets);
    } catch (thrown) {
      return { problems: [{ field: "parameters", message: (thrown as Error).message }] };
    }
    const own = await manifests(request, context, signal);
    if (request.spec.helm === null || own.problems) return own;
    const charted = await chart(request, context, signal).catch((thrown: unknown): RenderOutcome => {
      if (!(thrown instanceof ChartError)) throw thrown;
      return { problems: [{ field: "spec.helm.main", message: thrown.message }] };
    });
    if (charted.problems) return charted;
    const { objects, hooks = [], chartValues = "" } = charted;
    return { objects: [...own.objects, ...objects], hooks, chartValues };
  };

  return {
    async render(request, signal) {
      const outcome = await render(request, signal);
      if (outcome.problems === undefined) return outcome;
      return { problems: withoutSecrets(outcome.problems, Object.values(request.secrets)) };
    },
    close: child.close,
  };
}

/** Renders once, in a child of its own. */
export async function renderManifests(
  request: RenderRequest,
  options: RendererOptions & { signal?: AbortSignal } = {},
): Promise<RenderOutcome> {
  const renderer = createRenderer(options);
  try {
    return await renderer.render(request, options.signal);
  } finally {
    await renderer.close();
  }
}

function objectsIn(
  outcome: RenderOutcome | { values: string } | { failure: ChildFailure },
  limits: RenderLimits,
): RenderOutcome {
  if ("failure" in outcome)
    return { problems: [{ field: "", message: failureText(outcome.failure, limits) }] };
  return "values" in outcome ? { objects: [] } : outcome;
}

function failureText(failure: ChildFailure, { timeMs, memoryBytes, outputBytes }: RenderLimits): string {
  switch (failure) {
    case "time":
      return `rendering took longer than ${timeMs} ms and was stopped`;
    case "memory":
      return `rendering needed too much memory (templates may use ${memoryBytes} bytes) and was stopped`;
    case "output":
      return `the manifests printed too much (${outputBytes} bytes are allowed), and rendering was stopped`;
    case "ended":
      return "rendering ended without a result, probably for want of memory";
    case "killed":
      return killedAgain;
  }
}

/** Secrets must not get into errors, whatever the engine puts into its messages. */
function withoutSecrets(problems: Problem[], secrets: string[]): Problem[] {
  // The engine and the parser of YAML quote single lines, too.
  const hidden = secrets
    .flatMap((secret) => [secret, ...secret.split("\n").filter((line) => line.length >= 12)])
    .flatMap((text) => [text, JSON.stringify(text).slice(1, -1), Buffer.from(text).toString("base64")])
    .filter((secret) => secret.length >= 4)
    .sort((one, other) => other.length - one.length);
  const clean = (text: string) => hidden.reduce((rest, secret) => rest.replaceAll(secret, "•••"), text);
  return problems.map((problem) => {
    const { message, source, column } = problem;
    const cleaned = { ...problem, message: clean(message) };
    if (source === undefined) return cleaned;
    const at = column === undefined ? {} : { column: clean(source.slice(0, column - 1)).length + 1 };
    return { ...cleaned, source: clean(source), ...at };
  });
}
