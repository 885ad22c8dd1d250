import {
  buildContext,
  type Context,
  type DriverFiles,
  type DriverSpec,
  type ParameterValue,
  parseDriver,
  problemText,
} from "../../drivers/kit/index.ts";

/** A sound specification; `spec` replaces or adds keys below `spec:`, as YAML with two spaces before each. */
export function specText(spec = "", { name = "sample", version = "1" } = {}): string {
  return `apiVersion: styrmin.io/v1
kind: ApplicationDriver
metadata: { name: ${name} }
spec:
  version: "${version}"
  supported_versions: ">=1.2,<2.0"
${spec}`;
}

export function specOf(spec = ""): DriverSpec {
  const parsed = parseDriver(specText(spec));
  if (parsed.problems) throw new Error(parsed.problems.map(problemText).join("\n"));
  return parsed.spec;
}

export function filesOf(texts: Record<string, string>): DriverFiles {
  return Object.fromEntries(Object.entries(texts).map(([path, text]) => [path, Buffer.from(text)]));
}

export interface SampleContext {
  version?: string;
  cluster?: unknown;
  environment?: unknown;
  deployment?: unknown;
  parameters?: Record<string, ParameterValue>;
  secrets?: string[];
}

export const deploymentId = "0193a5a0-0000-7000-8000-0000cafe1234";

export function contextOf(spec: DriverSpec, given: SampleContext = {}): Context {
  return buildContext({
    spec,
    applicationVersion: given.version ?? "1.6.0",
    cluster: { id: "c1", name: "local", config: given.cluster ?? {} },
    environment: { id: "e1", name: "demo", config: given.environment ?? {} },
    deployment: { id: deploymentId, name: "mine", config: given.deployment ?? {} },
    instance: { id: "i1", namespace: "env-demo", releaseName: "mine-cafe1234" },
    parameters: given.parameters ?? {},
    secrets: { secretName: "styrmin-params-1", parameters: given.secrets ?? [] },
  });
}
