import { badRequest, expired } from "../errors.ts";
import { filterOf } from "../selectors.ts";
import { keyOf, type Store, type Stored } from "../store.ts";
import { checkListOptions } from "./options.ts";
import { readRevision, type ResourcePath } from "./request.ts";

export interface Page {
  found: Stored[];
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
}

/**
 * What a list answers: everything, or with `limit` a part of it and the token for the next one. All parts show the
 * moment of the first. Throws 410 when that moment is no longer known, with a token for the rest as it is now.
 */
export function pageOf(
  store: Store,
  { resource, namespace, name }: ResourcePath,
  query: URLSearchParams,
): Page {
  checkListOptions(query, false);
  const token = readToken(query);
  const revision = token?.revision ?? exactRevision(query) ?? store.revision();
  const then = revision === store.revision() ? store.list(resource) : store.listAt(resource, revision);
  if (!then) {
    if (!token) throw expired(`The resourceVersion for the provided list is too old.`);
    throw expired(tooOld, { continue: spellToken({ ...token, revision: undefined }) });
  }
  const labels = query.get("labelSelector");
  const fields = query.get("fieldSelector");
  const filter = filterOf(resource, labels, fields);
  const limit = readLimit(query);
  const all = then.filter(({ object: { metadata } }) => {
    const here = namespace === undefined || metadata.namespace === namespace;
    return here && (name === undefined || metadata.name === name);
  });

  const found: Stored[] = [];
  let at = token ? all.findIndex((one) => keyOf(one.object) > token.after) : 0;
  if (at < 0) at = all.length;
  for (; at < all.length && found.length < limit; at++) {
    if (!filter || filter(all[at]!.object)) found.push(all[at]!);
  }
  const rest = all.length - at;
  const metadata = { resourceVersion: String(revision) };
  if (rest === 0) return { found, metadata };
  const next = spellToken({ revision, after: keyOf(all[at - 1]!.object) });
  // With a selector nobody has counted what is left.
  const counted = labels || fields ? {} : { remainingItemCount: rest };
  return { found, metadata: { ...metadata, continue: next, ...counted } };
}

const tooOld =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list " +
  "without the continue parameter, or use the continue token in this response to retrieve the remainder of the " +
  "results. Continuing with the provided token results in an inconsistent list - objects that were created, " +
  "modified, or deleted between the time the first chunk was returned and now may show up in the list.";

function exactRevision(query: URLSearchParams): number | undefined {
  const exact = query.get("resourceVersionMatch") === "Exact";
  return exact ? readRevision(query.get("resourceVersion")!) : undefined;
}

function readLimit(query: URLSearchParams): number {
  const text = query.get("limit") ?? "";
  if (!/^-?\d*$/.test(text)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  // Who is content with any version gets the whole list at once, as from a cache.
  const whole = query.get("resourceVersion") === "0" && !query.get("continue");
  return Number(text) > 0 && !whole ? Number(text) : Number.POSITIVE_INFINITY;
}

interface Token {
  /** The moment that is shown; undefined: the present one. */
  revision: number | undefined;
  /** The key of the last object that was answered. */
  after: string;
}

const tokenVersion = "meta.k8s.io/v1";

function spellToken({ revision, after }: Token): string {
  const token = { v: tokenVersion, rv: revision ?? -1, start: `${after}\0` };
  return Buffer.from(JSON.stringify(token)).toString("base64url");
}

function readToken(query: URLSearchParams): Token | undefined {
  const text = query.get("continue") ?? "";
  if (text === "") return undefined;
  if (!["", "0"].includes(query.get("resourceVersion") ?? "")) {
    throw badRequest("specifying resource version is not allowed when using continue");
  }
  const wrong = (why: string) => badRequest(`invalid continue token: continue key is not valid: ${why}`);
  let token: { v?: unknown; rv?: unknown; start?: unknown };
  try {
    token = JSON.parse(Buffer.from(text, "base64url").toString());
  } catch (thrown) {
    throw wrong((thrown as Error).message);
  }
  const { v, rv, start } = token ?? {};
  if (v !== tokenVersion) throw wrong(`server does not recognize this encoded version ${v ?? ""}`);
  if (typeof rv !== "number" || typeof start !== "string") throw wrong("it names no moment and no object");
  return { revision: rv < 0 ? undefined : rv, after: start.replace(/\0$/, "") };
}
