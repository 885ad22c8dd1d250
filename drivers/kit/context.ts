import type { DriverSpec, ParameterValue } from "./format.ts";
import { label, shortHash } from "./label.ts";
import { mergeConfig, type Config } from "./merge.ts";

/** Stands for a secret in a stored Context: a key of the Secret that the intent publisher wrote. */
export interface SecretReference {
  secretRef: { name: string; key: string };
}

/**
 * What templates and actions see. It is data (JSON), is stored with the Instance, and names are as templates
 * spell them. Secrets are references in it until `withSecrets` puts their values in for one render.
 */
export interface Context {
  cluster: { id: string; name: string; config: Config };
  environment: { id: string; name: string; config: Config };
  deployment: { id: string; name: string; config: Config };
  /** `config` is merged: cluster < environment < deployment. */
  instance: { id: string; config: Config; namespace: string; release_name: string };
  app: { name: string; version: string };
  components: Record<string, ComponentContext>;
  parameters: Record<string, ParameterValue | SecretReference>;
  services: Record<string, ServiceContext>;
}

export interface ComponentContext {
  labels: Record<string, string>;
  /** What `component_env_vars` prints: from `env_vars.<component>.<NAME>` of the merged config. */
  env_vars: { name: string; value: string }[];
  /** By container, from `container_overrides.<component>.<container>` of the merged config. */
  container_overrides: Record<string, { command?: string[]; args?: string[] }>;
}

export interface ServiceContext {
  name: string;
  kind: string;
  scope: string;
  port: number;
  component: string;
  /** `<service>-<8 hex of the deployment id>.<fqdn_suffix>`; null without the config key `fqdn_suffix`. */
  primary_fqdn: string | null;
  /** `<service>-<environment>.<fqdn_suffix>`; null likewise. Two deployments of one environment may share it. */
  human_readable_fqdn: string | null;
}

export interface ContextInput {
  spec: DriverSpec;
  applicationVersion: string;
  cluster: { id: string; name: string; config: unknown };
  environment: { id: string; name: string; config: unknown };
  deployment: { id: string; name: string; config: unknown };
  instance: { id: string; namespace: string; releaseName: string };
  /** Values that are no secrets, as `resolveParameters` gave them. */
  parameters: Record<string, ParameterValue>;
  /** The Kubernetes Secret with the secret parameters, and their names, which are its keys. */
  secrets: { secretName: string; parameters: Iterable<string> };
}

/** Resolves everything a template may ask for. Pure: the same input gives the same Context. */
export function buildContext(input: ContextInput): Context {
  const { spec, deployment, environment, cluster, instance } = input;
  const config = mergeConfig(cluster.config, environment.config, deployment.config);
  const parameters: Context["parameters"] = { ...input.parameters };
  for (const key of input.secrets.parameters) {
    parameters[key] = { secretRef: { name: input.secrets.secretName, key } };
  }
  return {
    cluster: { id: cluster.id, name: cluster.name, config: mergeConfig(cluster.config) },
    environment: { id: environment.id, name: environment.name, config: mergeConfig(environment.config) },
    deployment: { id: deployment.id, name: deployment.name, config: mergeConfig(deployment.config) },
    instance: { id: instance.id, config, namespace: instance.namespace, release_name: instance.releaseName },
    app: { name: spec.name, version: input.applicationVersion },
    components: componentsOf(spec, config),
    parameters,
    services: servicesOf(spec, config, deployment.id, environment.name),
  };
}

/**
 * Puts the secrets' values in the place of their references. `values` are by key of the Secret.
 * Throws an Error that names the key which is missing.
 */
export function withSecrets(context: Context, values: Record<string, string>): Context {
  const parameters: Context["parameters"] = {};
  for (const [name, value] of Object.entries(context.parameters)) {
    if (!isSecretReference(value)) {
      parameters[name] = value;
      continue;
    }
    const { name: secret, key } = value.secretRef;
    if (!Object.hasOwn(values, key)) throw new Error(`Secret ${secret} has no key "${key}"`);
    parameters[name] = values[key]!;
  }
  return { ...context, parameters };
}

export function isSecretReference(value: unknown): value is SecretReference {
  return typeof value === "object" && value !== null && !Array.isArray(value) && "secretRef" in value;
}

function componentsOf(spec: DriverSpec, config: Config): Context["components"] {
  const components: Context["components"] = {};
  for (const [name, component] of Object.entries(spec.components)) {
    const overrides: ComponentContext["container_overrides"] = {};
    for (const [container, given] of Object.entries(asMap(asMap(config.container_overrides)[name]))) {
      const { command, args } = asMap(given);
      overrides[container] = {
        ...(Array.isArray(command) ? { command: command.map(String) } : {}),
        ...(Array.isArray(args) ? { args: args.map(String) } : {}),
      };
    }
    // Null takes away what an outer config has set.
    const variables = Object.entries(asMap(asMap(config.env_vars)[name])).filter(
      ([, value]) => value !== null,
    );
    components[name] = {
      labels: component.labels,
      env_vars: variables.map(([variable, value]) => ({ name: variable, value: textOf(value) })),
      container_overrides: overrides,
    };
  }
  return components;
}

function servicesOf(
  spec: DriverSpec,
  config: Config,
  deploymentId: string,
  environment: string,
): Context["services"] {
  const given = config.fqdn_suffix;
  const suffix = typeof given === "string" && given !== "" ? given.replace(/^\.+/, "") : undefined;
  const services: Context["services"] = {};
  for (const { name, kind, scope, port, component } of spec.services) {
    services[name] = {
      name,
      kind,
      scope,
      port,
      component,
      primary_fqdn: suffix ? `${label(`${name}-${shortHash(deploymentId)}`)}.${suffix}` : null,
      human_readable_fqdn: suffix ? `${label(`${name}-${environment}`)}.${suffix}` : null,
    };
  }
  return services;
}

function asMap(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

const textOf = (value: unknown) => (typeof value === "object" ? JSON.stringify(value) : String(value));
