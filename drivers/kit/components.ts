/**
 * The component that a pod (or a pod template) is of, by its labels. When the labels of several components
 * fit, the one that asks for the most wins, then the first by name. Undefined when none fits.
 */
export function componentOf(
  components: Record<string, { labels: Record<string, string> }>,
  labels: Record<string, string> | undefined,
): string | undefined {
  let found: string | undefined;
  for (const name of Object.keys(components).sort()) {
    const wanted = components[name]!.labels;
    if (!hasLabels(labels, wanted)) continue;
    const more = found === undefined || sizeOf(wanted) > sizeOf(components[found]!.labels);
    if (more) found = name;
  }
  return found;
}

/** Whether an object's labels include all the wanted ones. Nothing wanted is nothing found. */
export function hasLabels(
  labels: Record<string, string> | undefined,
  wanted: Record<string, string>,
): boolean {
  const entries = Object.entries(wanted);
  return entries.length > 0 && entries.every(([key, value]) => labels?.[key] === value);
}

/** Labels as the API's label selector: `a=b,c=d`. */
export function selectorOf(labels: Record<string, string>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}

const sizeOf = (labels: object) => Object.keys(labels).length;
