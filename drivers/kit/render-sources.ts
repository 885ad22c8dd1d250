import { digestOf } from "./digest.ts";
import type { Template } from "./engine.ts";
import { filesBelow, textOf } from "./files.ts";
import type { DriverFiles } from "./format.ts";
import type { Problem } from "./problem.ts";

/** What a child is sent of a driver, and what of it cannot be read. */
export interface Sources {
  key: string;
  templates: Template[];
  partials: Template[];
  problems: Problem[];
}

/** The driver's manifests, and the files that they include. */
export function readSources(files: DriverFiles, folder: string): Sources {
  const paths = filesBelow(files, folder).filter((path) => /\.ya?ml$/.test(path));
  return readTemplates(files, paths, folder);
}

/** The template of a chart's values, if there is one, and the files that it includes. */
export function readValues(files: DriverFiles, path: string): Sources {
  return readTemplates(files, Object.hasOwn(files, path) ? [path] : [], path);
}

/** The values of a chart when the driver names no other file. */
export const defaultValuesName = "values.j2.yml";

/** Templates, and the files whose path stands in quotes in one of them. */
function readTemplates(files: DriverFiles, paths: string[], name: string): Sources {
  const problems: Problem[] = [];
  const read = (path: string): Template[] => {
    const text = textOf(files[path]!);
    if (text === undefined) problems.push({ file: path, field: "", message: "is not UTF-8 text" });
    return text === undefined ? [] : [{ path, text }];
  };
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
  return { key: `${digestOf(files)} ${name}`, templates, partials, problems };
}

/** Goes through lists that may grow meanwhile. */
function* iterate<T>(...lists: T[][]): Generator<T> {
  for (const list of lists) yield* list;
}
