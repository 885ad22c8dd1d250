import type { Caller } from "../db/callers.ts";
import type { Deps } from "../deps.ts";
import { createLoaders, type Loaders } from "./loaders.ts";

export type { Caller } from "../db/callers.ts";

/** What every resolver receives beside its arguments. */
export interface RequestContext {
  caller: Caller;
  deps: Deps;
  /** Aborted when the client has gone. */
  signal: AbortSignal | undefined;
  /** Reads of one request, gathered to one statement a noun. Made anew for each event of a subscription. */
  loaders: Loaders;
}

export function createRequestContext(deps: Deps, caller: Caller, signal?: AbortSignal): RequestContext {
  return { caller, deps, signal, loaders: createLoaders(deps.sql) };
}
