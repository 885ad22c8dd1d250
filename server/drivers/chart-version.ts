import { maxSatisfying, rsort, valid } from "semver";

/** Whether a chart's version is one and not a range of them. */
export const isExact = (version: string): boolean => valid(version) !== null;

/** The version that is meant: the very one, the highest in a range, or the highest that is no pre-release. */
export function chooseVersion(versions: readonly string[], wanted: string | null): string | undefined {
  if (wanted !== null && isExact(wanted)) {
    return versions.find((one) => one === wanted) ?? versions.find((one) => valid(one) === valid(wanted));
  }
  const sound = versions.filter((one) => valid(one) !== null);
  const range = (wanted ?? "*").replaceAll(",", " ");
  return maxSatisfying(rsort([...sound]), range) ?? undefined;
}
