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

/** A driver file with every key of the format but `manifests`, which excludes `helm`. */
export const fullDriver = `apiVersion: styrmin.io/v1
kind: ApplicationDriver
metadata: { name: my-app }
spec:
  version: "3"
  supported_versions: ">=1.2,<2.0"
  default_version: "1.6.0"
  info:
    description: An application
    authors: [Ada, Grace]
    license: MIT
    links: [{ link: Home, url: https://example.org }]
  helm:
    main: { location: oci://example.org/chart, version: 0.4.2, values: values.j2.yml }
  components:
    server: { description: Answers, identifier: { label: { app.kubernetes.io/name: my-app } } }
    database:
      identifier: { label: { app: database } }
      backup: { kind: postgres, volume: data, volumes: [more], container: main }
  services:
    - { name: web, kind: http, scope: external, port: 8000, component: server, description: The page }
  parameters:
    - { name: replicas, label: Replicas, group: Size, kind: integer, default: 2, min: 1, max: 20 }
    - { name: ratio, kind: number, default: 0.5, advanced: true }
    - { name: log_level, kind: enum, values: [DEBUG, INFO], default: INFO }
    - { name: debug, kind: boolean, default: false }
    - { name: admin_password, kind: secret, generate: { length: 32, alphabet: abcdefghijkl } }
    - { name: hosts, kind: list, items: string, min_length: 1, max_length: 3, default: [a.example] }
    - { name: title, kind: string, description: Of the page, required: false, pattern: "^[A-Z]", max_length: 20 }
  env_vars: [{ name: LOG_LEVEL, description: How much is logged, level: component, components: [server] }]
  container_overrides: [{ component: server, container: main, command: true, args: true, description: For a shell }]
  actions:
    - name: migrate
      hook: upgrade
      mode: pre
      location: "actions.ts::migrate"
      description: Brings the tables up to date
      prompts: [{ name: dry_run, kind: boolean, default: false }]
`;
