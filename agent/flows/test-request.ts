import { isConflict } from "../../kube/errors.ts";
import { managers, type StyrminDeployment, styrminDeploymentKind } from "../../kube/styrmin-deployment.ts";
import { testAnnotation, type TestRequest, testRequestOf, testRequestText } from "../../kube/test-request.ts";
import type { Kube } from "../../kube/types.ts";

interface Which {
  namespace: string;
  name: string;
}

/** The resource as it was when a test was asked for. */
export interface Asked {
  uid: string;
  resourceVersion: string;
}

const maxTries = 5;

/**
 * Asks the operator for a test, in the place of one that was asked for before. Writes nothing when it is asked for
 * already. Throws an Error when there is no resource.
 */
export async function askForTest(
  kube: Kube,
  which: Which,
  request: TestRequest,
  signal: AbortSignal,
): Promise<Asked> {
  const written = await writeRequest(kube, which, signal, (now) => (now?.id === request.id ? now : request));
  if (written) return written;
  throw new Error(
    `there is no resource ${which.name}, so there is nothing to test; update the deployment first`,
  );
}

/** Takes a request back: a test that is under way ends, one that has ended is left alone. */
export async function withdrawTest(kube: Kube, which: Which, id: string, signal: AbortSignal): Promise<void> {
  await writeRequest(kube, which, signal, (now) => (now?.id === id ? undefined : now));
}

/** Undefined when there is no resource. */
async function writeRequest(
  kube: Kube,
  { namespace, name }: Which,
  signal: AbortSignal,
  decide: (now: TestRequest | undefined) => TestRequest | undefined,
): Promise<Asked | undefined> {
  for (let tries = 1; ; tries++) {
    const ref = { ...styrminDeploymentKind, namespace, name };
    const resource = (await kube.get(ref, signal)) as StyrminDeployment | undefined;
    if (!resource) return undefined;
    const { uid, resourceVersion } = resource.metadata as Asked;
    const now = testRequestOf(resource);
    const wanted = decide(now);
    if (wanted === now) return { uid, resourceVersion };
    const annotations = wanted && { annotations: { [testAnnotation]: testRequestText(wanted) } };
    const object = {
      ...styrminDeploymentKind,
      // Without it, the annotation that only this manager has is gone.
      metadata: { name, namespace, uid, resourceVersion, ...annotations },
    };
    try {
      const written = await kube.apply(object, { manager: managers.test, force: true }, signal);
      return { uid, resourceVersion: written.metadata.resourceVersion! };
    } catch (thrown) {
      // The resource has changed since it was read.
      if (tries >= maxTries || !isConflict(thrown)) throw thrown;
    }
  }
}
