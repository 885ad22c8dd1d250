import { X509Certificate } from "node:crypto";
import { AppError } from "../../lib/errors.ts";
import { newId } from "../../lib/names.ts";
import {
  findRepositoryRow,
  removeRepository,
  type RepositoryKind,
  type RepositoryRow,
  repositoryOfUrls,
  storeRepository,
} from "../db/repositories.ts";
import { type Queries, violated } from "../db/sql.ts";
import type { Deps } from "../deps.ts";
import { plainUrl, prefixesOf } from "../drivers/prefix.ts";
import type { Trust } from "../drivers/signature.ts";
import { readSigners } from "../drivers/signers.ts";
import { taken } from "./clusters.ts";
import { missing } from "./find.ts";
import { oncePerKey, type Request } from "./idempotency.ts";
import { checkedName } from "./input.ts";

/** What is needed to reach a repository beside its address; whoever holds it must show it nowhere. */
export interface RepositoryAccess {
  credential?: { username: string; token: string };
  /** PEM. With it no other certificate authority counts. */
  ca?: string;
  /** Whose signatures count there; see `DriverSource`. */
  repositoryTrust?: Trust;
}

type Known = "sealing" | "sql";

/**
 * The repository whose address is the longest prefix of this one, on a border of its path and with the same scheme,
 * host and port. Undefined when none is, or when the text is no address.
 */
export async function findRepository(
  { sql }: Pick<Deps, "sql">,
  kind: RepositoryKind,
  url: string,
): Promise<RepositoryRow | undefined> {
  let plain: string;
  try {
    plain = plainUrl(url, kind);
  } catch {
    return undefined;
  }
  return repositoryOfUrls(sql, kind, prefixesOf(plain));
}

/** What is recorded for an address. Empty when nothing is. Throws UNAVAILABLE when the token does not open. */
export async function findAccess(
  deps: Pick<Deps, Known>,
  kind: RepositoryKind,
  url: string,
): Promise<RepositoryAccess> {
  const repository = await findRepository(deps, kind, url);
  return repository ? accessOf(deps, repository) : {};
}

export function accessOf(
  { sealing }: Pick<Deps, "sealing">,
  repository: Omit<RepositoryRow, "name" | "kind" | "createdAt" | "updatedAt">,
): RepositoryAccess {
  const { token, username, ca, requireSignature: required, allowedKeys } = repository;
  const open = () => ({
    username: username ?? defaultUsername,
    token: sealing.open(token!, about(repository)),
  });
  return {
    ...(token ? { credential: open() } : {}),
    ...(ca ? { ca } : {}),
    ...(required || allowedKeys.length > 0 ? { repositoryTrust: { required, allowedKeys } } : {}),
  };
}

/** Git servers look at the token alone, but want some name with it. */
const defaultUsername = "git";

export interface RepositoryInput {
  name: string;
  url: string;
  kind: RepositoryKind;
  username?: string | null | undefined;
  token?: string | null | undefined;
  ca?: string | null | undefined;
  requireSignature?: boolean | null | undefined;
  allowedKeys?: readonly string[] | null | undefined;
}

/** Records a repository. Answers its id. */
export async function createRepository(
  deps: Deps,
  request: Request,
  input: RepositoryInput,
): Promise<string> {
  const { kind } = input;
  const id = newId();
  const name = checkedName(input.name);
  const url = plainUrl(input.url, kind);
  const values = { id, name, kind, url, ...checkedFields(input), ...checkedTrust(input, kind), token: null };
  return oncePerKey(deps, request, async (tx) => {
    await store(tx, { ...values, token: sealed(deps, values, input.token) });
    return id;
  });
}

export type RepositoryChange = Partial<Omit<RepositoryInput, "name" | "kind">> & { repository: string };

/**
 * Changes what is named; null takes it away. A new address wants the token again, so that nobody who may not know a
 * token can send it somewhere else. Answers the id.
 */
export async function updateRepository(
  deps: Deps,
  request: Request,
  change: RepositoryChange,
): Promise<string> {
  return oncePerKey(deps, request, async (tx) => {
    const before = await needRepository(tx, change.repository);
    const url = change.url ? plainUrl(change.url, before.kind) : before.url;
    if (url !== before.url && before.token && change.token === undefined) {
      const message = `The token of ${before.name} is for ${before.url}. Give the one for ${url}, or null for none.`;
      throw new AppError("INVALID", message, { field: "token" });
    }
    const fields = checkedFields({ username: before.username, ca: before.ca, ...defined(change) });
    const trust = checkedTrust({ ...before, ...named(change) }, before.kind);
    const values = { ...before, ...fields, ...trust, url };
    const token = change.token === undefined ? before.token : sealed(deps, values, change.token);
    await store(tx, { ...values, token });
    return before.id;
  });
}

export async function deleteRepository(deps: Deps, request: Request, which: string): Promise<RepositoryRow> {
  return oncePerKey(deps, request, async (tx) => {
    const repository = await needRepository(tx, which);
    await removeRepository(tx, repository.id);
    // What is answered may be kept under the request's key: without what was sealed.
    return { ...repository, token: null };
  });
}

export async function needRepository(sql: Queries, idOrName: string): Promise<RepositoryRow> {
  return (
    (await findRepositoryRow(sql, idOrName)) ?? missing("repository", idOrName, "repository", "repositories")
  );
}

async function store(tx: Queries, values: Parameters<typeof storeRepository>[1]): Promise<void> {
  await storeRepository(tx, values).catch((thrown) => {
    const constraint = violated(thrown);
    if (constraint === "repositories_name_key") throw taken("repository", values.name, thrown);
    if (constraint !== "repository_url_once") throw thrown;
    const message = `There is a repository for ${values.url} already; change that one.`;
    throw new AppError("EXISTS", message, { field: "url", cause: thrown });
  });
}

const about = ({ id, url }: { id: string; url: string }) => `repository ${id} at ${url}`;

function sealed(
  { sealing }: Deps,
  of: { id: string; url: string },
  token: string | null | undefined,
): Buffer | null {
  if (token === null || token === undefined) return null;
  if (token.length > 0 && token.length <= 8_192 && !/[\p{Cc}]/u.test(token))
    return sealing.seal(token, about(of));
  const message = "The token must have 1 to 8192 characters, and no control character such as a line's end.";
  throw new AppError("INVALID", message, { field: "token" });
}

function checkedFields({ username, ca }: Pick<RepositoryInput, "username" | "ca">) {
  if (username && (username.length > 255 || /[\p{Cc}:]/u.test(username))) {
    const message = "The username must have 255 characters at most, no colon and no control character.";
    throw new AppError("INVALID", message, { field: "username" });
  }
  return { username: username || null, ca: ca ? checkedCa(ca) : null };
}

type TrustInput = Pick<RepositoryInput, "requireSignature" | "allowedKeys">;

/** What is said of it: absent and null leave what there is. */
const named = ({ requireSignature, allowedKeys }: TrustInput): TrustInput => ({
  ...(requireSignature == null ? {} : { requireSignature }),
  ...(allowedKeys == null ? {} : { allowedKeys }),
});

/** Whose signatures count. Throws INVALID for keys that are none, or when one is required and none is allowed. */
export function checkedTrust(
  { requireSignature, allowedKeys }: TrustInput,
  kind: RepositoryKind = "GIT",
): { requireSignature: boolean; allowedKeys: string[] } {
  const keys = [...(allowedKeys ?? [])];
  const required = requireSignature ?? false;
  const { ssh, pgp } = readSigners(keys);
  const refuse = (text: string) => {
    throw new AppError("INVALID", text, { field: "allowedKeys" });
  };
  if (kind !== "GIT" && (required || keys.length > 0))
    refuse("Only commits of git repositories can be signed.");
  if (required && ssh.length + pgp.length === 0)
    refuse("A signature is required, but no key may make one: give the public keys in allowedKeys.");
  return { requireSignature: required, allowedKeys: keys };
}

const maxCaBytes = 256 * 1024;

/** Certificates as PEM, each of which can be read. Throws INVALID. */
function checkedCa(text: string): string {
  const refuse = (reason: string): never => {
    throw new AppError("INVALID", `ca ${reason}. Give the certificates of the authority as PEM.`, {
      field: "ca",
    });
  };
  if (text.length > maxCaBytes) refuse(`is larger than ${maxCaBytes / 1024} KiB`);
  if (text.includes("PRIVATE KEY")) refuse("holds a private key, which must not leave its machine");
  const found = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) refuse("holds no certificate");
  for (const pem of found) {
    try {
      void new X509Certificate(pem);
    } catch {
      refuse("holds a certificate that cannot be read");
    }
  }
  return `${found.join("\n")}\n`;
}

const defined = (change: RepositoryChange) =>
  Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Partial<
    Pick<RepositoryInput, "username" | "ca">
  >;
