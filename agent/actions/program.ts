import { join } from "node:path";

/** Whether this program is one compiled file: then its children are itself, called with their name. */
const compiled = import.meta.dir.startsWith("/$bunfs/");

/** The programs of `agent/runner`, by the word that the compiled agent knows them by (`agent/binary.ts`). */
const files = {
  "action-runner": "main.ts",
  "action-launch": "launch.ts",
  "action-child": "child.ts",
} as const;
export type ActionProgram = keyof typeof files;

/** Where this project's folders lie; undefined in a compiled program, which holds them. */
export const sources = compiled ? undefined : join(import.meta.dir, "../..");

/** The command of a program, for a Bun and sources at these paths. */
export function programCommand(name: ActionProgram, bun = process.execPath, root = sources): string[] {
  return root === undefined
    ? [bun, name]
    : [bun, "--no-install", "--smol", join(root, "agent/runner", files[name])];
}

/** The folders that such a program is read from. */
export const sourceFolders = ["agent/runner", "agent/actions", "lib"];
export const readable = (): string[] =>
  sources === undefined ? [] : sourceFolders.map((folder) => join(sources, folder));
