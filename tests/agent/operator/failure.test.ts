import { expect, test } from "bun:test";
import type { Deps } from "../../../agent/operator/deps.ts";
import { RetryError, reportFailure } from "../../../agent/operator/failure.ts";
import { KubeError } from "../../../kube/errors.ts";
import type { StyrminDeployment } from "../../../kube/styrmin-deployment.ts";
import { silentLog } from "../../../lib/log.ts";

const never = new AbortController().signal;
const away = new KubeError(0, "Unreachable", "no connection");
const refused = new KubeError(
  403,
  "Forbidden",
  'PATCH x: pods "x" is forbidden: User "agent" cannot patch resource "pods" in API group "" in the namespace "n"',
);

/** A deployment that was ready, and what is written of it while looks at it fail. */
function readyOne() {
  const resource = {
    apiVersion: "styrmin.io/v1alpha1",
    kind: "StyrminDeployment",
    metadata: { name: "web", namespace: "system", uid: "u", generation: 1, resourceVersion: "1" },
    spec: { intentGeneration: 1 },
    status: { conditions: [{ type: "Ready", status: "True", reason: "Healthy", observedGeneration: 1 }] },
  } as unknown as StyrminDeployment;
  const said: string[] = [];
  let isAway = false;
  const deps = {
    kube: {
      async apply(object: StyrminDeployment) {
        if (isAway) throw away;
        said.push(object.status!.conditions!.find(({ type }) => type === "Ready")!.reason);
        return object;
      },
    },
    failures: new Map(),
    noteResource: () => {},
    settings: { slowRetryMs: 60_000, resyncMs: 600_000 },
    log: silentLog,
  } as unknown as Deps;
  const fail = async (thrown: KubeError) => {
    isAway = thrown === away;
    await reportFailure(deps, resource, thrown, never).catch((retry) => {
      expect(retry).toBeInstanceOf(RetryError);
    });
  };
  return { said, fail };
}

test("a refusal is borne with for as long after an outage as without one", async () => {
  const { said, fail } = readyOne();
  for (let look = 0; look < 6; look++) await fail(away);
  for (let look = 0; look < 4; look++) await fail(refused);
  expect(said).toEqual([]);
  await fail(refused);
  expect(said).toEqual(["MissingRight"]);
});

test("failures of both kinds in turn are told all the same", async () => {
  const { said, fail } = readyOne();
  for (let look = 0; look < 5; look++) {
    await fail(new KubeError(500, "InternalError", "broken"));
    await fail(refused);
  }
  expect(said[0]).toBe("Retrying");
  expect(said.at(-1)).toBe("MissingRight");
});
