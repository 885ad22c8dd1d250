import { createHash } from "node:crypto";

/** A new id: UUIDv7, so that rows sort by the time they were made. */
export function newId(): string {
  return Bun.randomUUIDv7();
}

/**
 * The 8 hex digits that stand for an id in generated names. They are the last ones: the first of a UUIDv7
 * are its time, and two ids of the same minute would share them.
 */
export function shortId(id: string): string {
  return id.replaceAll("-", "").slice(-8);
}

/** Kubernetes' limit for a DNS label (RFC 1123). */
const maxLabelLength = 63;

/** Joins parts to a DNS label of at most 63 characters; what is too long is cut and ends in a hash of the whole. */
export function kubeName(...parts: string[]): string {
  const whole = parts
    .join("-")
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+|-+$/g, "");
  if (whole.length <= maxLabelLength) return whole;
  const hash = createHash("sha256").update(whole).digest("hex").slice(0, 8);
  return `${whole.slice(0, maxLabelLength - 9).replace(/-+$/, "")}-${hash}`;
}

/** Whether a text can name one of our nouns: a DNS label that starts with a letter. */
export function isName(value: string): boolean {
  return value.length <= maxLabelLength && /^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(value);
}
