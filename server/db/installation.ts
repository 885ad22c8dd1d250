import { AppError } from "../../lib/errors.ts";
import type { Queries } from "./sql.ts";

/** The id that was made with the database. */
export async function installationId(sql: Queries): Promise<string> {
  const [row] = await sql<{ id: string }[]>`select id from installation`;
  return row!.id;
}

interface Sealing {
  seal(text: string, about: string): Buffer;
  open(sealed: Uint8Array, about: string): string;
}

/**
 * Binds the database to the server's sealing key at the first start, and checks at every other that it is the same.
 * Throws CONFLICT when it is not: the secrets in the database could never be opened.
 */
export async function bindSealingKey(sql: Queries, sealing: Sealing): Promise<void> {
  const id = await installationId(sql);
  await sql`update installation set sealed_id = ${sealing.seal(id, "installation")} where sealed_id is null`;
  const [row] = await sql<{ sealedId: Uint8Array }[]>`select sealed_id from installation`;
  try {
    if (sealing.open(row!.sealedId, "installation") === id) return;
  } catch {
    // Falls through to the one sentence.
  }
  throw new AppError(
    "CONFLICT",
    "The database was used with another sealing key, so the secrets in it cannot be opened. " +
      "Put the former key file back (STYRMIN_SEALING_KEY_FILE), or start with an empty database.",
  );
}
