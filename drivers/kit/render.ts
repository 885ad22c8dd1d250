import { type Context, withSecrets } from "./context.ts";
import { digestOf } from "./digest.ts";
import type { Template } from "./engine.ts";
import { filesBelow, textOf } from "./files.ts";
import type { DriverFiles, DriverSpec } from "./format.ts";
import type { Problem } from "./problem.ts";
import { type ChildFailure, createRenderProcess } from "./render-process.ts";
import { defaultRenderLimits, type RenderLimits, type RenderOutcome } from "./rendering.ts";

export interface RenderRequest {
  spec: DriverSpec;
  files: DriverFiles;
  /** The stored Context, with references for secrets. */
  context: Context;
  /** The secrets' values by key of the Secret; none of them ever appears in a problem. */
  secrets: Record<string, string>;
}

/**
 * Renders one driver after the other in a warm child process that has no environment and limits on memory,
 * time and output. It is started by the first render, replaced after any trouble, and ended by `close` and
 * after some idle time. Renders queue up; one is under way at a time.
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
  /** Refuses also keys that come twice, at the price of speed; for the check of a driver at load time. */
  strict?: boolean;
  /** A child is replaced after so many renders. */
  rendersPerChild?: number;
  /** An unused child is ended after so long, milliseconds. */
  idleMs?: number;
}

export function createRenderer(options: RendererOptions = {}): Renderer {
  const { strict = false, rendersPerChild = 2_000, idleMs = 20_000 } = options;
  const limits = { ...defaultRenderLimits, ...options.limits };
  const child = createRenderProcess({ limits, rendersPerChild, idleMs });
  const sources = new WeakMap<DriverFiles, Map<string, Sources>>();
  let turn: Promise<unknown> = Promise.resolve();

  const sourcesOf = ({ spec, files }: RenderRequest): Sources => {
    const folder = spec.manifests ?? "";
    const known = sources.get(files) ?? new Map<string, Sources>();
    sources.set(files, known);
    const found = known.get(folder) ?? readSources(files, folder);
    known.set(folder, found);
    return found;
  };

  const render: Renderer["render"] = async (request, signal) => {
    const source = sourcesOf(request);
    if (source.problems.length > 0) return { problems: source.problems };
    let context: Context;
    try {
      context = withSecrets(request.context, request.secrets);
    } catch (thrown) {
      return { problems: [{ field: "parameters", message: (thrown as Error).message }] };
    }
    const outcome = await child.run({ ...source, context, limits, strict }, signal);
    if ("failure" in outcome)
      return { problems: [{ field: "", message: failureText(outcome.failure, limits) }] };
    if (outcome.problems === undefined) return outcome;
    return { problems: withoutSecrets(outcome.problems, Object.values(request.secrets)) };
  };

  return {
    render(request, signal) {
      const own = turn.then(() => {
        signal?.throwIfAborted();
        return render(request, signal);
      });
      turn = own.catch(() => {});
      return own;
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

interface Sources {
  key: string;
  templates: Template[];
  partials: Template[];
  problems: Problem[];
}

/** The driver's manifests, and the files that they include: those whose path stands in quotes in one of them. */
function readSources(files: DriverFiles, folder: string): Sources {
  const problems: Problem[] = [];
  const read = (path: string): Template[] => {
    const text = textOf(files[path]!);
    if (text === undefined) problems.push({ file: path, field: "", message: "is not UTF-8 text" });
    return text === undefined ? [] : [{ path, text }];
  };
  const paths = filesBelow(files, folder).filter((path) => /\.ya?ml$/.test(path));
  const templates = paths.flatMap(read);
  const partials: Template[] = [];
  const known = new Set<string>();
  for (const { text } of iterate(templates, partials)) {
    for (const [, path = ""] of text.matchAll(/\b(?:include|import|from|extends)\s+["']([^"'\n]+)["']/g)) {
      if (known.has(path) || !Object.hasOwn(files, path)) continue;
      known.add(path);
      partials.push(...read(path));
    }
  }
  return { key: `${digestOf(files)} ${folder}`, templates, partials, problems };
}

/** Goes through lists that may grow meanwhile. */
function* iterate<T>(...lists: T[][]): Generator<T> {
  for (const list of lists) yield* list;
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
  }
}

/** Secrets must not get into errors, whatever the engine puts into its messages. */
function withoutSecrets(problems: Problem[], secrets: string[]): Problem[] {
  // The engine and the parser of YAML quote single lines, too.
  const hidden = secrets
    .flatMap((secret) => [secret, ...secret.split("\n").filter((line) => line.length >= 12)])
    .filter((secret) => secret.length >= 4)
    .sort((one, other) => other.length - one.length);
  const clean = (text: string) => hidden.reduce((rest, secret) => rest.replaceAll(secret, "•••"), text);
  return problems.map((problem) => ({ ...problem, message: clean(problem.message) }));
}
