import { reasons, type StyrminDeployment } from "../../kube/styrmin-deployment.ts";
import type { Assessment } from "./assess.ts";
import type { Deps } from "./deps.ts";
import type { Release } from "./releases.ts";
import { readSecrets, withoutSecrets } from "./secrets.ts";

/** An Instance's secrets never change: they are read once for each Release that has something to say. */
const known = new WeakMap<Release, string[]>();

/**
 * The assessment without secret parameters in its words. They are others' words: a container runtime quotes the
 * command that it cannot run, an admission policy what it does not like.
 */
export async function discreet(
  deps: Deps,
  resource: StyrminDeployment,
  release: Release,
  assessment: Assessment,
  signal: AbortSignal,
): Promise<Assessment> {
  const { verdict, components } = assessment;
  const isWell = verdict.reason === reasons.Healthy || verdict.reason === reasons.Stopped;
  if (resource.spec.secretName === undefined || (isWell && components.every(({ message }) => !message)))
    return assessment;
  const clean = await cleaner(deps, resource, release, signal);
  return {
    ...assessment,
    verdict: { ...verdict, message: clean(verdict.message) },
    components: components.map((one) => (one.message ? { ...one, message: clean(one.message) } : one)),
  };
}

async function cleaner(
  deps: Deps,
  resource: StyrminDeployment,
  release: Release,
  signal: AbortSignal,
): Promise<(text: string) => string> {
  try {
    const secrets = known.get(release) ?? Object.values(await readSecrets(deps, resource, signal));
    known.set(release, secrets);
    return (text) => withoutSecrets(text, secrets);
  } catch {
    signal.throwIfAborted();
    return () => "Not everything is well; the words for it are left out, since secrets cannot be told";
  }
}
