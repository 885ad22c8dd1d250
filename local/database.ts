import { existsSync, readFileSync } from "node:fs";
import postgres from "postgres";
import { AppError, messageOf } from "../lib/errors.ts";
import type { Home } from "./home.ts";

/**
 * Looks, without writing, whether a database answers and belongs to this home, before a server is let loose on it.
 * Throws UNAVAILABLE or INVALID with what to do.
 */
export async function checkDatabase(url: string, home: Home): Promise<void> {
  const where = describeUrl(url);
  const found = await look(url).catch((cause) => {
    // An SQLSTATE has five characters: then it did answer, with a refusal.
    const verb = /^[0-9A-Z]{5}$/.test(cause?.code ?? "") ? "cannot be used" : "does not answer";
    throw new AppError(
      "UNAVAILABLE",
      `The database at ${where} ${verb}: ${messageOf(cause)}. Start it, or correct DATABASE_URL.`,
      { cause },
    );
  });
  const kept = existsSync(home.installation) ? readFileSync(home.installation, "utf8").trim() : undefined;
  if (kept === undefined && found.hasLocalCluster) {
    throw new AppError(
      "INVALID",
      `The database at ${where} belongs to an installation whose folder is lost: ${home.dir} has neither its agent's ` +
        "token nor the key of its secrets. Restore that folder (or set STYRMIN_HOME to it), or use an empty database.",
    );
  }
  if (kept !== undefined && kept !== found.installationId) {
    throw new AppError(
      "INVALID",
      `The database at ${where} is not the one that ${home.dir} belongs to. Set DATABASE_URL back to that one, ` +
        "or set STYRMIN_HOME to an empty folder to begin anew.",
    );
  }
}

/** The two things the server's schema is asked for here; see server/db/migrations. */
async function look(url: string): Promise<{ installationId: string | undefined; hasLocalCluster: boolean }> {
  const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => {} });
  try {
    const [schema] = await sql`
      select to_regclass('installation') is not null and to_regclass('clusters') is not null as made`;
    if (!schema?.made) return { installationId: undefined, hasLocalCluster: false };
    const [row] = await sql`
      select (select id::text from installation) as id,
             exists (select from clusters where name = 'local') as has_local`;
    return { installationId: row?.id, hasLocalCluster: row?.has_local };
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Host, port and name of a database, without its password. */
function describeUrl(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url);
    return `${hostname}:${port || 5432}${pathname}`;
  } catch {
    throw new AppError(
      "INVALID",
      "DATABASE_URL is not an address such as postgres://user:password@host:5432/name.",
    );
  }
}
