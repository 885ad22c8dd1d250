import { compareVersions, isVersion } from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";

/** The refs of a repository by full name, each with the commit that it stands for. */
export type Refs = ReadonlyMap<string, string>;

export interface FoundRef {
  /** The full name: `refs/heads/main`. */
  name: string;
  commit: string;
}

/** Whether git itself would take a text for the name of a ref (git-check-ref-format); no option and no range is one. */
export function isRefName(ref: string): boolean {
  return (
    ref.length > 0 &&
    ref.length <= 255 &&
    !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp} ~^:?*[\\]|\.\.|@\{|\/\/|\/\.|^[-/.]|[/.]$|\.lock(\/|$)|^@$/u.test(ref) &&
    ref.isWellFormed()
  );
}

/**
 * Refuses what cannot be followed: anything that git takes for no name, a commit (it never moves), and a pattern that
 * is not one of tags with one `*`. Throws INVALID.
 */
export function checkFollowedRef(ref: string): string {
  const refuse = (reason: string): never => {
    throw new AppError(
      "INVALID",
      `The ref ${reason}. Name a branch, a tag, or a pattern of version tags such as v*.`,
      { field: "ref" },
    );
  };
  if (!isRefName(ref.replace("*", "x"))) refuse(`"${ref.slice(0, 80)}" cannot be the name of one`);
  if (/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(ref)) refuse("is a commit, which never changes");
  if (ref.includes("*") && ref.startsWith("refs/") && !ref.startsWith("refs/tags/"))
    refuse("is a pattern of branches");
  return ref;
}

/** What to ask a server for, so that it sends little more than what is wanted. */
export function prefixesOf(ref: string): string[] {
  if (ref.includes("*")) return [tagPattern(ref).before];
  return ref.startsWith("refs/") ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`];
}

/**
 * What a followed ref stands for now. A branch wins over a tag of the same name. Of a pattern it is the tag with the
 * highest version where the `*` stands; pre-releases do not count. Undefined when there is none. Pure.
 */
export function resolveRef(refs: Refs, ref: string): FoundRef | undefined {
  if (ref.includes("*")) return highestTag(refs, ref);
  for (const name of prefixesOf(ref)) {
    const commit = refs.get(name);
    if (commit !== undefined) return { name, commit };
  }
  return undefined;
}

function highestTag(refs: Refs, ref: string): FoundRef | undefined {
  const { before, after } = tagPattern(ref);
  let highest: (FoundRef & { version: string }) | undefined;
  for (const [name, commit] of refs) {
    if (name.length <= before.length + after.length || !name.startsWith(before) || !name.endsWith(after))
      continue;
    const version = name.slice(before.length, name.length - after.length);
    if (!isVersion(version) || /[-+]/.test(version)) continue;
    if (highest === undefined || compareVersions(version, highest.version) > 0)
      highest = { name, commit, version };
  }
  return highest && { name: highest.name, commit: highest.commit };
}

function tagPattern(ref: string): { before: string; after: string } {
  const whole = ref.startsWith("refs/tags/") ? ref : `refs/tags/${ref}`;
  const at = whole.indexOf("*");
  return { before: whole.slice(0, at), after: whole.slice(at + 1) };
}
