import { AppError } from "../../lib/errors.ts";
import { isId } from "../db/sql.ts";
import type { Deps } from "../deps.ts";
import type { OnProgress } from "../drivers/load.ts";

/** Runs a load, and tells under the caller's id how far it is. Throws INVALID for an id that is none. */
export async function withProgress<T>(
  { progress }: Pick<Deps, "progress">,
  id: string | null | undefined,
  work: (tell?: OnProgress) => Promise<T>,
): Promise<T> {
  if (!id) return work();
  checkProgressId(id, "progress");
  const load = progress.begin(id.toLowerCase());
  try {
    return await work(load.tell);
  } finally {
    load.end();
  }
}

export function checkProgressId(id: string, field: string): void {
  if (!isId(id)) throw new AppError("INVALID", `${field} must be a UUID.`, { field });
}
