import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** What a git server delivered, as it came. */
export interface Delivery {
  headers: Pick<Headers, "get">;
  body: Uint8Array;
  receivedAt: Date;
}

/** A signed time may be this far from ours. */
const skewMs = 5 * 60_000;

/** What of a delivery is proven to come from who knows the secret: its id, time and body, its body, or nothing of it. */
export type Proof = "STANDARD" | "BODY" | "TOKEN";

/**
 * How a delivery proves that it was made by somebody who knows the secret, in constant time; undefined when it does not. The
 * first of these that is there decides, the strongest first, so that a wrong signature is not rescued by a weaker proof
 * beside it: `webhook-signature` (GitLab's signing token, over id, time and body), `X-Forgejo-Signature`,
 * `X-Gitea-Signature`, `X-Hub-Signature-256` (GitHub; all three over the body), `X-Gitlab-Token` (the secret itself).
 */
export function proofOf({ headers, body, receivedAt }: Delivery, secret: string): Proof | undefined {
  const standard = headers.get("webhook-signature");
  if (standard !== null)
    return isStandard({ headers, body, receivedAt }, standard, secret) ? "STANDARD" : undefined;
  const bodySignature =
    headers.get("x-forgejo-signature") ??
    headers.get("x-gitea-signature") ??
    headers.get("x-hub-signature-256")?.replace(/^sha256=/, "");
  if (bodySignature !== undefined) {
    const wanted = createHmac("sha256", secret).update(body).digest("hex");
    return equal(bodySignature.toLowerCase(), wanted) ? "BODY" : undefined;
  }
  const token = headers.get("x-gitlab-token");
  return token !== null && equal(token, secret) ? "TOKEN" : undefined;
}

/** As https://www.standardwebhooks.com has it. */
function isStandard({ headers, body, receivedAt }: Delivery, signatures: string, secret: string): boolean {
  const id = headers.get("webhook-id") ?? "";
  const time = headers.get("webhook-timestamp") ?? "";
  const isTimely = /^\d{1,12}$/.test(time) && Math.abs(receivedAt.getTime() - Number(time) * 1000) <= skewMs;
  const key = secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : secret;
  const wanted = createHmac("sha256", key).update(`${id}.${time}.`).update(body).digest("base64");
  const given = signatures.split(" ", 10).map((one) => equal(one, `v1,${wanted}`));
  return isTimely && id !== "" && given.includes(true);
}

function equal(one: string, other: string): boolean {
  return timingSafeEqual(sha256(one), sha256(other));
}

const idHeaders = [
  "webhook-id",
  "x-github-delivery",
  "x-forgejo-delivery",
  "x-gitea-delivery",
  "x-gitlab-event-uuid",
];

/**
 * What a delivery to a source is known by, so that it is taken once. An id in a header is signed by GitLab only: to
 * change it must not make a recorded delivery a new one, so what was signed counts as well, and nothing that was not.
 */
export function deliveryKeys(sourceId: string, { headers, body }: Delivery, proof: Proof): Buffer[] {
  const ids = idHeaders.flatMap((name) => {
    const id = headers.get(name);
    return id === null ? [] : [sha256(`${sourceId}\n${name}\n${id}`)];
  });
  // GitLab's token proves nothing about the body: who has seen it can send any other.
  if (proof === "TOKEN" && ids.length > 0) return ids;
  const time = proof === "STANDARD" ? headers.get("webhook-timestamp") : "";
  return [...ids, sha256(`${sourceId}\nbody\n${time}\n`, body)];
}

/** The addresses of the repository that a push was to, as the git servers spell them. Empty when it names none. */
export function repositoryAddresses(body: Uint8Array): string[] {
  let payload: unknown;
  try {
    payload = JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    return [];
  }
  const { repository, project } = (payload ?? {}) as Record<string, unknown>;
  const found = [repository, project].flatMap((one) => {
    const { clone_url, git_http_url, http_url, html_url, homepage, web_url } = (one ?? {}) as Record<
      string,
      unknown
    >;
    return [clone_url, git_http_url, http_url, html_url, homepage, web_url];
  });
  return [...new Set(found.filter((one): one is string => typeof one === "string" && one.length <= 2_048))];
}

function sha256(...parts: (string | Uint8Array)[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}
