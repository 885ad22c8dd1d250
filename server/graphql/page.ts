import { AppError } from "../../lib/errors.ts";
import { isId, pageSize } from "../db/sql.ts";

/** The part of a list that is asked for: `first` rows after the one with the id `after`. Throws INVALID. */
export function pageOf({
  first,
  after,
}: {
  first?: number | null | undefined;
  after?: string | null | undefined;
}) {
  if (after && !isId(after)) {
    const text = "after must be the id of the last row that you have.";
    throw new AppError("INVALID", text, { field: "after" });
  }
  return { first: pageSize(first), after: after ?? null };
}

/** What a resolver must find. */
export function found<T>(row: T | undefined, noun: string): T {
  if (row !== undefined) return row;
  throw new AppError("NOT_FOUND", `The ${noun} was deleted meanwhile; look again.`);
}
