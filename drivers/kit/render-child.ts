/**
 * The child process that renders: one JSON request a line on stdin, one JSON answer a line on stdout. It
 * holds no state but the parsed templates of the last drivers, and ends with its stdin or when it is told.
 */
import { readFileSync } from "node:fs";
// @ts-expect-error The package describes the module; this is the path of its file, which a compiled program holds.
import wasmFile from "minijinja-js/dist/web/minijinja_js_bg.wasm" with { type: "file" };
import type { Context } from "./context.ts";
import { chartObjectsOf } from "./chart-objects.ts";
import { createEngine, type Engine, loadEngine, type Template } from "./engine.ts";
import { objectsOf, valuesFault } from "./objects.ts";
import type { RenderLimits, RenderOutcome } from "./rendering.ts";

export type ChildRequest = TemplateRequest | ChartRequest;

export interface TemplateRequest {
  /** Names the templates; the same key always stands for the same ones. */
  key: string;
  /** Absent when this child was sent the key before; it answers `need` if it has forgotten. */
  templates?: Template[];
  partials?: Template[];
  context: Context;
  limits: RenderLimits;
  strict: boolean;
  /** The one template makes the values of a chart: their text is wanted, not objects. */
  values?: boolean;
}

/** What helm printed, to be made objects of. */
export interface ChartRequest {
  printed: string;
  namespace: string;
  limits: RenderLimits;
}

export type ChildAnswer = RenderOutcome | { values: string } | { need: true };

const maxEngines = 16;
const engines = new Map<string, { engine: Engine; templates: Template[] }>();
let loaded = false;

function answer(request: ChildRequest): ChildAnswer {
  if ("printed" in request) {
    const { printed, namespace, limits } = request;
    return chartObjectsOf(printed, { namespace, objects: limits.objects });
  }
  const { key, templates, partials = [], context, limits, strict } = request;
  if (!loaded) {
    loadEngine(readFileSync(wasmFile), limits.memoryBytes);
    loaded = true;
  }
  if (templates && !engines.has(key)) {
    if (engines.size >= maxEngines) engines.delete(engines.keys().next().value!);
    engines.set(key, { engine: createEngine(templates, partials), templates });
  }
  const known = engines.get(key);
  if (!known) return { need: true };
  const rendered = known.engine.render(context, limits);
  if ("problems" in rendered) return rendered;
  if (request.values) {
    const [text = ""] = rendered.texts;
    const fault = valuesFault(known.templates[0]!, text, strict);
    return fault ? { problems: [fault] } : { values: text };
  }
  const { namespace } = context.instance;
  return objectsOf(known.templates, rendered.texts, { namespace, objects: limits.objects, strict });
}

const decoder = new TextDecoder();
let pending = "";
for await (const chunk of Bun.stdin.stream()) {
  pending += decoder.decode(chunk, { stream: true });
  for (let end = pending.indexOf("\n"); end >= 0; end = pending.indexOf("\n")) {
    const line = pending.slice(0, end);
    pending = pending.slice(end + 1);
    await Bun.write(Bun.stdout, `${JSON.stringify(answer(JSON.parse(line) as ChildRequest))}\n`);
  }
}
