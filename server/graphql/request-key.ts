import type { Request } from "../deploy/idempotency.ts";
import type { RequestContext } from "./context.ts";

/** A mutation as a request that may be sent again: its name and arguments, and the key in them. */
export function requestOf(
  { caller }: RequestContext,
  mutation: string,
  args: { idempotencyKey?: string | null | undefined },
): Request {
  return { caller, key: args.idempotencyKey, asked: { mutation, args } };
}
