import { dnsLabel, readComponents } from "./component-spec.ts";
import {
  actionHooks,
  type ActionSpec,
  actionModes,
  driverFileName,
  type DriverInfo,
  type DriverSpec,
  type HelmSpec,
  serviceKinds,
  serviceScopes,
  type ServiceSpec,
} from "./format.ts";
import { readParameter, readPrompt } from "./parameter-spec.ts";
import type { Problem } from "./problem.ts";
import { createReader, inOrder, type Place, type Reader } from "./reader.ts";
import { isVersion, parseVersionRange } from "./versions.ts";

export type ParsedDriver =
  { spec: DriverSpec; problems?: undefined } | { problems: Problem[]; spec?: undefined };

const anyVersion = {
  maxLength: 64,
  pattern: /^[0-9A-Za-z][0-9A-Za-z.+_-]*$/,
  wanted: "a version of letters, digits, . + _ -",
};
const filePath = {
  maxLength: 255,
  pattern: /^(\.\/)?(?!\/)(?!(.*\/)?\.\.?(\/|$))[^\\\0]+$/,
  wanted: "a path inside the driver's folder",
};
const specKeys = [
  "version",
  "supported_versions",
  "default_version",
  "info",
  "helm",
  "manifests",
  "components",
  "services",
  "parameters",
  "env_vars",
  "container_overrides",
  "actions",
] as const;

/** Reads a `driver.styrmin.yml`. Answers the specification, or every problem of the file with its line. */
export function parseDriver(text: string, { file = driverFileName } = {}): ParsedDriver {
  const reader = createReader(text, file);
  const root = reader.root;
  if (reader.problems.length > 0) return { problems: reader.problems };

  const top = reader.map(
    root,
    ["apiVersion", "kind", "metadata", "spec"],
    ["apiVersion", "kind", "metadata", "spec"],
  );
  reader.word(top.apiVersion, ["styrmin.io/v1"]);
  reader.word(top.kind, ["ApplicationDriver"]);
  const metadata = reader.map(top.metadata, ["name"], ["name"]);
  const keys = reader.map(top.spec, specKeys, ["version", "supported_versions"]);

  const components = readComponents(reader, keys.components);
  const known = Object.keys(components);
  const helm = readHelm(reader, keys.helm);
  const spec: DriverSpec = {
    name: reader.text(metadata.name, dnsLabel) ?? "",
    version: reader.text(keys.version, anyVersion) ?? "",
    ...readVersions(reader, keys.supported_versions, keys.default_version),
    info: readInfo(reader, keys.info),
    helm,
    manifests: readManifests(reader, keys.manifests, helm),
    components,
    services: readServices(reader, keys.services, known),
    parameters: named(reader, keys.parameters, (place) => readParameter(reader, place)),
    envVars: reader.items(keys.env_vars).map((place) => {
      const at = reader.map(place, ["name", "description", "level", "components"], ["name"]);
      return {
        name:
          reader.text(at.name, { pattern: /^[A-Za-z_][A-Za-z0-9_.-]*$/, wanted: "a variable's name" }) ?? "",
        description: reader.text(at.description) ?? "",
        level: reader.word(at.level, ["component"]) ?? "component",
        components: reader.items(at.components).flatMap((item) => reader.word(item, known) ?? []),
      };
    }),
    containerOverrides: reader.items(keys.container_overrides).map((place) => {
      const all = ["component", "container", "command", "args", "description"] as const;
      const at = reader.map(place, all, ["component", "container"]);
      return {
        component: reader.word(at.component, known) ?? "",
        container: reader.text(at.container, dnsLabel) ?? "",
        command: reader.flag(at.command) ?? false,
        args: reader.flag(at.args) ?? false,
        description: reader.text(at.description) ?? "",
      };
    }),
    actions: named(reader, keys.actions, (place) => readAction(reader, place)),
  };
  return reader.problems.length > 0 ? { problems: inOrder(reader.problems) } : { spec };
}

function readVersions(reader: Reader, supported: Place, fallback: Place) {
  const supportedVersions = reader.text(supported, { maxLength: 256 }) ?? "";
  const defaultVersion = reader.text(fallback, { maxLength: 64 }) ?? null;
  const allows = parseVersionRange(supportedVersions);
  if (!allows) {
    reader.note(
      supported,
      `must be a range of versions such as ">=1.2,<2.0" or "^1.2", not "${supportedVersions}"`,
    );
  } else if (defaultVersion !== null && !isVersion(defaultVersion)) {
    reader.note(fallback, `must be a version such as 1.6.0, not "${defaultVersion}"`);
  } else if (defaultVersion !== null && !allows(defaultVersion)) {
    reader.note(
      fallback,
      `must be one of the supported versions (${supportedVersions}), not ${defaultVersion}`,
    );
  }
  return { supportedVersions, defaultVersion };
}

function readInfo(reader: Reader, place: Place): DriverInfo {
  const at = reader.map(place, ["description", "authors", "license", "links"]);
  const links = reader.items(at.links).map((item) => {
    const { link } = reader.map(item, ["link"], ["link"]);
    const { label, url } = reader.map(link, ["label", "url"], ["label", "url"]);
    const web = { maxLength: 2048, pattern: /^https?:\/\/[^\s]+$/, wanted: "an http or https address" };
    return { label: reader.text(label) ?? "", url: reader.text(url, web) ?? "" };
  });
  return {
    description: reader.text(at.description, { maxLength: 16_384 }) ?? "",
    authors: reader.items(at.authors).flatMap((item) => reader.text(item) ?? []),
    license: reader.text(at.license) ?? "",
    links,
  };
}

function readHelm(reader: Reader, place: Place): HelmSpec | null {
  if (!reader.has(place)) return null;
  const { main } = reader.map(place, ["main"], ["main"]);
  const keys = ["location", "version", "chart", "values"] as const;
  const at = reader.map(main, keys, ["location"]);
  const location = reader.text(at.location, {
    maxLength: 2048,
    pattern: /^(oci:\/\/\S+|https?:\/\/\S+|\.\/(?!(.*\/)?\.\.(\/|$))[^\\\0]*)$/,
    wanted: "oci://…, https://… or a folder of the driver (./chart)",
  });
  const chart = reader.text(at.chart) ?? null;
  if (location !== undefined && /^https?:/.test(location) && chart === null) {
    reader.note(at.chart, "is missing: the chart's name in the repository");
  }
  const version = reader.text(at.version, anyVersion) ?? null;
  return {
    main: { location: location ?? "", version, chart, values: tidy(reader.text(at.values, filePath)) },
  };
}

function readManifests(reader: Reader, place: Place, helm: HelmSpec | null): string | null {
  if (!reader.has(place)) return helm === null ? "manifests" : null;
  if (helm !== null) reader.note(place, "cannot be combined with helm; keep one of the two");
  return tidy(reader.text(place, filePath)) ?? "manifests";
}

function readServices(reader: Reader, place: Place, components: string[]): ServiceSpec[] {
  const keys = ["name", "kind", "scope", "port", "component", "description"] as const;
  return named(reader, place, (item) => {
    const at = reader.map(item, keys, ["name", "kind", "port", "component"]);
    return {
      name: reader.text(at.name, dnsLabel) ?? "",
      kind: reader.word(at.kind, serviceKinds) ?? "http",
      scope: reader.word(at.scope, serviceScopes) ?? "internal",
      port: reader.number(at.port, { whole: true, min: 1, max: 65_535 }) ?? 0,
      component: reader.word(at.component, components) ?? "",
      description: reader.text(at.description) ?? "",
    };
  });
}

function readAction(reader: Reader, place: Place): ActionSpec {
  const keys = ["name", "hook", "mode", "location", "description", "prompts"] as const;
  const at = reader.map(place, keys, ["name", "hook", "location"]);
  return {
    name: reader.text(at.name, { maxLength: 63, pattern: /^[A-Za-z][\w-]*$/, wanted: "a name" }) ?? "",
    hook: reader.word(at.hook, actionHooks) ?? "setup",
    mode: reader.word(at.mode, actionModes) ?? "core",
    location:
      reader.text(at.location, {
        pattern: /^(?!\/)(?!(.*\/)?\.\.\/)[\w./-]+\.ts::[A-Za-z_$][\w$]*$/,
        wanted: "a TypeScript file and a function of it (actions.ts::migrate)",
      }) ?? "",
    description: reader.text(at.description) ?? "",
    prompts: named(reader, at.prompts, (item) => readPrompt(reader, item)),
  };
}

/** Reads a list whose items have names, and notes each name that comes twice. */
function named<T extends { name: string }>(reader: Reader, place: Place, read: (place: Place) => T): T[] {
  const seen = new Set<string>();
  return reader.items(place).map((item) => {
    const made = read(item);
    if (seen.has(made.name)) reader.note(item, `repeats the name "${made.name}"`);
    else if (made.name !== "") seen.add(made.name);
    return made;
  });
}

/** `./manifests/` → `manifests` */
function tidy(path: string): string;
function tidy(path: string | undefined): string | null;
function tidy(path: string | undefined): string | null {
  return path === undefined ? null : path.replace(/^(\.\/)+/, "").replace(/\/+$/, "");
}
