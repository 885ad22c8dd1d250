import type { Context } from "../../drivers/kit/index.ts";
import { type DeploymentPolicies, policiesOfSpec } from "./policies.ts";

/**
 * The spec of the `StyrminDeployment` resource as plain JSON; `k8s/crd.yaml` has its schema. Only `server/intent` may
 * know of Kubernetes, so the shape is told here once more, and a test compares the two.
 */
export interface ResourceSpec extends Record<string, unknown> {
  deploymentId: string;
  name: string;
  environment: string;
  instanceId: string;
  intentGeneration: number;
  driver: { name: string; version: string; digest: string };
  applicationVersion: string;
  targetNamespace: string;
  releaseName: string;
  phase: "Running" | "Stopped" | "Deleting";
  context: Record<string, unknown>;
  components: Record<string, { label: Record<string, string> }>;
  replicas: Record<string, number>;
  policies: { volumes: "Keep" | "Delete" } & ReturnType<typeof policiesOfSpec>;
  secretName?: string;
}

export interface SpecInput {
  context: Context;
  driver: { name: string; version: string; digest: string };
  secretName: string | null;
  generation: number;
  wanted: Wanted;
}

/** What is wanted of a deployment as a whole, whatever its instance. */
export interface Wanted {
  phase: "RUNNING" | "STOPPED" | "DELETING";
  replicas: Record<string, number>;
  volumes: "KEEP" | "DELETE";
  policies: Partial<DeploymentPolicies>;
}

const phases = { RUNNING: "Running", STOPPED: "Stopped", DELETING: "Deleting" } as const;

/** Composes the spec of one generation. Pure. */
export function composeSpec({ context, driver, secretName, generation, wanted }: SpecInput): ResourceSpec {
  const { deployment, environment, instance, app, components } = context;
  const labels = Object.entries(components).map(([name, { labels: label }]) => [name, { label }] as const);
  return adjustSpec(
    {
      deploymentId: deployment.id,
      name: deployment.name,
      environment: environment.name,
      instanceId: instance.id,
      intentGeneration: generation,
      driver,
      applicationVersion: app.version,
      targetNamespace: instance.namespace,
      releaseName: instance.release_name,
      phase: "Running",
      context: context as unknown as Record<string, unknown>,
      components: Object.fromEntries(labels),
      replicas: {},
      policies: { volumes: "Keep" },
      ...(secretName === null ? {} : { secretName }),
    },
    generation,
    wanted,
  );
}

/** The same instance under another generation, with what is wanted now. Replicas of unknown components are left out. */
export function adjustSpec(spec: ResourceSpec, generation: number, wanted: Wanted): ResourceSpec {
  const replicas = Object.entries(wanted.replicas).filter(([component]) => component in spec.components);
  return {
    ...spec,
    intentGeneration: generation,
    phase: phases[wanted.phase],
    replicas: Object.fromEntries(replicas),
    policies: {
      ...policiesOfSpec(wanted.policies),
      volumes: wanted.volumes === "DELETE" ? "Delete" : "Keep",
    },
  };
}
