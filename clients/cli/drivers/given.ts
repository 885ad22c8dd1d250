import { parse } from "yaml";
import {
  type ByComponent,
  coerceParameter,
  type Context,
  type DriverSpec,
  envVarProblems,
  mergeConfig,
  overrideProblems,
  resolveParameters,
  sampleContext,
  supports,
} from "../../../drivers/kit/index.ts";
import type { Problem } from "./problems.ts";

/** What a deployment is given, as far as rendering asks. */
export interface Given {
  /** The application's version. */
  version?: string | undefined;
  parameters?: Record<string, unknown>;
  config?: Record<string, unknown>;
  /** `{component: {NAME: value}}` */
  envVars?: ByComponent;
  /** `{component: {container: {command, args}}}` */
  containerOverrides?: ByComponent;
  /** The deployment's name; the driver's by default. */
  name?: string | undefined;
  namespace?: string | undefined;
  releaseName?: string | undefined;
}

export type Resolved =
  | { problems: Problem[]; context?: undefined }
  | { problems?: undefined; context: Context; secrets: Record<string, string> };

/**
 * Checks what is given as the server would, and makes the Context of it. A secret that is to be made, or that nobody
 * gave, becomes a placeholder: nothing here is secret, and the same command prints the same text.
 */
export function resolveGiven(spec: DriverSpec, given: Given): Resolved {
  const { values, secrets: sources, problems } = resolveParameters(spec, given.parameters ?? {});
  // What only a real deployment must be given.
  const missing = new Set(
    spec.parameters.filter((parameter) => isMissingSecret(parameter, given)).map(({ name }) => name),
  );
  const wrong: Problem[] = problems.filter(({ field }) => !missing.has(field.replace("parameters.", "")));
  if (given.version !== undefined && !supports(spec, given.version)) {
    const message = `${given.version} is none of the supported versions (${spec.supportedVersions})`;
    wrong.push({ field: "version", message });
  }
  const { envVars = {}, containerOverrides = {} } = given;
  // As cases and templates write them; the API has other words.
  wrong.push(...envVarProblems(spec, envVars, "env_vars"));
  wrong.push(...overrideProblems(spec, containerOverrides, "container_overrides"));
  if (wrong.length > 0) return { problems: wrong };
  const config = mergeConfig(given.config, { env_vars: envVars, container_overrides: containerOverrides });
  const secrets: Record<string, string> = {};
  for (const name of [...Object.keys(sources), ...missing]) {
    const source = sources[name];
    secrets[name] = source && "given" in source ? source.given : `secret-${name}`;
  }
  const context = sampleContext(spec, {
    ...given,
    config,
    parameters: values,
    secrets: Object.keys(secrets),
  });
  return { context, secrets };
}

function isMissingSecret({ name, kind, required }: DriverSpec["parameters"][number], given: Given): boolean {
  const value = given.parameters?.[name];
  return kind === "secret" && required && (value === undefined || value === null);
}

/** Parameters of a command line: a file of them (YAML or JSON), and pairs that win over it. */
export function readGivenParameters(
  spec: DriverSpec,
  fileText: string | undefined,
  pairs: Record<string, string>,
): Record<string, unknown> {
  const values: Record<string, unknown> = fileText === undefined ? {} : mapOf(fileText);
  const declared = new Map(spec.parameters.map((parameter) => [parameter.name, parameter]));
  for (const [name, text] of Object.entries(pairs)) {
    const parameter = declared.get(name);
    values[name] = parameter ? coerceParameter(parameter, text) : text;
  }
  return values;
}

/** Throws an Error that says what the text is instead of a map. */
function mapOf(text: string): Record<string, unknown> {
  const value: unknown = parse(text);
  if (value === null || value === undefined) return {};
  if (typeof value === "object" && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Error("must be a map of names and values");
}
