import { badRequest } from "../errors.ts";
import type { User } from "../rbac/user.ts";
import type { Registry, Resource } from "../resources.ts";
import type { KubeObject } from "../types.ts";

/** What a URL below `/api` or `/apis` asks for. */
export interface ResourcePath {
  resource: Resource;
  namespace: string | undefined;
  name: string | undefined;
  subresource: string | undefined;
}

/** One request on its way through the server; the audit reads it at the end. */
export interface Call {
  request: Request;
  url: URL;
  query: URLSearchParams;
  user: User;
  path?: ResourcePath;
  /** Asked before anything is stored; throws what the user may not. */
  confirm?: (resource: Resource, next: KubeObject, before: KubeObject | undefined) => void;
  /** The field manager: the query's, or the program's name. */
  manager: string;
  dryRun: boolean;
  /** Whether anything was stored. */
  changed: boolean;
  /** The name of the object, when it was not in the URL. */
  madeName?: string;
}

/** The same, before anybody has looked whether there is such a kind. */
export interface RawPath {
  group: string;
  version: string;
  plural: string;
  namespace: string | undefined;
  name: string | undefined;
  subresource: string | undefined;
}

/** Reads `/apis/GROUP/VERSION/namespaces/NS/RESOURCE/NAME/SUB` and its shorter forms; undefined for any other. */
export function readPath(pathname: string): RawPath | undefined {
  const parts = partsOf(pathname);
  const [root] = parts;
  if (root !== "api" && root !== "apis") return undefined;
  const group = root === "api" ? "" : (parts[1] ?? "");
  const version = parts[root === "api" ? 1 : 2];
  const rest = parts.slice(root === "api" ? 2 : 3);
  if (version === undefined || rest.length === 0) return undefined;

  const inNamespace = rest[0] === "namespaces" && rest.length >= 3;
  if (inNamespace && !(group === "" && ["status", "finalize"].includes(rest[2]!))) {
    const [, namespace, plural, name, ...sub] = rest as [string, string, string, string?, ...string[]];
    return { group, version, plural, namespace, name, subresource: join(sub) };
  }
  const [plural, name, ...sub] = rest as [string, string?, ...string[]];
  return { group, version, plural, namespace: undefined, name, subresource: join(sub) };
}

/** The kind that a path speaks of; undefined when it is not served there. */
export function resolvePath(registry: Registry, path: RawPath): ResourcePath | undefined {
  const { group, version, plural, ...rest } = path;
  const resource = registry.version(group, version, plural);
  if (!resource) return undefined;
  // A namespaced kind without a namespace can only be listed and watched.
  const fits = rest.namespace === undefined ? !resource.namespaced || !rest.name : resource.namespaced;
  return fits ? { resource, ...rest } : undefined;
}

function partsOf(pathname: string): string[] {
  try {
    return pathname
      .split("/")
      .filter((part) => part !== "")
      .map(decodeURIComponent);
  } catch {
    return []; // a broken escape names nothing
  }
}

function join(parts: string[]): string | undefined {
  return parts.length === 0 ? undefined : parts.join("/");
}

/** Reads `true`, `1` and an empty value as true. */
export function isSet(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value === "" || value === "true" || value === "1";
}

/** The query's field manager, or the program that asks: its User-Agent up to the first `/`. */
export function readManager(request: Request, query: URLSearchParams): string {
  return query.get("fieldManager") || (request.headers.get("user-agent") ?? "").split("/")[0] || "unknown";
}

export const notNumber = (text: string) =>
  `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;

export function readRevision(text: string): number {
  if (!/^\d{1,15}$/.test(text)) {
    throw badRequest(`invalid resource version: ${notNumber(text)}`);
  }
  return Number(text);
}
