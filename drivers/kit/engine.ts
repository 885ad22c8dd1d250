import { Environment, initSync } from "minijinja-js/dist/web/minijinja_js.js";
import type { Context } from "./context.ts";
import { callPlace, placedFault, readFault } from "./engine-fault.ts";
import { FilterFault, plainFilters } from "./filters.ts";
import { withGetDefaults } from "./get-default.ts";
import type { Problem } from "./problem.ts";
import { withMaximum } from "./wasm-memory.ts";

/**
 * The template engine with bounds: fuel bounds its time, and the WebAssembly memory, which the package leaves
 * open up to 4 GB, gets a maximum, since nothing else bounds the text that a template prints (measured: 500 MB
 * of text and 1.5 GB of memory within 100,000 fuel).
 */
export interface Engine {
  /** The text of each template in order, or what is wrong with them. */
  render(context: Context, limits: EngineLimits): { texts: string[] } | { problems: Problem[] };
}

export interface EngineLimits {
  fuel: number;
  outputBytes: number;
  memoryBytes: number;
}

export interface Template {
  path: string;
  text: string;
}

/** Loads the engine with `memoryBytes` for all it does in this process. To be called once. */
export function loadEngine(wasm: Uint8Array, memoryBytes: number): void {
  initSync({ module: withMaximum(wasm, Math.ceil(memoryBytes / 65_536)) });
}

/**
 * Makes an engine for one driver's templates. `partials` can be included by their paths. Syntax errors are
 * thrown by nobody: `render` answers them.
 */
export function createEngine(templates: Template[], partials: Template[]): Engine {
  const environment = new Environment();
  // As in Jinja: what is undefined prints as nothing, however deep one looks into it.
  environment.undefinedBehavior = "chainable";
  environment.enablePyCompat();
  // Else an error tells its line, and no place in it.
  environment.debug = true;
  let current: Context;
  let faults: { message: string; filter?: string; name?: unknown }[] = [];
  const component = (filter: string, name: unknown) => {
    const found =
      typeof name === "string" ? Object.getOwnPropertyDescriptor(current.components, name)?.value : undefined;
    // A filter that throws makes the whole environment unusable, so faults are kept aside.
    if (!found)
      faults.push({
        message: `${filter}(${JSON.stringify(name) ?? ""}): there is no such component; there are ${Object.keys(current.components).join(", ") || "none"}`,
        ...{ filter, name },
      });
    return found as Context["components"][string] | undefined;
  };
  const override = (key: "command" | "args") => (_: unknown, name: unknown, container?: unknown) => {
    const overrides = component(`component_${key}`, name)?.container_overrides ?? {};
    const one = typeof container === "string" ? overrides[container] : Object.values(overrides)[0];
    return one?.[key] ?? [];
  };
  environment.addFilter(
    "component_env_vars",
    (_: unknown, name: unknown) => component("component_env_vars", name)?.env_vars ?? [],
  );
  for (const [name, filter] of Object.entries(plainFilters)) {
    environment.addFilter(name, (...given: Parameters<typeof filter>) => {
      try {
        return filter(...given);
      } catch (thrown) {
        const why = thrown instanceof FilterFault ? thrown.message : "cannot be applied to this value";
        faults.push({ message: `${name} ${why}`, filter: name, name: given[1] });
        return "";
      }
    });
  }
  environment.addFilter("component_command", override("command"));
  environment.addFilter("component_args", override("args"));

  // Templates are known by a number: the engine would quote every value of a file that is called `.yaml`.
  const unread: Problem[] = [];
  const readable = new Set<string>();
  const sources = new Map([
    ...partials.map((file) => [file.path, file] as const),
    ...templates.map((file, index) => [`template-${index}`, file] as const),
  ]);
  const problemOf = (thrown: unknown, name: string): Problem => {
    const fault = readFault(thrown);
    const { message, template = name, line } = fault;
    const source = sources.get(template) ?? sources.get(name);
    if (source === undefined) return { field: "", message };
    const { path: file, text } = source;
    return { file, field: "", ...(line ? placedFault(text, line, fault) : { message }) };
  };
  let exhausted: string | undefined;
  for (const [name, { text }] of sources) {
    try {
      environment.addTemplate(name, withGetDefaults(text));
      readable.add(name);
    } catch (thrown) {
      // Constants are computed while a template is read: `'x' * 1000000000` needs its memory here.
      exhausted ??= thrown instanceof WebAssembly.RuntimeError ? sources.get(name)!.path : undefined;
      if (exhausted !== undefined) break;
      unread.push(problemOf(thrown, name));
    }
  }

  return {
    render(context, limits) {
      if (exhausted !== undefined) return { problems: [outOfMemory(exhausted, limits)] };
      current = context;
      environment.fuel = limits.fuel;
      const texts: string[] = [];
      const problems = [...unread];
      let bytes = 0;
      for (const [index, { path, text: template }] of templates.entries()) {
        const name = `template-${index}`;
        if (!readable.has(name)) continue;
        faults = [];
        try {
          const text = environment.renderTemplate(name, context);
          bytes += Buffer.byteLength(text);
          texts.push(text);
        } catch (thrown) {
          // The engine cannot be used any more; its process ends after this answer.
          if (thrown instanceof WebAssembly.RuntimeError) return { problems: [outOfMemory(path, limits)] };
          problems.push(problemOf(thrown, name));
        }
        for (const { message, filter, name: given } of faults)
          problems.push({
            file: path,
            field: "",
            ...(filter ? callPlace(template, filter, given) : {}),
            message,
          });
        if (bytes > limits.outputBytes) return { problems: [tooMuchOutput(path, limits)] };
      }
      return problems.length > 0 ? { problems } : { texts };
    },
  };
}

function outOfMemory(file: string, { memoryBytes }: EngineLimits): Problem {
  const most = Math.floor(memoryBytes / 1024 / 1024);
  return { file, field: "", message: `printed too much, or needed more than ${most} MiB, and was stopped` };
}

function tooMuchOutput(file: string, { outputBytes }: EngineLimits): Problem {
  const message = `printed too much: ${outputBytes} bytes are allowed for all files together`;
  return { file, field: "", message };
}
