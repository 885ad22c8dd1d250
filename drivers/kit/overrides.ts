import type { DriverSpec } from "./format.ts";
import { didYouMean, type Problem } from "./problem.ts";

/** `{component: {NAME: value}}`, or `{component: {container: {command, args}}}`, as it was given. */
export type ByComponent = Record<string, Record<string, unknown>>;

/**
 * What is wrong with environment variables given for a deployment: a component that is not there, a variable that the
 * driver does not document for it, a value that is none. Fields are `envVars.component.NAME`, or
 * what `field` says: files have another word.
 */
export function envVarProblems(spec: DriverSpec, given: ByComponent, field = "envVars"): Problem[] {
  return byComponent(spec, given, field, (component, name, value) => {
    const known = spec.envVars.filter(
      ({ components }) => components.length === 0 || components.includes(component),
    );
    const fault = unknownName(
      name,
      known.map((variable) => variable.name),
      `variable of the component ${component}`,
    );
    if (fault !== undefined) return fault;
    return ["string", "number", "boolean"].includes(typeof value) && isSound(value)
      ? undefined
      : "must be a text, a number, true or false";
  });
}

/**
 * What is wrong with overrides of containers given for a deployment: one that the driver does not document, or not for
 * what is overridden, or a value that is no list of words. Fields are `containerOverrides.component.container`,
 * or what `field` says.
 */
export function overrideProblems(
  spec: DriverSpec,
  given: ByComponent,
  field = "containerOverrides",
): Problem[] {
  return byComponent(spec, given, field, (component, container, value) => {
    const known = spec.containerOverrides.filter((override) => override.component === component);
    const names = known.map((override) => override.container);
    const fault = unknownName(
      container,
      names,
      `container of the component ${component} that can be overridden`,
    );
    if (fault !== undefined) return fault;
    if (!isMap(value)) return "must be {command: [texts], args: [texts]}";
    const allowed = known.filter((override) => override.container === container);
    for (const [key, words] of Object.entries(value)) {
      const open = (["command", "args"] as const).filter((each) =>
        allowed.some((override) => override[each]),
      );
      if (!open.includes(key as "args"))
        return `cannot have its ${key.slice(0, 80)} overridden, only ${open.join(" and ") || "nothing"}`;
      if (!Array.isArray(words) || !words.every((word) => typeof word === "string" && isSound(word)))
        return `${key} must be a list of texts`;
    }
    return undefined;
  });
}

/**
 * Changes single entries: maps are merged key by key, anything else is put in place, and null takes an entry away,
 * with the maps that are empty then. Nothing of the input is changed.
 */
export function changedEntries<T extends Record<string, unknown>>(
  before: T,
  changes: Record<string, unknown>,
): T {
  const after: Record<string, unknown> = { ...before };
  for (const [key, change] of Object.entries(changes)) {
    const had = Object.hasOwn(before, key) ? before[key] : undefined;
    const value = isMap(change) ? changedEntries(isMap(had) ? had : {}, change) : change;
    if (value === null || (isMap(value) && Object.keys(value).length === 0)) delete after[key];
    else after[key] = value;
  }
  return after as T;
}

/**
 * What is to be taken away and is not there, with the nearest that is: nothing would happen, and nobody would know.
 * `field` is the name of the input.
 */
export function absentProblems(
  before: Record<string, unknown>,
  changes: Record<string, unknown>,
  field: string,
): Problem[] {
  return Object.entries(changes).flatMap(([key, change]) => {
    const at = `${field}.${key.slice(0, 80)}`;
    const had = Object.hasOwn(before, key) ? before[key] : undefined;
    if (isMap(change)) return absentProblems(isMap(had) ? had : {}, change, at);
    if (change !== null || had !== undefined) return [];
    const set = Object.keys(before);
    const known =
      set.length === 0 ? "; there is none" : didYouMean(key, set) || `; there are ${set.join(", ")}`;
    return [{ field: at, message: `is not set, so it cannot be taken away${known}` }];
  });
}

function byComponent(
  spec: DriverSpec,
  given: ByComponent,
  field: string,
  faultOf: (component: string, name: string, value: unknown) => string | undefined,
): Problem[] {
  const components = Object.keys(spec.components);
  return Object.entries(given).flatMap(([component, values]) => {
    const at = `${field}.${component.slice(0, 80)}`;
    if (!components.includes(component)) {
      return [{ field: at, message: `is no component${didYouMeanOf(component, components)}` }];
    }
    if (!isMap(values)) return [{ field: at, message: "must be an object of values by name" }];
    return Object.entries(values).flatMap(([name, value]) => {
      const message = faultOf(component, name, value);
      return message === undefined ? [] : [{ field: `${at}.${name.slice(0, 80)}`, message }];
    });
  });
}

function unknownName(name: string, known: string[], what: string): string | undefined {
  if (known.includes(name)) return undefined;
  if (known.length === 0) return `is no ${what}: the driver documents none`;
  return `is no ${what}${didYouMeanOf(name, known)}`;
}

/** The nearest, or all that there are where none is near. */
const didYouMeanOf = (name: string, known: string[]) =>
  didYouMean(name, known) || `; there are ${known.join(", ") || "none"}`;

const isSound = (value: unknown) =>
  typeof value !== "string" || (value.isWellFormed() && !value.includes("\0"));
const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
