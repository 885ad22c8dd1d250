import { AppError } from "../../lib/errors.ts";
import { parseRepositoryUrl } from "./address.ts";

/**
 * The one spelling of a repository's address: small letters in the host, no default port, no `..`, no slash at the
 * end. Charts may also lie in an OCI registry (`oci://`). Throws INVALID, also when credentials stand in it.
 */
export function plainUrl(text: string, kind: "GIT" | "HELM"): string {
  const oci = kind === "HELM" && /^oci:\/\//i.test(text);
  const { url, username } = parseRepositoryUrl(oci ? text.replace(/^oci:/i, "https:") : text);
  if (username !== undefined) {
    const message = "The address must hold no credentials; give them as username and token.";
    throw new AppError("INVALID", message, { field: "url" });
  }
  return oci ? url.replace(/^https:/, "oci:") : url;
}

/**
 * All prefixes of a plain address on a border of its path, the origin first: what a repository may be recorded under
 * to count for it. `…/x` and `…/x.git` are the same repository.
 */
export function prefixesOf(url: string): string[] {
  const [origin, path] = split(url);
  const names = path === "" ? [] : path.slice(1).split("/");
  const prefixes = [origin];
  for (const name of names) prefixes.push(`${prefixes.at(-1)}/${name}`);
  if (names.length === 0) return prefixes;
  const last = prefixes.at(-1)!;
  return [...prefixes, last.endsWith(".git") ? last.slice(0, -4) : `${last}.git`];
}

function split(url: string): [origin: string, path: string] {
  const [, origin = url, path = ""] = /^([a-z]+:\/\/[^/]+)(.*)$/.exec(url) ?? [];
  return [origin, path];
}
