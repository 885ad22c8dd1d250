import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "../../k8s/image/compile.ts";

const left = ["node_modules", ".toolchain", ".git", ".styrmin", "tests", "dist"];

type Copy = typeof import("../../k8s/image/compile.ts") & typeof import("../../k8s/image/images.ts");

/** The sources in another folder, with another version if it is given; answers what makes programs and images there. */
export async function copySources(folder: string, version?: string): Promise<Copy> {
  // What another test compiles lies in the folder for a moment.
  const isSource = (path: string) => !left.includes(relative(root, path)) && !path.endsWith(".bun-build");
  cpSync(root, folder, { recursive: true, filter: isSource });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  if (version !== undefined) {
    const file = join(folder, "package.json");
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), version }));
  }
  const image = join(folder, "k8s/image");
  return { ...(await import(join(image, "compile.ts"))), ...(await import(join(image, "images.ts"))) };
}
