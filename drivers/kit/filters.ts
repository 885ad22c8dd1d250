import { createHash } from "node:crypto";
import { label } from "./label.ts";
import { parseVersionRange } from "./versions.ts";

/** What a filter cannot do, in words that go on from its name. */
export class FilterFault extends Error {
  override readonly name = "FilterFault";
}

/** The filters that need nothing but what they are applied to: some of Jinja's that the engine lacks, and our own. */
export const plainFilters: Record<string, (value: unknown, ...args: any[]) => unknown> = {
  sha256: (value) => createHash("sha256").update(textOf(value)).digest("hex"),
  b64encode: (value) => Buffer.from(textOf(value)).toString("base64"),
  b64decode: (value) => Buffer.from(textOf(value), "base64").toString("utf8"),
  kube_name: (value, part?: unknown, maxLength?: unknown) =>
    label(
      [value, part].filter((each) => typeof each === "string").join("-"),
      Math.max(10, Number(maxLength)) || undefined,
    ),
  satisfies: (value, range?: unknown) => {
    const includes = parseVersionRange(textOf(range));
    if (textOf(range) === "" || !includes)
      throw new FilterFault(
        `wants a range of versions such as ">=1.2,<2.0", not ${JSON.stringify(textOf(range))}`,
      );
    return includes(textOf(value));
  },
  urlencode: (value) => encodeURIComponent(textOf(value).toWellFormed()).replaceAll("%2F", "/"),
  // Of what is undefined the engine's own throw, and Jinja's give nothing.
  get: (value, key, other) => {
    const map = asMap(value);
    return returned(map.has(key) ? map.get(key) : other);
  },
  items: (value) => returned([...asMap(value)]),
  length: lengthOf,
  count: lengthOf,
  wordcount: (value) => textOf(value).split(/\s+/).filter(Boolean).length,
  format: (value, ...args) => formatted(textOf(value), args),
};

/** The engine hands maps over as `Map`; anything else has no entries. */
function asMap(value: unknown): Map<unknown, unknown> {
  if (value instanceof Map) return value;
  return new Map(typeof value === "object" ? Object.entries(value ?? {}) : []);
}

/** What is handed back to the engine, which takes maps only as objects. */
function returned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(returned);
  if (!(value instanceof Map)) return value;
  return Object.fromEntries([...value].map(([key, inner]) => [key, returned(inner)]));
}

function lengthOf(value: unknown): number {
  if (typeof value === "string") return [...value].length;
  if (Array.isArray(value)) return value.length;
  if (value instanceof Map) return value.size;
  return typeof value === "object" && value !== null ? Object.keys(value).length : 0;
}

/** `%s`, `%d`, `%05.2f` and `%x`, as far as names and sizes need them; what is no such mark stays. */
function formatted(pattern: string, args: unknown[]): string {
  let next = 0;
  return pattern.replaceAll(
    /%(?:%|(-?)(0?)(\d{0,3})(?:\.(\d{1,2}))?([sdifx]))/g,
    (mark, left, zero, width, places, kind) => {
      if (mark === "%%") return "%";
      const value = args[next++];
      const number = Number(value);
      const text =
        kind === "s"
          ? textOf(value)
          : kind === "x"
            ? Math.trunc(number).toString(16)
            : kind === "f"
              ? number.toFixed(Number(places ?? 6))
              : String(Math.trunc(number));
      const size = Number(width);
      return left ? text.padEnd(size) : text.padStart(size, zero && kind !== "s" ? "0" : " ");
    },
  );
}

/** A text as it is, and anything else as JSON; nothing for what is undefined. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : (JSON.stringify(value, plainData) ?? "");
}

/** For JSON, which knows neither `Map` nor `bigint`. */
const plainData = (_: string, value: unknown) =>
  value instanceof Map ? Object.fromEntries(value) : typeof value === "bigint" ? Number(value) : value;
