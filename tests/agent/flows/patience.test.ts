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
    ["a policy forbids it", new KubeError(403, "Forbidden", "denied the request: not on Sundays")],
    ["it is not valid", new KubeError(422, "Invalid", "")],
    ["the certificate is somebody else's", new KubeError(0, "Untrusted", "")],
    ["something is missing", new AppError("NOT_FOUND", "")],
  ])("is not tried again when %s", async (_what, failure) => {
    const { run } = failing(failure);
    expect(await run().catch((thrown) => thrown)).toBe(failure);
  });

  const lacksRight = new KubeError(
    403,
    "Forbidden",
    'PATCH x: namespaces "x" is forbidden: User "agent" cannot patch resource "namespaces" in API group "" in the namespace "x"',
  );
  test.each([
    ["does not know its roles", lacksRight],
    ["does not know its callers", new KubeError(401, "Unauthorized", "Unauthorized")],
    [
      "cannot judge writes",
      new KubeError(403, "Forbidden", 'PATCH x: x "y" is forbidden: not yet ready to handle request'),
    ],
    ["lets no command in", new KubeError(403, "UpgradeRefused", "response: 403")],
  ])("is tried again while an API server that has just started %s yet", async (_what, refusal) => {
    const away = new KubeError(0, "Unreachable", "no connection");
    const { run, said } = failing(away, refusal, refusal);
    expect(await run({ evenIf: (thrown: unknown) => thrown === away })).toBe("done");
    expect(said).toEqual(["no connection; it is tried again", `${refusal.message}; it is tried again`]);
  });

  test("ends when it is refused for more than a minute, however long the API was away before", async () => {
    const away = () => new KubeError(0, "Unreachable", "no connection");
    const failures = [away(), away(), away(), ...Array.from({ length: 9 }, () => lacksRight)];
    let clock = 0;
    const waited = { next: () => ((clock += 25_000), 0), reset: () => {} };
    const { run } = failing(...failures);
    const rules = { backoff: waited, now: () => clock };
    expect(await run(rules).catch((thrown) => thrown)).toBe(lacksRight);
    expect(clock).toBe(6 * 25_000);
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

  /** Work whose attempts take so long and fail, then answer; by a clock that nothing else moves. */
  function slow(...tookMs: number[]) {
    let clock = 0;
    const attempts = tookMs.map((ms, at) => ({ ms, failure: new Error(`${at + 1}`) }));
    const said: string[] = [];
    const context = { say: (message: string) => void said.push(message), assertHeld: () => {} };
    const waited = { next: () => ((clock += 30_000), 0), reset: () => {} };
    const work = async () => {
      const next = attempts.shift();
      clock += next?.ms ?? 0;
      if (next) throw next.failure;
      return "done";
    };
    const rules = { limitMs: 120_000, evenIf: () => true, backoff: waited, now: () => clock };
    return { said, run: (options = {}) => patiently(context, never, work, { ...rules, ...options }) };
  }

  test("is tried again however long it went on before its first failure", async () => {
    expect(await slow(600_000).run()).toBe("done");
  });

  test("ends when its trouble has lasted too long since the first failure", async () => {
    const { run, said } = slow(600_000, 0, 0, 0, 0, 1, 0);
    expect(await run().catch((thrown) => thrown.message)).toBe("6");
    expect(said).toEqual(["1; it is tried again"]);
  });

  test("has new trouble after all was well, and that is said", async () => {
    const { run, said } = slow(0, 0, 0, 600_000, 0, 0, 0);
    const isNew = (thrown: Error) => thrown.message === "4";
    expect(await run({ isNew })).toBe("done");
    expect(said).toEqual(["1; it is tried again", "4; it is tried again"]);
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
