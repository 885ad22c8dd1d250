import {
  buildContext,
  type Context,
  type DriverSpec,
  envVarProblems,
  generateSecret,
  mergeConfig,
  overrideProblems,
  type ParameterValue,
  type Problem,
  resolveParameters,
  type SecretSource,
  supports,
} from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";
import { kubeName, shortId } from "../../lib/names.ts";

/** What is wanted of a deployment, before it is resolved. */
export interface Declared {
  applicationVersion: string | null;
  /** As given, secrets among them. */
  parameters: Record<string, unknown>;
  config: Record<string, unknown>;
  envVars: Record<string, Record<string, unknown>>;
  containerOverrides: Record<string, Record<string, unknown>>;
}

/** What is asked for, in the words of a refusal; `compared` is what a plan reads beside what is asked for. */
export type Asked = "deployed" | "updated" | "compared";

export interface ResolveInput {
  asked: Asked;
  spec: DriverSpec;
  declared: Declared;
  cluster: { id: string; name: string; config: unknown };
  environment: { id: string; name: string; config: unknown };
  deployment: { id: string; name: string };
  /** Secrets that the deployment already has, by name. */
  kept: Record<string, string>;
}

/** A deployment resolved at one moment; `contextOf` freezes it for one instance. */
export interface Resolved {
  applicationVersion: string;
  /** Values that are no secrets, defaults filled in. */
  values: Record<string, ParameterValue>;
  /** The values of all secrets. */
  secrets: Record<string, string>;
  /** Those of them that were made just now. */
  made: string[];
  /** The given parameters without secrets: what is kept of them with the deployment. */
  given: Record<string, unknown>;
  contextOf: (instanceId: string) => Context;
}

/**
 * Resolves a deployment: its parameters, secrets, versions and config. Makes the secrets that are to be made.
 * Throws INVALID with every problem.
 */
export function resolve(input: ResolveInput): Resolved {
  const { asked, spec, declared, cluster, environment, deployment, kept } = input;
  const parameters = resolveParameters(spec, declared.parameters, Object.keys(kept));
  const problems: Problem[] = [
    ...parameters.problems,
    ...versionProblems(spec, declared.applicationVersion),
    ...envVarProblems(spec, declared.envVars),
    ...overrideProblems(spec, declared.containerOverrides),
  ];
  if (problems.length > 0) throw invalidInput(`${deployment.name} cannot be ${asked}`, problems);

  const secrets: Record<string, string> = {};
  for (const [name, source] of Object.entries(parameters.secrets))
    secrets[name] = secretOf(source, kept[name]);
  const applicationVersion = declared.applicationVersion ?? spec.defaultVersion!;
  const config = mergeConfig(declared.config, {
    ...(Object.keys(declared.envVars).length > 0 ? { env_vars: declared.envVars } : {}),
    ...(Object.keys(declared.containerOverrides).length > 0
      ? { container_overrides: declared.containerOverrides }
      : {}),
  });
  return {
    applicationVersion,
    values: parameters.values,
    secrets,
    made: Object.entries(parameters.secrets).flatMap(([name, source]) =>
      "generate" in source ? [name] : [],
    ),
    given: Object.fromEntries(
      Object.entries(declared.parameters).filter(([name, value]) => !(name in secrets) && value !== null),
    ),
    contextOf: (instanceId) =>
      buildContext({
        spec,
        applicationVersion,
        cluster,
        environment,
        deployment: { ...deployment, config },
        instance: {
          id: instanceId,
          namespace: namespaceOf(environment.name),
          releaseName: resourceNameOf(deployment.name, deployment.id),
        },
        parameters: parameters.values,
        secrets: { secretName: secretNameOf(instanceId), parameters: Object.keys(secrets) },
      }),
  };
}

/** The namespace of an environment's applications. */
export const namespaceOf = (environmentName: string): string => kubeName("env", environmentName);

/** The release name of a deployment, and the name of its resource. */
export const resourceNameOf = (name: string, id: string): string => kubeName(name, shortId(id));

/** The Secret that holds an instance's secret parameters in the agent's namespace. */
export const secretNameOf = (instanceId: string): string => `styrmin-params-${shortId(instanceId)}`;

/** Parameters as the API shows them: of a secret only that it is set. */
export function shownParameters(resolved: Pick<Resolved, "values" | "secrets">): Record<string, unknown> {
  const set = Object.keys(resolved.secrets).map((name) => [name, { set: true }]);
  return { ...resolved.values, ...Object.fromEntries(set) };
}

/** One INVALID error for problems of an input: the first in its text, all of them in `problems`. */
export function invalidInput(what: string, problems: Problem[]): AppError {
  const shown = problems.slice(0, 3).map(({ field, message }) => `${field} ${message}`);
  const more = problems.length > 3 ? `; and ${problems.length - 3} more` : "";
  const text = `${what}: ${shown.join("; ")}${more}`;
  const end = text.endsWith("?") ? "" : ".";
  return new AppError("INVALID", `${text}${end} Correct that and try again.`, {
    field: problems[0]!.field,
    problems: problems.map(({ field, message }) => ({ field, message })),
  });
}

function secretOf(source: SecretSource, kept: string | undefined): string {
  if ("given" in source) return source.given;
  return "generate" in source ? generateSecret(source.generate) : kept!;
}

function versionProblems(spec: DriverSpec, wanted: string | null): Problem[] {
  const field = "applicationVersion";
  const version = wanted ?? spec.defaultVersion;
  const range = `driver ${spec.name} ${spec.version} supports ${spec.supportedVersions}`;
  if (version === null) return [{ field, message: `is required: the driver proposes none; ${range}` }];
  return supports(spec, version)
    ? []
    : [{ field, message: `${version.slice(0, 80)} is not supported; ${range}` }];
}
