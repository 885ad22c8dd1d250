import { driverShape } from "./driver-shape.ts";
import { type ComponentSpec, driverFileName, type DriverSpec } from "./format.ts";
import { specParameter } from "./parameter-spec.ts";
import { didYouMean, inOrder, type Problem } from "./problem.ts";
import { readShape } from "./read-shape.ts";
import { createReader, type Place, type Reader } from "./reader.ts";
import type { Field, Read } from "./shape.ts";
import { isVersion, parseVersionRange } from "./versions.ts";

export type ParsedDriver =
  { spec: DriverSpec; problems?: undefined } | { problems: Problem[]; spec?: undefined };

type Written = Read<typeof driverShape>["spec"];

/**
 * Reads a `driver.styrmin.yml`. Answers the specification, or every problem of the file with its place: what does not
 * fit the format's shape, and then what a shape cannot say (names that are not there or come twice, bounds, versions).
 */
export function parseDriver(text: string, { file = driverFileName } = {}): ParsedDriver {
  const reader = createReader(text, file);
  if (reader.problems.length > 0) return { problems: reader.problems };
  const { metadata, spec: written } = readShape(reader, reader.root, driverShape);

  const components = Object.fromEntries(
    written.components.entries.map(([name, one]) => [name, componentOf(one)]),
  );
  const known = (component: Field<string>) => knownComponent(reader, component, Object.keys(components));
  refuseTwice(reader, written.services.items);
  refuseTwice(reader, written.parameters.items);
  refuseTwice(reader, written.actions.items);
  refuseTwice(reader, written.env_vars.items);
  const helm = helmOf(reader, written);
  const spec: DriverSpec = {
    name: metadata.name.value ?? "",
    version: written.version.value ?? "",
    ...versionsOf(reader, written),
    info: {
      description: written.info.description.value ?? "",
      authors: written.info.authors.items.map(textOf),
      license: textOf(written.info.license),
      links: written.info.links.items.map(({ link, url }) => ({ label: textOf(link), url: textOf(url) })),
    },
    helm,
    manifests: manifestsOf(reader, written, helm !== null),
    components,
    services: written.services.items.map((service) => ({
      name: textOf(service.name),
      kind: service.kind.value ?? "http",
      scope: service.scope.value ?? "internal",
      port: service.port.value ?? 0,
      component: known(service.component),
      description: textOf(service.description),
    })),
    parameters: written.parameters.items.map((parameter) => specParameter(reader, parameter)),
    envVars: written.env_vars.items.map((variable) => ({
      name: textOf(variable.name),
      description: textOf(variable.description),
      level: variable.level.value ?? "component",
      components: variable.components.items.map(known),
    })),
    containerOverrides: written.container_overrides.items.map((override) => ({
      component: known(override.component),
      container: textOf(override.container),
      command: override.command.value ?? false,
      args: override.args.value ?? false,
      description: textOf(override.description),
    })),
    actions: written.actions.items.map((action) => {
      refuseTwice(reader, action.prompts.items);
      if (action.when.value !== undefined && action.hook.value !== "upgrade")
        reader.note(action.when.place, "is for actions of the hook upgrade");
      return {
        name: textOf(action.name),
        hook: action.hook.value ?? "setup",
        mode: action.mode.value ?? "core",
        ...(action.when.value ? { when: action.when.value } : {}),
        location: textOf(action.location),
        description: textOf(action.description),
        prompts: action.prompts.items.map((prompt) => specParameter(reader, prompt)),
      };
    }),
  };
  return reader.problems.length > 0 ? { problems: inOrder(reader.problems) } : { spec };
}

function versionsOf(reader: Reader, { supported_versions, default_version }: Written) {
  const supportedVersions = textOf(supported_versions);
  const defaultVersion = default_version.value ?? null;
  const allows = parseVersionRange(supportedVersions);
  if (supported_versions.value !== undefined && !allows) {
    const message = `must be a range of versions such as ">=1.2,<2.0" or "^1.2", not "${supportedVersions}"`;
    reader.note(supported_versions.place, message);
  }
  if (defaultVersion !== null && !isVersion(defaultVersion)) {
    reader.note(default_version.place, `must be a version such as 1.6.0, not "${defaultVersion}"`);
  } else if (defaultVersion !== null && allows?.(defaultVersion) === false) {
    const message = `must be one of the supported versions (${supportedVersions}), not ${defaultVersion}`;
    reader.note(default_version.place, message);
  }
  return { supportedVersions, defaultVersion };
}

function helmOf(reader: Reader, { helm }: Written): DriverSpec["helm"] {
  if (!reader.has(helm.place)) return null;
  const { location, version, chart, values } = helm.main;
  if (location.value !== undefined && /^https?:/.test(location.value) && chart.value === undefined) {
    reader.note(chart.place, "is missing: the chart's name in the repository");
  }
  return {
    main: {
      location: textOf(location),
      version: version.value ?? null,
      chart: chart.value ?? null,
      values: values.value === undefined ? null : tidy(values.value),
    },
  };
}

function manifestsOf(reader: Reader, { manifests }: Written, hasHelm: boolean): string | null {
  if (!reader.has(manifests.place)) return hasHelm ? null : "manifests";
  if (hasHelm) reader.note(manifests.place, "cannot be combined with helm; keep one of the two");
  return tidy(manifests.value ?? "manifests");
}

function componentOf({
  description,
  identifier,
  backup,
}: Read<typeof driverShape>["spec"]["components"]["entries"][number][1]): ComponentSpec {
  const labels = identifier.label.entries.map(([name, value]) => [name, textOf(value)]);
  const volumes = [
    ...(backup.volume.value === undefined ? [] : [backup.volume.value]),
    ...backup.volumes.items.map(textOf),
  ];
  return {
    description: textOf(description),
    labels: Object.fromEntries(labels),
    backup:
      backup.kind.value === undefined
        ? null
        : { kind: backup.kind.value, volumes, options: Object.fromEntries(backup.others) },
  };
}

/** The name of a component of the driver; what is another name is noted with the nearest one. */
function knownComponent(reader: Reader, { place, value }: Field<string>, names: string[]): string {
  if (value === undefined || names.includes(value)) return value ?? "";
  const near = didYouMean(value, names);
  reader.note(
    place,
    `must be one of ${names.join(", ") || "the components, of which there are none"}, not "${value}"${near}`,
  );
  return value;
}

/** Notes each name that comes twice in a list. */
function refuseTwice(reader: Reader, items: readonly { place: Place; name: Field<string> }[]): void {
  const seen = new Set<string>();
  for (const { name } of items) {
    if (name.value === undefined) continue;
    if (seen.has(name.value)) reader.note(name.place, `repeats the name "${name.value}"`);
    seen.add(name.value);
  }
}

const textOf = ({ value }: Field<string>): string => value ?? "";

/** `./manifests/` → `manifests` */
const tidy = (path: string): string => path.replace(/^(\.\/)+/, "").replace(/\/+$/, "");
