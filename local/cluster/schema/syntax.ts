/** The syntaxes Kubernetes checks, each a function from a value to what is wrong with it (undefined: nothing). */

type Check = (value: string) => string | undefined;

const labelPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomainPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const qualifiedPattern = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

export const dnsLabel: Check = (value) =>
  value.length <= 63 && labelPattern.test(value)
    ? undefined
    : "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', must start and end with an alphanumeric character, and have at most 63 characters";

/** A name of a Service: a label that starts with a letter. */
export const dns1035Label: Check = (value) =>
  value.length <= 63 && /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(value)
    ? undefined
    : "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, end with an alphanumeric character, and have at most 63 characters";

export const dnsSubdomain: Check = (value) =>
  value.length <= 253 && subdomainPattern.test(value)
    ? undefined
    : "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";

/** What may stand as one segment of a URL path: names of RBAC objects. */
export const pathSegment: Check = (value) =>
  value !== "." && value !== ".." && !/[/%]/.test(value) ? undefined : "may not contain '/' or '%'";

/** A label's or annotation's key: `name` or `prefix/name`. */
export const qualifiedName: Check = (value) => {
  const parts = value.split("/");
  const name = parts.pop() ?? "";
  const fine = name.length <= 63 && qualifiedPattern.test(name) && parts.length <= 1;
  if (fine && (parts.length === 0 || dnsSubdomain(parts[0]!) === undefined)) return undefined;
  return "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (optionally behind a DNS subdomain and '/')";
};

export const labelValue: Check = (value) =>
  value === "" || (value.length <= 63 && qualifiedPattern.test(value))
    ? undefined
    : "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character, and have at most 63 characters";

export const quantity: Check = (value) =>
  /^[+-]?(\d+\.?\d*|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/.test(value)
    ? undefined
    : "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/** A name of a port: lower case, with a letter in it. */
export const portName: Check = (value) =>
  value.length <= 15 && labelPattern.test(value) && /[a-z]/.test(value) && !value.includes("--")
    ? undefined
    : "must be at most 15 lower case alphanumeric characters or '-', with at least one letter";

export const envName: Check = (value) =>
  /^[\x20-\x3c\x3e-\x7e]+$/.test(value)
    ? undefined
    : "a valid environment variable name must consist only of printable ASCII characters other than '='";

export const configKey: Check = (value) =>
  value.length <= 253 && /^[-._a-zA-Z0-9]+$/.test(value) && value !== "." && value !== ".."
    ? undefined
    : "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
