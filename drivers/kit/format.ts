/** The driver format as types: what `parseDriver` makes of a `driver.styrmin.yml`. Defaults are filled in. */

export const driverFileName = "driver.styrmin.yml";

/** The files of a driver by their path below its folder. */
export type DriverFiles = Record<string, Uint8Array>;

export interface DriverSpec {
  /** `metadata.name` */
  name: string;
  /** The driver's own version; the highest wins as *latest*. */
  version: string;
  /** Versions of the application: `>=1.2,<2.0` or an npm range. */
  supportedVersions: string;
  defaultVersion: string | null;
  info: DriverInfo;
  /** Null for a driver with manifests only. */
  helm: HelmSpec | null;
  /** The folder of the manifests, without a closing slash; null for a driver with a chart only. */
  manifests: string | null;
  components: Record<string, ComponentSpec>;
  services: ServiceSpec[];
  parameters: ParameterSpec[];
  envVars: EnvVarSpec[];
  containerOverrides: ContainerOverrideSpec[];
  actions: ActionSpec[];
}

export interface DriverInfo {
  description: string;
  authors: string[];
  license: string;
  links: { label: string; url: string }[];
}

export interface HelmSpec {
  main: HelmChartSpec;
}

export interface HelmChartSpec {
  /** `oci://…`, `https://repository` or a folder of the driver (`./chart`). */
  location: string;
  version: string | null;
  /** The chart's name, when the location is a repository. */
  chart: string | null;
  /** The template of the values, a file of the driver. */
  values: string | null;
}

export interface ComponentSpec {
  description: string;
  /** The labels by which a pod is known to be of this component, beside the deployment's own label. */
  labels: Record<string, string>;
  backup: BackupSpec | null;
}

export const backupKinds = ["postgres", "mariadb", "mongodb", "neo4j", "disk", "action"] as const;

export interface BackupSpec {
  kind: (typeof backupKinds)[number];
  volumes: string[];
  /** The other keys of the strategy as they were written. */
  options: Record<string, unknown>;
}

export const serviceKinds = ["http", "https", "tcp", "grpc"] as const;
export const serviceScopes = ["external", "internal"] as const;

export interface ServiceSpec {
  name: string;
  kind: (typeof serviceKinds)[number];
  scope: (typeof serviceScopes)[number];
  port: number;
  component: string;
  description: string;
}

export const parameterKinds = ["string", "integer", "number", "boolean", "enum", "secret", "list"] as const;
export type ParameterKind = (typeof parameterKinds)[number];
export type ParameterValue = string | number | boolean | (string | number | boolean)[];

export interface ParameterSpec {
  name: string;
  kind: ParameterKind;
  label: string;
  description: string;
  /** The heading a form puts it under; null for none. */
  group: string | null;
  /** Whether a form hides it until it is asked for more. */
  advanced: boolean;
  /** Without a default, and unless `required` says otherwise, a value must be given. */
  default?: ParameterValue;
  required: boolean;
  /** Bounds of an integer or a number, both inclusive. */
  min?: number;
  max?: number;
  /** Bounds of a text's characters or of a list's items. */
  minLength?: number;
  maxLength?: number;
  /** A regular expression (RE2's syntax) that a text, or each text of a list, must match. */
  pattern?: string;
  /** The words of an enum. */
  values?: string[];
  /** What the items of a list are. Default string. */
  items?: "string" | "integer" | "number" | "boolean";
  /** How a secret that is not given is made. */
  generate?: GenerateSpec;
}

export interface GenerateSpec {
  length: number;
  alphabet: string;
}

export interface EnvVarSpec {
  name: string;
  description: string;
  level: "component";
  components: string[];
}

export interface ContainerOverrideSpec {
  component: string;
  container: string;
  command: boolean;
  args: boolean;
  description: string;
}

export const actionHooks = ["setup", "upgrade", "backup", "restore", "delete"] as const;
export const actionModes = ["pre", "core", "post"] as const;
/** Whose version an upgrade changes. */
export const actionWhens = ["application", "driver"] as const;

export interface ActionSpec {
  name: string;
  hook: (typeof actionHooks)[number];
  mode: (typeof actionModes)[number];
  /** Which version must change for an upgrade to run it; any without this. */
  when?: (typeof actionWhens)[number];
  /** File and function: `actions.ts::migrate`. */
  location: string;
  description: string;
  /** What the action asks for when it is started: of every kind but secret. */
  prompts: ParameterSpec[];
}

/** Whether a flow runs an action; the others are kept for flows that are still to come. */
export const isRun = ({ hook, mode }: Pick<ActionSpec, "hook" | "mode">): boolean =>
  hook === "setup" || hook === "upgrade" || (hook === "delete" && mode === "pre");
