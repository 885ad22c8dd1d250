/**
 * The syntaxes Kubernetes checks, each a function from a value to what is wrong with it (undefined: nothing), in
 * Kubernetes' own words.
 */

type Check = (value: string) => string | undefined;

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const subdomain = `${label}(\\.${label})*`;
const qualified = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

/** A text of at most `max` characters that a pattern takes whole. */
function syntax(pattern: string, says: string, max: number, ...examples: string[]): Check {
  const whole = new RegExp(`^(?:${pattern})$`);
  const shown = examples.map((example) => `'${example}'`).join(",  or ");
  const wrong = `${says} (e.g. ${shown}, regex used for validation is '${pattern}')`;
  return (value) => {
    if (value.length > max) return `must be no more than ${max} characters`;
    return whole.test(value) ? undefined : wrong;
  };
}

export const dnsLabel = syntax(
  label,
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  63,
  "my-name",
  "123-abc",
);

/** A label that starts with a letter. */
export const dns1035Label = syntax(
  "[a-z]([-a-z0-9]*[a-z0-9])?",
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  63,
  "my-name",
  "abc-123",
);

export const dnsSubdomain = syntax(
  subdomain,
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  253,
  "example.com",
);

/** What may stand as one segment of a URL path: names of RBAC objects. */
export const pathSegment: Check = (value) =>
  value !== "." && value !== ".." && !/[/%]/.test(value) ? undefined : "may not contain '/' or '%'";

const namePart = syntax(
  qualified,
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  63,
  "MyName",
  "my.name",
  "123-abc",
);

/** A label's or annotation's key: `name` or `prefix/name`. */
export const qualifiedName: Check = (value) => {
  const parts = value.split("/");
  const name = parts.pop() ?? "";
  if (parts.length > 1)
    return "a qualified name must consist of a name and an optional DNS subdomain before a '/'";
  const wrongPrefix = parts.length === 1 ? dnsSubdomain(parts[0]!) : undefined;
  return wrongPrefix ? `prefix part ${wrongPrefix}` : namePart(name);
};

export const labelValue = syntax(
  `(${qualified})?`,
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  63,
  "MyValue",
  "my_value",
  "12345",
);

/** A name of a port: lower case, with a letter in it. */
export const portName: Check = (value) =>
  value.length <= 15 && dnsLabel(value) === undefined && /[a-z]/.test(value) && !value.includes("--")
    ? undefined
    : "must be at most 15 lower case alphanumeric characters or '-', with at least one letter";

export const envName: Check = (value) =>
  /^[\x20-\x3c\x3e-\x7e]+$/.test(value)
    ? undefined
    : "a valid environment variable name must consist only of printable ASCII characters other than '='";

const dataKey = syntax(
  "[-._a-zA-Z0-9]+",
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  253,
  "key.name",
  "KEY_NAME",
  "key-name",
);

export const configKey: Check = (value) =>
  value === "." || value === ".." ? `must not be '${value}'` : dataKey(value);
