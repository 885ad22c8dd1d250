import { describe, expect, test } from "bun:test";
import { patiently } from "../../../agent/flows/patience.ts";
import { KubeError } from "../../../kube/errors.ts";
import { AppError } from "../../../lib/errors.ts";

const never = new AbortController().signal;
const backoff = { next: () => 1, reset: () => {} };

/** Work that fails with these one after the other, then answers; and what was said of it. */
function failing(...failures: Error[]) {
  const said: string[] = [];
  const waiting = [...failures];
  const context = { say: (message: string) => void said.push(message), assertHeld: () => {} };
  const work = async () => {
    const next = waiting.shift();
    if (next) throw next;
    return "done";
  };
  return { said, run: (options = {}) => patiently(context, never, work, { backoff, ...options }) };
}

describe("work on the cluster", () => {
  test("is tried again while the API cannot be reached, fails or asks to wait, and that is said once", async () => {
    const { run, said } = failing(
      new KubeError(0, "Unreachable", "GET x: no connection"),
      new KubeError(503, "ServiceUnavailable", "GET x: starting"),
      new KubeError(429, "TooManyRequests", "GET x: wait", { retryAfter: 2 }),
    );
    expect(await run()).toBe("done");
    expect(said).toEqual(["GET x: no connection; it is tried again"]);
  });

  test.each([
    ["it is not allowed", new KubeError(403, "Forbidden", "")],
    ["it is not valid", new KubeError(422, "Invalid", "")],
    ["the certificate is somebody else's", new KubeError(0, "Untrusted", "")],
    ["something is missing", new AppError("NOT_FOUND", "")],
  ])("is not tried again when %s", async (_what, failure) => {
    const { run } = failing(failure);
    expect(await run().catch((thrown) => thrown)).toBe(failure);
  });

  test("is tried again whatever happened, when it must be done", async () => {
    const { run } = failing(new KubeError(403, "Forbidden", "not allowed"), new Error("no idea"));
    expect(await run({ evenIf: () => true })).toBe("done");
  });

  test("ends with the API's trouble when the time is up", async () => {
    const trouble = Array.from({ length: 1000 }, () => new KubeError(500, "InternalError", "broken"));
    const { run } = failing(...trouble);
    expect(await run({ limitMs: 20 }).catch((thrown) => thrown.message)).toBe("broken");
  });

  test("ends with the lease", async () => {
    const lost = new Error("lost");
    const context = {
      say: () => {},
      assertHeld() {
        throw lost;
      },
    };
    const work = async () => {
      throw new KubeError(500, "InternalError", "broken");
    };
    expect(await patiently(context, never, work, { backoff }).catch((thrown) => thrown)).toBe(lost);
  });
});
