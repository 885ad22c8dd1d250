import type { TextRule } from "./reader.ts";

/** Rules for texts that stand in several places of a driver file. Patterns are without flags: JSON Schema has none. */

/** For names that become part of Kubernetes names. */
export const dnsLabel = {
  maxLength: 63,
  pattern: /^[a-z]([a-z0-9-]*[a-z0-9])?$/,
  wanted: "a name of a-z, 0-9 and -",
} satisfies TextRule;

export const anyVersion = {
  maxLength: 64,
  pattern: /^[0-9A-Za-z][0-9A-Za-z.+_-]*$/,
  wanted: "a version of letters, digits, . + _ -",
} satisfies TextRule;

export const filePath = {
  maxLength: 255,
  pattern: /^(\.\/)?(?!\/)(?!(.*\/)?\.\.?(\/|$))[^\\\0]+$/,
  wanted: "a path inside the driver's folder",
} satisfies TextRule;

export const webAddress = {
  maxLength: 2048,
  pattern: /^https?:\/\/[^\s]+$/,
  wanted: "an http or https address",
} satisfies TextRule;

export const chartLocation = {
  maxLength: 2048,
  pattern: /^(oci:\/\/\S+|https?:\/\/\S+|\.\/(?!(.*\/)?\.\.(\/|$))[^\\\0]*)$/,
  wanted: "oci://…, https://… or a folder of the driver (./chart)",
} satisfies TextRule;

export const labelName = {
  maxLength: 253,
  pattern: /^([a-z0-9.-]{1,189}\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/,
  wanted: "the name of a Kubernetes label",
} satisfies TextRule;

export const labelValue = {
  maxLength: 63,
  pattern: /^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)?$/,
  wanted: "a Kubernetes label's value",
} satisfies TextRule;

export const parameterName = {
  maxLength: 63,
  pattern: /^(?!__proto__$|constructor$|prototype$)[A-Za-z_][A-Za-z0-9_-]*$/,
  wanted: "a name of letters, digits and _",
} satisfies TextRule;

export const variableName = {
  maxLength: 253,
  pattern: /^[A-Za-z_][A-Za-z0-9_.-]*$/,
  wanted: "a variable's name",
} satisfies TextRule;

export const actionName = {
  maxLength: 63,
  pattern: /^[A-Za-z][A-Za-z0-9_-]*$/,
  wanted: "a name",
} satisfies TextRule;

export const actionLocation = {
  maxLength: 255,
  pattern: /^(?!\/)(?!(.*\/)?\.\.\/)[\w./-]+\.ts::[A-Za-z_$][\w$]*$/,
  wanted: "a TypeScript file and a function of it (actions.ts::migrate)",
} satisfies TextRule;

/** For the alphabet of secrets that are made. */
export const printable = {
  maxLength: 94,
  pattern: /^[ -~]{10,}$/,
  wanted: "10 printable ASCII characters at least",
} satisfies TextRule;
