import { expect, test } from "bun:test";
import type { Assessment } from "../../../agent/operator/assess.ts";
import type { Deps } from "../../../agent/operator/deps.ts";
import { discreet } from "../../../agent/operator/discreet.ts";
import type { Release } from "../../../agent/operator/releases.ts";
import { withoutSecrets } from "../../../agent/operator/secrets.ts";
import type { StyrminDeployment } from "../../../kube/styrmin-deployment.ts";

test("secrets are taken out of a message in every form in which an API server may quote them", () => {
  const secret = 'first "line"\nsecond-line-here\u001b';
  const forms = [
    secret,
    JSON.stringify(secret),
    String.raw`"first \"line\"\nsecond-line-here\x1b"`,
    Buffer.from(secret).toString("base64"),
    encodeURIComponent(secret),
    "line 2: second-line-here\u001b",
  ];
  for (const form of forms) {
    const clean = withoutSecrets(`Invalid value: ${form}: must be something else`, [secret]);
    expect(clean).toContain("•••");
    expect(clean).not.toMatch(/second-line|c2Vjb25k/);
  }
});

test("short values stay, since they could be any word", () => {
  expect(withoutSecrets("a is not b1c", ["a", "b1c"])).toBe("a is not b1c");
});

test("what a runtime quotes of a command is told without its secrets, which are read once, or not at all", async () => {
  let reads = 0;
  let secret: object | undefined = {
    metadata: { name: "p", labels: { "styrmin.io/instance": "i" } },
    data: { password: btoa("hunter22") },
  };
  const deps = { namespace: "n", kube: { get: async () => (reads++, secret) } } as unknown as Deps;
  const resource = { spec: { secretName: "p", instanceId: "i" } } as StyrminDeployment;
  const tell = (release: object, reason: string, message: string) =>
    discreet(
      deps,
      resource,
      release as Release,
      { verdict: { reason, message }, components: [{ name: "web", message }] } as unknown as Assessment,
      new AbortController().signal,
    );
  const release = {};
  const text = 'exec: "hunter22": not found';
  for (let look = 0; look < 3; look++) {
    const { verdict, components } = await tell(release, "Progressing", text);
    expect([verdict.message, components[0]!.message]).toEqual([
      'exec: "•••": not found',
      'exec: "•••": not found',
    ]);
  }
  expect(reads).toBe(1);
  secret = undefined;
  expect((await tell({}, "Progressing", text)).verdict.message).toContain("left out");
});
