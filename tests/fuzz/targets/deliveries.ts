import { deliveryKeys, proofOf, repositoryAddresses } from "../../../server/webhooks/delivery.ts";
import { readSigners } from "../../../server/drivers/signers.ts";
import { AppError } from "../../../lib/errors.ts";
import { mutated } from "../mutate.ts";
import type { FuzzTarget } from "../target.ts";

const push = JSON.stringify({
  ref: "refs/heads/main",
  repository: { clone_url: "https://git.example.org/a/b.git", html_url: "https://git.example.org/a/b" },
  project: { git_http_url: "https://git.example.org/a/b.git" },
});
const dictionary = [
  "null",
  "[]",
  "{}",
  '"__proto__":',
  "\\u0000",
  "\ud800",
  "1e400",
  '{"a":'.repeat(500),
  "'",
  "\\",
];
const names = [
  "webhook-signature",
  "webhook-id",
  "webhook-timestamp",
  "x-hub-signature-256",
  "x-gitea-signature",
  "x-gitlab-token",
];
const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJUkCHfM1eQGchkcGKDAtUpq31aQPNxsI44hSioCBTRY me";
const list = `# keys\n${key}\nme@example.org namespaces="git",valid-before="20990101" ${key}\n`;

interface Input {
  body: string;
  headers: Record<string, string>;
  keys: string;
}

/** What anybody may send to the webhook, and lists of allowed keys. */
export const deliveries: FuzzTarget<Input> = {
  name: "deliveries",
  share: 4,
  limitMs: 1_000,
  make: (random) => ({
    body: random.int(10) === 0 ? random.text(200) : mutated(random, push, dictionary),
    headers: Object.fromEntries(
      names.filter(() => random.int(2) === 0).map((name) => [name, random.text(30)]),
    ),
    keys: mutated(random, list, [
      "cert-authority",
      "valid-after=",
      '"',
      "ssh-rsa",
      "-----BEGIN PGP PUBLIC KEY BLOCK-----",
      "\0",
    ]),
  }),
  run({ body, headers, keys }) {
    const delivery = {
      headers: { get: (name: string) => headers[name] ?? null },
      body: Buffer.from(body),
      receivedAt: new Date(),
    };
    for (const address of repositoryAddresses(delivery.body))
      if (typeof address !== "string") throw new Error("an address that is no text");
    if (proofOf(delivery, "a secret that nobody knows"))
      throw new Error("a delivery that nobody signed is taken");
    for (const proof of ["STANDARD", "BODY", "TOKEN"] as const)
      if (deliveryKeys("source", delivery, proof).length === 0)
        throw new Error("a delivery that cannot be known again");
    try {
      readSigners([keys]);
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
    }
  },
};
