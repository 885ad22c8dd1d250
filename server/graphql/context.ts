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

/** `client` is asked for its signal only when a resolver wants it, and the loaders are made at their first use. */
export function createRequestContext(
  deps: Deps,
  caller: Caller,
  client?: { readonly signal: AbortSignal | undefined },
): RequestContext {
  let loaders: Loaders | undefined;
  return {
    caller,
    deps,
    get signal() {
      return client?.signal;
    },
    get loaders() {
      return (loaders ??= createLoaders(deps.sql));
    },
    set loaders(fresh) {
      loaders = fresh;
    },
  };
}
