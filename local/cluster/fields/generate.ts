/**
 * Makes `types.json`, the field types of the built-in kinds, from Kubernetes' own typed schema, which the
 * Go module k8s.io/client-go carries as YAML. Run it again for a newer Kubernetes:
 *
 *   go mod download k8s.io/client-go@v0.36.0
 *   bun local/cluster/fields/generate.ts "$(go env GOMODCACHE)/k8s.io/client-go@v0.36.0"
 */
import { join } from "node:path";
import { parse } from "yaml";
import { builtIns } from "../resources.ts";

interface Atom {
  name?: string;
  scalar?: string;
  namedType?: string;
  list?: { elementType: Atom; elementRelationship: string; keys?: string[] };
  map?: {
    fields?: { name: string; type: Atom; default?: unknown }[];
    elementType?: Atom;
    elementRelationship?: string;
  };
}

const prefixes = ["io.k8s.api.", "io.k8s.apimachinery.pkg.apis.", "io.k8s.apimachinery.pkg."];
const shorten = (name: string) => {
  const prefix = prefixes.find((candidate) => name.startsWith(candidate)) ?? "";
  return name.slice(prefix.length);
};

/** `string`, `core.v1.Container`, `[T]` atomic list, `[T]=` set, `[T]=name,…` list by keys, `{T}` map, `{T}!` atomic map. */
function spell(atom: Atom): string {
  if (atom.namedType !== undefined) return shorten(atom.namedType);
  if (atom.scalar === "numeric") return "number";
  if (atom.scalar === "untyped") return "any";
  if (atom.scalar !== undefined) return atom.scalar;
  if (atom.list) {
    const { elementType, elementRelationship, keys } = atom.list;
    const relation = elementRelationship === "atomic" ? "" : `=${(keys ?? []).join(",")}`;
    return `[${spell(elementType)}]${relation}`;
  }
  if (atom.map?.elementType) {
    return `{${spell(atom.map.elementType)}}${atom.map.elementRelationship === "atomic" ? "!" : ""}`;
  }
  return "any";
}

const folder = process.argv[2] ?? "";
const source = await Bun.file(join(folder, "applyconfigurations/internal/internal.go")).text();
const yaml = source.slice(source.indexOf("`types:") + 1, source.lastIndexOf("`)"));
const all = new Map<string, Atom>();
for (const type of (parse(yaml) as { types: Atom[] }).types) all.set(shorten(type.name ?? ""), type);

/** A struct is a line of `field:type|default`, with `!` in front when it is atomic; another type is spelled `=type`. */
const types: Record<string, string> = {};
const visit = (name: string): void => {
  const atom = all.get(name);
  if (!atom || name in types) return;
  if (atom.scalar === "untyped" || atom.map?.fields === undefined) {
    types[name] = `=${spell(atom)}`;
    return;
  }
  types[name] = "";
  const fields = atom.map.elementRelationship === "atomic" ? ["!"] : [];
  for (const field of atom.map.fields) {
    const fallback = field.default === undefined ? "" : `|${JSON.stringify(field.default)}`;
    fields.push(`${field.name}:${spell(field.type)}${fallback}`);
    for (const [named] of spell(field.type).matchAll(/[\w.]+\.[A-Z]\w*/g)) visit(named);
  }
  types[name] = fields.join(" ");
};
for (const { type } of builtIns) visit(type);

const about = `Made by local/cluster/fields/generate.ts from ${folder.split("/").at(-1)}; do not edit.`;
const sorted = Object.fromEntries(Object.entries(types).sort(([a], [b]) => (a < b ? -1 : 1)));
const lines = Object.entries(sorted).map(
  ([name, type]) => `  ${JSON.stringify(name)}: ${JSON.stringify(type)}`,
);
await Bun.write(
  join(import.meta.dir, "types.json"),
  `{\n  "about": ${JSON.stringify(about)},\n${lines.join(",\n")}\n}\n`,
);
console.log(`${lines.length} types`);
