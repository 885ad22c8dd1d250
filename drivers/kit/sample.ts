import { createHash } from "node:crypto";
import { buildContext, type Context } from "./context.ts";
import type { DriverSpec, ParameterSpec, ParameterValue } from "./format.ts";
import type { Config } from "./merge.ts";
import { generateSecret } from "./parameters.ts";
import { lowestVersion } from "./versions.ts";

/** What a sample is to be made with; everything has a default. */
export interface SampleOptions {
  /** The application's version. By default the driver's own default, or the lowest that it supports. */
  version?: string | undefined;
  /** The config of the cluster, merged with those of the others. */
  cluster?: Config;
  /** The config of the deployment. */
  config?: Config;
  namespace?: string;
  releaseName?: string;
  /** The deployment's name; the driver's by default. */
  name?: string;
  /** Values that are no secrets. */
  parameters: Record<string, ParameterValue>;
  /** The names of the secret parameters that have a value. */
  secrets: Iterable<string>;
}

/**
 * The Context of a deployment that is nowhere: what a driver is rendered with when it is checked, and when its author
 * tries it. The same input gives the same Context, ids and all.
 */
export function sampleContext(spec: DriverSpec, options: SampleOptions): Context {
  const id = (word: string) => createHash("sha256").update(word).digest("hex").slice(0, 32);
  return buildContext({
    spec,
    applicationVersion: options.version ?? sampleVersion(spec),
    cluster: { id: id("cluster"), name: "sample", config: options.cluster ?? {} },
    environment: { id: id("environment"), name: "sample", config: {} },
    deployment: {
      id: `${id("deployment").slice(0, 24)}00000000`,
      name: options.name ?? spec.name,
      config: options.config ?? {},
    },
    instance: {
      id: id("instance"),
      namespace: options.namespace ?? "env-sample",
      releaseName: options.releaseName ?? "sample-00000000",
    },
    parameters: options.parameters,
    secrets: { secretName: "sample", parameters: options.secrets },
  });
}

/** A version of the application that the driver supports: the one it proposes, or else the lowest. */
export function sampleVersion(spec: DriverSpec): string {
  return spec.defaultVersion ?? lowestVersion(spec.supportedVersions) ?? "1.0.0";
}

/** Values for all parameters: the defaults, and made-up ones where a value must be given. */
export function sampleParameters(spec: DriverSpec): {
  values: Record<string, ParameterValue>;
  secrets: Record<string, string>;
} {
  const values: Record<string, ParameterValue> = {};
  const secrets: Record<string, string> = {};
  for (const parameter of spec.parameters) {
    if (parameter.kind === "secret") secrets[parameter.name] = generateSecret(parameter.generate);
    else if (parameter.default !== undefined) values[parameter.name] = parameter.default;
    else if (parameter.required) values[parameter.name] = sampleValue(parameter);
  }
  return { values, secrets };
}

function sampleValue({ kind, min, max, values, minLength = 0, items }: ParameterSpec): ParameterValue {
  switch (kind) {
    case "integer":
    case "number":
      return min ?? Math.min(1, max ?? 1);
    case "boolean":
      return true;
    case "enum":
      return values?.[0] ?? "";
    case "list":
      return items === undefined || items === "string"
        ? ["sample"]
        : items === "boolean"
          ? [true]
          : [min ?? 1];
    default:
      return "sample".padEnd(minLength, "x");
  }
}
