import { randomBytes } from "node:crypto";
import { AppError } from "../../lib/errors.ts";
import { kubeName, newId } from "../../lib/names.ts";
import { askRepository, findSource, removeSource, type SourceRow, storeSource } from "../db/sources.ts";
import { type Queries, violated } from "../db/sql.ts";
import type { Deps } from "../deps.ts";
import { tidyPath } from "../drivers/collect.ts";
import { plainUrl } from "../drivers/prefix.ts";
import { checkFollowedRef } from "../drivers/refs.ts";
import { taken } from "./clusters.ts";
import { missing } from "./find.ts";
import { oncePerKey, type Request } from "./idempotency.ts";
import { checkedName } from "./input.ts";
import { checkedTrust } from "./repositories.ts";

/** What may be changed of a source. */
interface SourceSettings {
  ref?: string | null | undefined;
  path?: string | null | undefined;
  everySeconds?: number | null | undefined;
  requireSignature?: boolean | null | undefined;
  allowedKeys?: readonly string[] | null | undefined;
}

export interface FollowInput extends SourceSettings {
  name?: string | null | undefined;
  url: string;
  ref: string;
  webhook?: boolean | null | undefined;
  webhookSecret?: string | null | undefined;
}

export interface Followed {
  id: string;
  /** Made by the server; null when it was given, not wanted, or when this answers a repeated request. */
  webhookSecret: string | null;
}

/** Follows a ref of a repository from now on. */
export async function followDriver(deps: Deps, request: Request, input: FollowInput): Promise<Followed> {
  const id = newId();
  const url = plainUrl(input.url, "GIT");
  const path = tidyPath(input.path);
  const name = input.name ? checkedName(input.name) : nameFrom(path || url);
  const made = input.webhook && !input.webhookSecret ? newSecret() : null;
  const secret = made ?? (input.webhookSecret ? checkedSecret(input.webhookSecret) : null);
  const values = { id, name, url, path, ...checkedSettings(input), ref: checkFollowedRef(input.ref) };
  const webhookSecret = secret === null ? null : deps.sealing.seal(secret, webhookOf(id));
  const answered = await oncePerKey(deps, request, async (tx) => {
    await storeSource(tx, { ...values, webhookSecret }, repositoryKey(url)).catch((thrown) => {
      throw violated(thrown) === "driver_sources_name_key" ? taken("driver source", name, thrown) : thrown;
    });
    return id;
  });
  // A repeated request is answered with the source it made, and no secret is kept to answer it with.
  return { id: answered, webhookSecret: answered === id ? made : null };
}

export interface SourceChange extends SourceSettings {
  source: string;
  /** True makes a new secret, false takes it away; absent leaves it. */
  webhook?: boolean | null | undefined;
  webhookSecret?: string | null | undefined;
}

/** Changes what is named of a source, and looks at it anew. */
export async function updateSource(deps: Deps, request: Request, change: SourceChange): Promise<Followed> {
  let made: string | null = null;
  const id = await oncePerKey(deps, request, async (tx) => {
    const before = await needSource(tx, change.source);
    made = change.webhook && !change.webhookSecret ? newSecret() : null;
    const given = made ?? (change.webhookSecret ? checkedSecret(change.webhookSecret) : null);
    const webhookSecret = given
      ? deps.sealing.seal(given, webhookOf(before.id))
      : change.webhook === false
        ? null
        : before.webhookSecret;
    const settings = checkedSettings({ ...before, ...named(change) });
    const path = change.path === undefined ? before.path : tidyPath(change.path);
    const ref = checkFollowedRef(change.ref ?? before.ref);
    await storeSource(tx, { ...before, ...settings, ref, path, webhookSecret }, repositoryKey(before.url));
    return before.id;
  });
  return { id, webhookSecret: made };
}

/** Follows it no longer. Its driver and all versions stay. */
export async function unfollowDriver(deps: Deps, request: Request, which: string): Promise<SourceRow> {
  return oncePerKey(deps, request, async (tx) => {
    const source = await needSource(tx, which);
    await removeSource(tx, source);
    // What is answered may be kept under the request's key: without what was sealed.
    return { ...source, webhookSecret: null };
  });
}

/** Asks its repository at once, and loads again what failed. Answers the id. */
export async function refreshSource(deps: Deps, request: Request, which: string): Promise<string> {
  return oncePerKey(deps, request, async (tx) => {
    const source = await needSource(tx, which);
    if (source.failure) await storeSource(tx, source, repositoryKey(source.url));
    else await askRepository(tx, source.url);
    return source.id;
  });
}

export async function needSource(sql: Queries, idOrName: string, field = "source"): Promise<SourceRow> {
  return (await findSource(sql, idOrName)) ?? missing("driver source", idOrName, field, "driverSources");
}

/** What a source's webhook secret is sealed for. */
export const webhookOf = (id: string): string => `driver source ${id} webhook`;

/** A repository's address as it is compared with what a webhook tells: other spellings of it are the same. */
export function repositoryKey(url: string): string {
  return url
    .toLowerCase()
    .replace(/^https?:\/\//, "")
    .replace(/\/+$/, "")
    .replace(/\.git$/, "");
}

/** Good for all: the whole text is GitHub's, Gitea's and GitLab's secret, and it is a signing token for GitLab too. */
const newSecret = () => `whsec_${randomBytes(32).toString("base64")}`;

const [leastSeconds, mostSeconds, usualSeconds] = [10, 86_400, 300];

function checkedSettings({ everySeconds, requireSignature, allowedKeys }: SourceSettings) {
  const every = everySeconds ?? usualSeconds;
  if (every < leastSeconds || every > mostSeconds) {
    const text = `everySeconds must be from ${leastSeconds} to ${mostSeconds}, not ${every}.`;
    throw new AppError("INVALID", text, { field: "everySeconds" });
  }
  return { everySeconds: every, ...checkedTrust({ requireSignature, allowedKeys }) };
}

function checkedSecret(secret: string): string {
  if (secret.length >= 16 && secret.length <= 255 && /^[\x21-\x7e]+$/.test(secret)) return secret;
  const text = "A webhook secret must have 16 to 255 visible ASCII characters and no space.";
  throw new AppError("INVALID", text, { field: "webhookSecret" });
}

/** `https://git.example.org/team/shop-driver.git` → `shop-driver`. */
function nameFrom(text: string): string {
  const last = text
    .split("/")
    .at(-1)!
    .replace(/\.git$/, "");
  return checkedName(kubeName(last), "name");
}

const named = (change: SourceSettings) =>
  Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined && value !== null));
