import semver from "semver";

/**
 * Understands `supported_versions`: an npm range, or the comma form `>=1.2,<2.0` with `==`, `!=` and `~=` as
 * Python spells them. Undefined when it is neither. Pre-releases count as the versions they lead up to.
 */
export function parseVersionRange(text: string): ((version: string) => boolean) | undefined {
  if (text.length > 256) return undefined;
  const ranges: semver.Range[] = [];
  const excluded: semver.Range[] = [];
  for (const clause of text.split(",")) {
    const [, operator = "", rest = ""] = /^\s*(==|!=|~=)?\s*(.*?)\s*$/s.exec(clause) ?? [];
    if (rest === "" && (operator !== "" || text.includes(","))) return undefined;
    try {
      const range = new semver.Range(rangeOf(operator, rest), { includePrerelease: true });
      (operator === "!=" ? excluded : ranges).push(range);
    } catch {
      return undefined;
    }
  }
  return (version) => {
    const known = parseVersion(version);
    return (
      known !== null &&
      ranges.every((range) => range.test(known)) &&
      !excluded.some((range) => range.test(known))
    );
  };
}

/** Whether a driver's `supportedVersions` include a version of the application. */
export function supports(spec: { supportedVersions: string }, version: string): boolean {
  return parseVersionRange(spec.supportedVersions)?.(version) ?? false;
}

/** Whether a text is a version at all: `1.6.0`, and also `v1.6` and `15`. */
export function isVersion(text: string): boolean {
  return parseVersion(text) !== null;
}

/** The lowest version that a range allows, where it says one; null when it allows none. */
export function lowestVersion(range: string): string | null {
  const supported = parseVersionRange(range);
  if (!supported) return null;
  const bounds = range.split(",").flatMap((clause) => leastOf(clause.replace(/[!=~]=/, "")) ?? []);
  return ["0.0.0", ...bounds, "1.0.0"].find(supported) ?? null;
}

/**
 * The ends of a range as far as it tells them: the lowest version that it allows, and the highest one that is written
 * out in it and allowed (`<2.0` has none before it). In the order of versions; none for a range like `*`.
 */
export function rangeEnds(range: string): string[] {
  const supported = parseVersionRange(range);
  if (!supported) return [];
  const written = range.split(/[\s,|]+/).map((word) => word.replace(/^[<>=!~^]+/, ""));
  const lowest = lowestVersion(range);
  const ends = [...(lowest === null || lowest === "0.0.0" ? [] : [lowest]), ...written]
    .filter((version) => isVersion(version) && supported(version))
    .sort((one, other) => semver.compare(parseVersion(one)!, parseVersion(other)!));
  return ends.length < 2 || isSameVersion(ends[0]!, ends.at(-1)!)
    ? ends.slice(0, 1)
    : [ends[0]!, ends.at(-1)!];
}

/** Whether two texts are one version: `15` and `15.0.0`. */
export function isSameVersion(one: string, other: string): boolean {
  const [a, b] = [parseVersion(one), parseVersion(other)];
  return a !== null && b !== null ? semver.compare(a, b) === 0 : one === other;
}

function leastOf(clause: string): string | undefined {
  try {
    return semver.minVersion(clause)?.version;
  } catch {
    return undefined;
  }
}

/**
 * Orders drivers' own versions: numbers by value (`1.10` after `1.9`), a pre-release before its release,
 * anything else as text.
 */
export function compareVersions(one: string, other: string): number {
  const a = one.replace(/^v(?=\d)/, "").split(/[.\-+_]/);
  const b = other.replace(/^v(?=\d)/, "").split(/[.\-+_]/);
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const order = comparePart(a[index], b[index]);
    if (order !== 0) return order;
  }
  return 0;
}

/** The highest version by the driver's own order; of equal ones the one loaded last. Undefined for none. */
export function latestVersion<T extends { version: string; loadedAt: Date | string }>(
  versions: readonly T[],
): T | undefined {
  return versions.toSorted(
    (a, b) =>
      compareVersions(b.version, a.version) ||
      new Date(b.loadedAt).getTime() - new Date(a.loadedAt).getTime(),
  )[0];
}

function parseVersion(text: string): semver.SemVer | null {
  if (text.length > 128) return null;
  const exact = semver.parse(text);
  if (exact) return exact;
  return /^v?\d+(\.\d+){0,3}([-+][0-9A-Za-z.-]+)?$/.test(text)
    ? semver.coerce(text, { includePrerelease: true })
    : null;
}

function rangeOf(operator: string, rest: string): string {
  if (operator !== "~=") return rest;
  // PEP 440: `~=1.4` is `>=1.4,<2`, and `~=1.4.2` is `>=1.4.2,<1.5`.
  const parts = rest.split(".").length;
  if (parts < 2) throw new Error("~= wants two numbers at least");
  return parts === 2 ? `>=${rest} <${Number.parseInt(rest, 10) + 1}` : `~${rest}`;
}

function comparePart(one: string | undefined, other: string | undefined): number {
  if (one === other) return 0;
  // What goes on with a word (`-rc1`) is earlier than what ends here; what goes on with a number is later.
  if (one === undefined) return isNumber(other!) ? (BigInt(other!) === 0n ? 0 : -1) : 1;
  if (other === undefined) return isNumber(one) ? (BigInt(one) === 0n ? 0 : 1) : -1;
  if (isNumber(one) && isNumber(other)) {
    const [a, b] = [BigInt(one), BigInt(other)];
    return a === b ? 0 : a < b ? -1 : 1;
  }
  if (isNumber(one) !== isNumber(other)) return isNumber(one) ? 1 : -1;
  return one < other ? -1 : 1;
}

const isNumber = (part: string) => /^\d{1,100}$/.test(part);
