import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { root } from "../../k8s/image/compile.ts";

type Compile = typeof import("../../k8s/image/compile.ts").compile;

const left = ["node_modules", ".toolchain", ".git", ".styrmin", "tests", "dist"];

/** The sources in another folder, with another version if it is given; answers what compiles them there. */
export async function compileCopy(folder: string, version?: string): Promise<Compile> {
  cpSync(root, folder, { recursive: true, filter: (path) => !left.includes(basename(path)) });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  if (version !== undefined) {
    const file = join(folder, "package.json");
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), version }));
  }
  return ((await import(join(folder, "k8s/image/compile.ts"))) as { compile: Compile }).compile;
}
