import { AppError } from "../lib/errors.ts";
import { sleep } from "../lib/loop.ts";
import { isForbidden } from "./errors.ts";
import { managers, styrminDeploymentKind } from "./styrmin-deployment.ts";
import type { Kube, KubeObject } from "./types.ts";

const revisionAnnotation = "styrmin.io/crd-revision";

/**
 * Sees to it that the cluster has our resource, at least as new as `crdYaml` (the text of `k8s/crd.yaml`). With
 * `install` a missing or older one is written, and awaited until the API serves it; without, it throws
 * NOT_FOUND or INVALID and says what to do. A newer one is left alone.
 */
export async function ensureCrd(
  kube: Kube,
  crdYaml: string,
  { install, signal, limitMs = 20_000 }: { install: boolean; signal?: AbortSignal; limitMs?: number },
): Promise<void> {
  const wanted = Bun.YAML.parse(crdYaml) as KubeObject;
  const name = wanted.metadata.name;
  let current: KubeObject | undefined;
  try {
    current = await kube.get({ apiVersion: wanted.apiVersion, kind: wanted.kind, name }, signal);
  } catch (thrown) {
    // Without the right to read definitions, that the kind is served has to do.
    if (install || !isForbidden(thrown)) throw thrown;
    if (await kube.kindInfo(styrminDeploymentKind, signal)) return;
  }
  if (install) {
    if (!current || revisionOf(current) < revisionOf(wanted)) {
      await kube.apply(wanted, { manager: managers.operator, force: true }, signal);
    }
    return untilServed(kube, limitMs, signal);
  }
  if (!current) {
    const text = `The cluster does not know the resource ${name}.`;
    throw new AppError("NOT_FOUND", `${text} Install it: kubectl apply --server-side -f k8s/crd.yaml`);
  }
  if (revisionOf(current) < revisionOf(wanted)) {
    const text = `The resource ${name} in the cluster is of revision ${revisionOf(current)}, older than this program needs (${revisionOf(wanted)}).`;
    throw new AppError("INVALID", `${text} Update it: kubectl apply --server-side -f k8s/crd.yaml`);
  }
}

async function untilServed(kube: Kube, limitMs: number, signal: AbortSignal | undefined): Promise<void> {
  const until = performance.now() + limitMs;
  while (!(await kube.kindInfo(styrminDeploymentKind, signal))) {
    if (performance.now() > until) {
      const text = `The cluster took the resource ${styrminDeploymentKind.kind} but does not serve it.`;
      throw new AppError("UNAVAILABLE", `${text} Look at its conditions: kubectl describe crd`);
    }
    await sleep(100, signal);
  }
}

function revisionOf(crd: KubeObject): number {
  return Number(crd.metadata.annotations?.[revisionAnnotation] ?? 0);
}
