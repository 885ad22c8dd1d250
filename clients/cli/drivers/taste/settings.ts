import {
  componentOf,
  containersOf,
  didYouMean,
  type DriverSpec,
  type KubeObjectLike,
  podOf,
  type Renderer,
  textOf,
} from "../../../../drivers/kit/index.ts";
import type { Sound } from "../folder.ts";
import { inDriverFile } from "../lines.ts";
import type { Problem } from "../problems.ts";
import { sampleObjects } from "./sample.ts";
import { templatesOf, withoutComments } from "./words.ts";

/** What a user may set for a component, the value by which it is known again, and how a template names it. */
interface Setting {
  component: string;
  mark: string;
  named: RegExp;
}

/**
 * Variables and overrides that the specification offers and nothing prints: users set them and nothing happens. All are
 * set at once; what is not rendered then, and is named by no template, is told. Of a component without pods that is told
 * already.
 */
export async function unprintedOf(
  renderer: Renderer,
  folder: Sound,
  versions: readonly string[],
  objects: KubeObjectLike[],
  signal: AbortSignal,
): Promise<Problem[]> {
  const { spec, files } = folder;
  const variables = spec.envVars.map(({ name, components }) =>
    (components.length > 0 ? components : Object.keys(spec.components)).map((each) => variableOf(each, name)),
  );
  const overrides = spec.containerOverrides.map(overridesOf);
  const all = [...variables, ...overrides].flat();
  let printed = "";
  for (const version of all.length > 0 ? versions : []) {
    for (const config of configsOf(spec)) {
      const rendered = await sampleObjects(renderer, folder, { version, config }, signal);
      if (!rendered) return [];
      printed += JSON.stringify(rendered);
    }
    if (all.every(({ mark }) => printed.includes(mark))) return [];
  }
  const templates = templatesOf(spec, files).map((path) => withoutComments(textOf(files[path]!) ?? ""));
  const isPrinted = ({ component, mark, named }: Setting) =>
    printed.includes(mark) ||
    templates.some((text) => named.test(text)) ||
    containersIn(spec, component, objects).length === 0;
  const place = (key: string, index: number) => ({
    ...inDriverFile(files, "spec", key, index),
    field: `spec.${key}[${index}]`,
  });
  return [
    ...spec.envVars.flatMap(({ name, components }, index) => {
      const silent = variables[index]!.filter((setting) => !isPrinted(setting));
      if (silent.length === 0 || (components.length === 0 && silent.length < variables[index]!.length))
        return [];
      const where = silent.map(({ component }) => component).join(", ");
      const message = `"${name}" is printed by no template for ${where}: setting it does nothing`;
      return [{ ...place("env_vars", index), message }];
    }),
    ...spec.containerOverrides.flatMap(({ component, container }, index) => {
      const silent = overrides[index]!.filter((setting) => !isPrinted(setting));
      if (silent.length === 0) return [];
      const known = containersIn(spec, component, objects);
      const near = known.includes(container) ? "" : didYouMean(container, known);
      const what = silent.map(({ part }) => part).join(" and ");
      const message = `what overrides ${what} of "${container}" of ${component} is printed by no template: it does nothing${near}`;
      return [{ ...place("container_overrides", index), message }];
    }),
  ];
}

const variableOf = (component: string, name: string): Setting => ({
  component,
  mark: `lint-variable-${component}.${name}.`,
  named: new RegExp(`component_env_vars\\(\\s*["']${component}["']`),
});

function overridesOf(override: DriverSpec["containerOverrides"][number]): (Setting & { part: string })[] {
  const { component, container } = override;
  return (["command", "args"] as const)
    .filter((part) => override[part])
    .map((part) => ({
      component,
      part,
      mark: overrideMark(part, component, container),
      // Without a name it is the first container.
      named: new RegExp(`component_${part}\\(\\s*["']${component}["']\\s*(\\)|,\\s*["']${container}["'])`),
    }));
}

const overrideMark = (part: "command" | "args", component: string, container: string) =>
  `lint-${part}-${component}.${container}.`;

/** Config that sets all of it. Of the containers of a component one at a time: a template may ask for the first. */
function configsOf({ components, envVars, containerOverrides }: DriverSpec): Record<string, unknown>[] {
  const variables = Object.keys(components).map((component) => [
    component,
    Object.fromEntries(envVars.map(({ name }) => [name, variableOf(component, name).mark])),
  ]);
  const containers = Map.groupBy(containerOverrides, ({ component }) => component);
  const names = [...containers].map(
    ([component, own]) => [component, [...new Set(own.map(({ container }) => container))]] as const,
  );
  const rounds = Math.max(1, ...names.map(([, own]) => own.length));
  return Array.from({ length: rounds }, (_, round) => ({
    env_vars: Object.fromEntries(variables),
    container_overrides: Object.fromEntries(
      names.flatMap(([component, own]) => {
        const container = own[round];
        if (container === undefined) return [];
        const words = (part: "command" | "args") => [overrideMark(part, component, container)];
        return [[component, { [container]: { command: words("command"), args: words("args") } }]];
      }),
    ),
  }));
}

/** The names of the containers of a component's pods. */
function containersIn({ components }: DriverSpec, component: string, objects: KubeObjectLike[]): string[] {
  return objects
    .filter((object) => componentOf(components, podOf(object)?.metadata?.labels ?? {}) === component)
    .flatMap(containersOf)
    .map(({ name }) => String(name));
}
