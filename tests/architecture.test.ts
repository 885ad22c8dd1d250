import { describe, expect, test } from "bun:test";
import { dirname, join, relative, resolve } from "node:path";
import { Glob } from "bun";

/**
 * Who may import whom. The longest matching folder decides; a file may always import its own folder's
 * subtree where the table does not split it. Changing the architecture means changing this table.
 */
const allowed: Record<string, string[]> = {
  lib: [],
  "drivers/kit": [],
  drivers: ["drivers/kit"],
  "clients/sdk": [],
  "clients/cli": ["clients/sdk", "drivers/kit"],
  "clients/ui": ["clients/sdk"],
  kube: ["lib"],
  server: ["server", "drivers/kit", "lib"],
  "server/intent": ["server", "kube", "drivers/kit", "lib"],
  agent: ["agent", "kube", "clients/sdk", "drivers/kit", "lib"],
  "agent/session": ["clients/sdk", "lib"],
  // The border between the flows and the runner of drivers' actions, and the runner's own program.
  "agent/actions": ["drivers/kit", "lib"],
  "agent/runner": ["agent/actions", "drivers/kit", "lib"],
  "agent/flows": ["agent/actions", "agent/session", "kube", "clients/sdk", "drivers/kit", "lib"],
  "agent/operator": ["kube", "clients/sdk", "drivers/kit", "lib"],
  "agent/reporter": ["agent/session", "kube", "clients/sdk", "drivers/kit", "lib"],
  local: ["local", "lib", "clients/sdk"],
  k8s: ["lib"],
};

const root = resolve(import.meta.dir, "..");
const folders = Object.keys(allowed).sort((a, b) => b.length - a.length);
const folderOf = (path: string) => folders.find((folder) => path.startsWith(`${folder}/`));

async function readImports(): Promise<Map<string, string[]>> {
  const files = new Map<string, string[]>();
  for (const folder of new Set(folders.map((name) => name.split("/")[0]!))) {
    for await (const path of new Glob(`${folder}/**/*.ts`).scan({ cwd: root, onlyFiles: true })) {
      const source = await Bun.file(join(root, path)).text();
      const found = source.matchAll(/(?:from|import)\s*\(?\s*["'](\.{1,2}\/[^"']+)["']/g);
      files.set(
        path,
        [...found].map((match) => relative(root, resolve(root, dirname(path), match[1]!))),
      );
    }
  }
  return files;
}

describe("architecture", async () => {
  const files = await readImports();

  test("the check reads the tree", () => {
    expect(files.size).toBeGreaterThan(4);
  });

  test("imports stay within the table", () => {
    const wrong: string[] = [];
    for (const [file, imports] of files) {
      const from = folderOf(file);
      if (!from) wrong.push(`${file}: its folder is not in the table`);
      for (const target of imports) {
        const to = folderOf(target);
        if (!to || !target.endsWith(".ts")) continue; // data files, such as schema.graphql and k8s/crd.yaml
        const fine = to === from || allowed[from ?? ""]?.includes(to) || mayEnter(from, to);
        if (!fine) wrong.push(`${file} imports ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("all statements of the server are in server/db", async () => {
    const wrong: string[] = [];
    for (const file of files.keys()) {
      if (!file.startsWith("server/") || file.startsWith("server/db/")) continue;
      if (/\b(sql|tx)(<[^`]*>)?`/.test(await Bun.file(join(root, file)).text())) wrong.push(file);
    }
    expect(wrong).toEqual([]);
  });

  test("there is no circle", () => {
    const circles: string[] = [];
    const done = new Set<string>();
    const visit = (file: string, path: string[]): void => {
      if (path.includes(file)) {
        circles.push([...path.slice(path.indexOf(file)), file].join(" → "));
        return;
      }
      if (done.has(file)) return;
      for (const target of files.get(file) ?? []) visit(target, [...path, file]);
      done.add(file);
    };
    for (const file of files.keys()) visit(file, []);
    expect(circles).toEqual([]);
  });
});

/** A program's own top level wires its parts: `server/main.ts` may enter any folder of `server`. */
function mayEnter(from: string | undefined, to: string): boolean {
  return from !== undefined && !from.includes("/") && to.startsWith(`${from}/`) && from !== "drivers";
}
