import { createHash } from "node:crypto";

/** Kubernetes' and DNS' limit for one label (RFC 1123). */
const labelLength = 63;

/** Makes a DNS label of at most `maxLength` characters; what is too long is cut and ends in a hash of the whole. */
export function label(text: string, maxLength = labelLength): string {
  const whole = text
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+|-+$/g, "");
  if (whole.length <= maxLength) return whole;
  const hash = createHash("sha256").update(whole).digest("hex").slice(0, 8);
  return `${whole.slice(0, maxLength - 9).replace(/-+$/, "")}-${hash}`;
}

/** The 8 hex digits that stand for an id: its last ones, since the first of a UUIDv7 are its time. */
export function shortHash(id: string): string {
  return id.replaceAll("-", "").slice(-8);
}
