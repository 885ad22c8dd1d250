import { join } from "node:path";
import { cagedCommand, programOf } from "../../drivers/kit/cage.ts";
import { landlockVersion } from "../../lib/landlock.ts";
import { openLibc } from "../../lib/libc.ts";
import type { Confined } from "./confined-launch.ts";

/** Whether this program is one compiled file, which holds its sources. */
const compiled = import.meta.dir.startsWith("/$bunfs/");

/** What looking names up and opening connections needs. */
const system = [
  ...["/usr", "/lib", "/lib64", "/bin", "/proc/self", "/dev/null", "/dev/urandom", "/dev/random"],
  ...[
    "ld.so.cache",
    "localtime",
    "resolv.conf",
    "hosts",
    "host.conf",
    "nsswitch.conf",
    "gai.conf",
    "services",
  ].map((name) => `/etc/${name}`),
  ...["/etc/ssl", "/etc/pki", "/sys/fs/cgroup"],
];

/** What a child is read from: not the folder of the project itself, where the server may keep its key. */
const sources = ["server", "drivers", "lib", "node_modules", "package.json", "tsconfig.json", "bunfig.toml"];

/**
 * The command of a child that may read nothing but programs, and write nothing: neither what the server may read, its
 * key above all, nor its environment. Needs Landlock (Linux 5.13); without it the cage is what is left.
 */
export function confinedCommand(file: string, memoryBytes: number): string[] {
  const root = join(import.meta.dir, "../..");
  const read = [...system, process.execPath, ...(compiled ? [] : sources.map((name) => join(root, name)))];
  // Bun finds packages by looking for the folder that they are in.
  const list = compiled ? [] : [root];
  const launcher = programOf(join(import.meta.dir, "confined-launch.ts"));
  const launch = (command: string[]) => [
    ...launcher,
    JSON.stringify({ command, read, list } satisfies Confined),
  ];
  return cagedCommand(file, memoryBytes, { writes: false, ...(canConfine() ? { launch } : {}) });
}

/** What the launcher ends with when the kernel does not let it confine itself. */
export const notConfined = 97;

let known: boolean | undefined;

/** Whether the kernel has Landlock; asked once. */
export function canConfine(): boolean {
  try {
    known ??= process.platform === "linux" && landlockVersion(openLibc()) > 0;
  } catch {
    known = false;
  }
  return known;
}
