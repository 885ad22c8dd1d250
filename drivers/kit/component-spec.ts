import { backupKinds, type ComponentSpec } from "./format.ts";
import type { Place, Reader } from "./reader.ts";

/** The rule for names that become part of Kubernetes names. */
export const dnsLabel = {
  maxLength: 63,
  pattern: /^[a-z]([a-z0-9-]*[a-z0-9])?$/,
  wanted: "a name of a-z, 0-9 and -",
};

/** Reads `spec.components`: the labels of each, and how it is backed up. */
export function readComponents(reader: Reader, place: Place): Record<string, ComponentSpec> {
  const components: Record<string, ComponentSpec> = {};
  for (const [name, value] of reader.entries(place)) {
    if (!dnsLabel.pattern.test(name) || name.length > 63) {
      reader.note(value, `must be named with ${dnsLabel.wanted.slice("a name of ".length)}`);
    }
    const at = reader.map(value, ["description", "identifier", "backup"], ["identifier"]);
    const { label } = reader.map(at.identifier, ["label"], ["label"]);
    const labels: Record<string, string> = {};
    for (const [key, text] of reader.entries(label)) labels[key] = readLabel(reader, key, text);
    if (reader.has(label) && Object.keys(labels).length === 0)
      reader.note(label, "must name one label at least");
    components[name] = {
      description: reader.text(at.description) ?? "",
      labels,
      backup: readBackup(reader, at.backup),
    };
  }
  return components;
}

function readLabel(reader: Reader, key: string, place: Place): string {
  const pattern = /^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)?$/;
  if (!/^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(key)) {
    reader.note(place, "is no name of a Kubernetes label");
  }
  if (!reader.has(place)) reader.note(place, "is missing: the label's value");
  return reader.text(place, { maxLength: 63, pattern, wanted: "a Kubernetes label's value" }) ?? "";
}

function readBackup(reader: Reader, place: Place): ComponentSpec["backup"] {
  if (!reader.has(place)) return null;
  const entries = new Map(reader.entries(place));
  const { kind, volume, volumes } = Object.fromEntries(entries) as Record<string, Place | undefined>;
  if (!kind)
    reader.note({ ...place, path: `${place.path}.kind` }, `is missing: one of ${backupKinds.join(", ")}`);
  const one = volume ? (reader.text(volume) ?? []) : [];
  const more = volumes ? reader.items(volumes).flatMap((item) => reader.text(item) ?? []) : [];
  const options: Record<string, unknown> = {};
  for (const [name, value] of entries) {
    if (!["kind", "volume", "volumes"].includes(name)) options[name] = reader.data(value);
  }
  return { kind: (kind && reader.word(kind, backupKinds)) ?? "disk", volumes: [one, more].flat(), options };
}
