import { posix } from "node:path";
import {
  didYouMean,
  type DriverFiles,
  driverFileName,
  type DriverSpec,
  textOf,
} from "../../../drivers/kit/index.ts";
import { lineOf } from "./lines.ts";
import type { Problem } from "./problems.ts";

/**
 * What would end an action at its first line: a file that is no TypeScript, a function that its file does not export,
 * a module that is not there when actions run.
 */
export function actionProblems(spec: DriverSpec, files: DriverFiles): Problem[] {
  const problems: Problem[] = [];
  const modules = new Map<string, Module>();
  const visit = (path: string): Module => {
    const known = modules.get(path);
    if (known) return known;
    const module = scan(path, textOf(files[path]!) ?? "");
    modules.set(path, module);
    problems.push(...module.problems);
    for (const from of module.imports) {
      const target = posix.join(posix.dirname(path), from);
      if (from.startsWith(".") && Object.hasOwn(files, target)) visit(target);
      else if (!/^(node|bun):|^bun$/.test(from))
        problems.push({ file: path, field: "", message: missing(from) });
    }
    return module;
  };
  const text = textOf(files[driverFileName]!) ?? "";
  for (const [index, { location }] of spec.actions.entries()) {
    const [path = "", name = ""] = location.split("::");
    if (!Object.hasOwn(files, path)) continue;
    const { exports } = visit(path);
    if (exports === undefined || exports.includes(name)) continue;
    const near = didYouMean(name, exports) || `; it exports ${exports.join(", ") || "nothing"}`;
    problems.push({
      file: driverFileName,
      ...lineOf(text, ["spec", "actions", index, "location"]),
      field: `spec.actions[${index}].location`,
      message: `names "${name}", which ${path} does not export${near}`,
    });
  }
  return problems;
}

/** The files that the actions of a right driver are made of: those that hold them, and what these import. */
export function actionFiles(spec: DriverSpec, files: DriverFiles): string[] {
  const paths = new Set(spec.actions.map(({ location }) => location.split("::")[0]!));
  for (const path of paths) {
    if (!Object.hasOwn(files, path)) paths.delete(path);
    else
      for (const from of scan(path, textOf(files[path]!) ?? "").imports)
        if (from.startsWith(".")) paths.add(posix.join(posix.dirname(path), from));
  }
  return [...paths];
}

interface Module {
  /** Undefined when the file cannot be read. */
  exports?: string[];
  imports: string[];
  problems: Problem[];
}

function scan(file: string, text: string): Module {
  try {
    const { exports, imports } = new Bun.Transpiler({ loader: "ts" }).scan(text);
    return { exports, imports: imports.map(({ path }) => path), problems: [] };
  } catch (thrown) {
    const faults =
      thrown instanceof AggregateError ? (thrown.errors as BuildMessage[]) : [thrown as BuildMessage];
    const problems = faults.map(({ message, position }) => ({
      file,
      field: "",
      message: `is no TypeScript that can be read: ${message}`,
      ...(position ? { line: position.line, column: position.column } : {}),
    }));
    return { imports: [], problems };
  }
}

function missing(from: string): string {
  if (from.startsWith("@styrmin/driver-kit"))
    return `imports ${from}, which holds types only: write \`import type\``;
  if (from.startsWith(".") || from.startsWith("/"))
    return `imports ${from}, and there is no such file in the driver`;
  return `imports ${from}, and nothing is installed for actions: copy what is needed into the driver`;
}
