import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { DriverFiles, DriverSpec } from "../../../drivers/kit/index.ts";
import { actionFiles } from "./actions.ts";
import type { Problem } from "./problems.ts";

/** Where the kit and the types of the runtime lie; not there in a program that was compiled. */
const root = resolve(import.meta.dir, "../../..");
const kit = join(root, "drivers/kit/index.ts");
/** Types can be made to take forever. */
const limitMs = 60_000;
const maxOutput = 1024 * 1024;

export interface TypesChecked {
  problems: Problem[];
  /** Why types were not checked; absent when they were. */
  unchecked?: string;
}

/**
 * Checks the types of a driver's actions with the checker of the runtime that runs this program: no network, and no line
 * of the driver runs. It sees copies in a folder of its own, so that no settings or packages of the author's count. An
 * argument without a type is none's fault: JavaScript is TypeScript.
 */
export async function typesOf(
  spec: DriverSpec,
  files: DriverFiles,
  signal: AbortSignal,
  { checker = process.execPath, timeMs = limitMs } = {},
): Promise<TypesChecked> {
  const paths = actionFiles(spec, files).filter((path) => Object.hasOwn(files, path));
  if (paths.length === 0) return { problems: [] };
  if (!existsSync(kit)) return { problems: [], unchecked: "the types of @styrmin/driver-kit are not here" };
  const folder = await mkdtemp(join(tmpdir(), "styrmin-types-"));
  try {
    for (const path of paths) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), files[path]!);
    }
    const settings = join(folder, "styrmin-types.json");
    await writeFile(settings, JSON.stringify(settingsFor(paths.filter((path) => /\.[cm]?tsx?$/.test(path)))));
    const child = Bun.spawn([checker, "check", "--no-script", "--no-pretty", "--all", "-p", settings], {
      cwd: folder,
      env: { HOME: folder, TMPDIR: folder, PATH: "" },
      stdio: ["ignore", "pipe", "pipe"],
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeMs)]),
      killSignal: "SIGKILL",
      maxBuffer: maxOutput,
    });
    const [said, failed, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    signal.throwIfAborted();
    const problems = problemsIn(said, paths);
    if (code === 0 || problems.length > 0) return { problems };
    if (child.signalCode) return { problems, unchecked: "the type checker took too much time or output" };
    const why = (said + failed).split("\n").find((line) => line.trim() !== "");
    return { problems, unchecked: `the type checker failed: ${why?.slice(0, 200) ?? `exit code ${code}`}` };
  } catch (thrown) {
    signal.throwIfAborted();
    return { problems: [], unchecked: `the type checker cannot be started: ${(thrown as Error).message}` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const settingsFor = (files: string[]) => ({
  compilerOptions: {
    target: "ESNext",
    module: "Preserve",
    moduleResolution: "bundler",
    lib: ["ESNext", "DOM", "DOM.Iterable"],
    types: ["bun"],
    typeRoots: [join(root, "node_modules/@types"), join(root, "node_modules")],
    paths: { "@styrmin/driver-kit": [kit] },
    strict: true,
    noImplicitAny: false,
    allowImportingTsExtensions: true,
    resolveJsonModule: true,
    skipLibCheck: true,
    noEmit: true,
  },
  files,
});

/** What the checker says of the driver's files, a line each: `actions.ts(6,13): error TS2339: …`. */
function problemsIn(said: string, paths: string[]): Problem[] {
  return said.split("\n").flatMap((text) => {
    const [, file, line, column, message] = /^(.+?)\((\d+),(\d+)\): error (TS\d+: .*)$/.exec(text) ?? [];
    if (file === undefined || !paths.includes(file)) return [];
    return [{ file, line: Number(line), column: Number(column), field: "", message: message! }];
  });
}
