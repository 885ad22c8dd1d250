import { expect, test } from "bun:test";
import { withoutSecrets } from "../../../agent/operator/secrets.ts";

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
