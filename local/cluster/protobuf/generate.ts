/**
 * Makes `messages.json`, the protobuf messages of the built-in kinds, from the tags of their Go types, which
 * the modules k8s.io/api and k8s.io/apimachinery carry. Run it again for a newer Kubernetes:
 *
 *   go mod download k8s.io/api@v0.36.4 k8s.io/apimachinery@v0.36.4
 *   bun local/cluster/protobuf/generate.ts "$(go env GOMODCACHE)/k8s.io" v0.36.4
 */
import { join } from "node:path";
import { Glob } from "bun";
import { builtIns } from "../resources.ts";

const [folder = "", version = ""] = process.argv.slice(2);
const scalars: Record<string, string> = {
  string: "text",
  bool: "flag",
  int: "number",
  int32: "number",
  int64: "number",
  "types.UID": "text",
};
/** Types that have a form of their own in JSON; `decode.ts` knows them by these names. */
const special: Record<string, string> = {
  "resource.Quantity": "quantity",
  "intstr.IntOrString": "number-or-text",
  "runtime.RawExtension": "json",
  "meta.v1.FieldsV1": "json",
  "meta.v1.Time": "time",
  "meta.v1.MicroTime": "micro-time",
};

interface Package {
  name: string;
  imports: Map<string, string>;
  source: string;
}

/** The Go types by their names, `core.v1.Pod`: a struct's lines, or what another name stands for. */
const structs = new Map<string, { lines: string[]; of: Package }>();
const aliases = new Map<string, { type: string; of: Package }>();

const modules = [`api@${version}/*/*`, `apimachinery@${version}/pkg/apis/meta/v1`];
for (const pattern of modules) {
  for await (const path of new Glob(`${pattern}/types.go`).scan(folder)) await readPackage(path);
}

async function readPackage(path: string): Promise<void> {
  const source = await Bun.file(join(folder, path)).text();
  const name = path.split("/").slice(-3, -1).join(".");
  const imports = new Map<string, string>();
  for (const [, alias, from = ""] of source.matchAll(/^\t(\w+)?\s*"(k8s\.io\/[^"]+)"$/gm)) {
    const words = from.split("/");
    const isVersion = /^v\d/.test(words.at(-1)!);
    imports.set(alias ?? words.at(-1)!, isVersion ? words.slice(-2).join(".") : words.at(-1)!);
  }
  const of = { name, imports, source };
  for (const [, type = "", body = ""] of source.matchAll(/^type (\w+) struct \{\n(.*?)^\}/gms)) {
    structs.set(`${name}.${type}`, { lines: body.split("\n"), of });
  }
  for (const [, type = "", meant = ""] of source.matchAll(/^type (\w+) ([\w.[\]]+)$/gm)) {
    aliases.set(`${name}.${type}`, { type: meant, of });
  }
}

/** `text`, `core.v1.Container`, `[T]` a list, `{T}` a map; with `?` in the end where nothing and empty differ. */
function spell(type: string, of: Package): string {
  if (type.startsWith("*")) return `${spell(type.slice(1), of)}?`;
  if (type === "[]byte") return "bytes";
  if (type.startsWith("[]")) return `[${spell(type.slice(2), of)}]`;
  const value = /^map\[\w+(?:\.\w+)?\](.+)$/.exec(type)?.[1];
  if (value) return `{${spell(value, of)}}`;
  if (type in scalars) return scalars[type]!;
  const [local, other] = type.split(".") as [string, string?];
  const full = other === undefined ? `${of.name}.${local}` : `${of.imports.get(local) ?? local}.${other}`;
  if (full in scalars) return scalars[full]!;
  if (full in special) return special[full]!;
  const alias = aliases.get(full);
  // A named list is a message that holds the list.
  if (alias?.type.startsWith("[]")) return `items:${spell(alias.type, alias.of)}`;
  if (alias) return spell(alias.type, alias.of);
  if (!structs.has(full)) throw new Error(`${of.name} names a type that is not here: ${type}`);
  visit(full);
  return full;
}

const messages: Record<string, string> = {};
function visit(name: string): void {
  const found = structs.get(name);
  if (!found || name in messages) return;
  messages[name] = "";
  const fields = found.lines.flatMap((line) => {
    const [, type = "", json = "", number] =
      /^\t(?:\w+\s+)?([\w.*[\]]+)\s+`json:"([^"]*)".*?protobuf:"\w+,(\d+),/.exec(line) ?? [];
    if (number === undefined) return [];
    return [`${number}:${json.split(",")[0]}:${spell(type, found.of)}`];
  });
  messages[name] = fields.join(" ");
}

const others = [
  "meta.v1.DeleteOptions",
  "policy.v1.Eviction",
  "authentication.v1.TokenRequest",
  "autoscaling.v1.Scale",
];
for (const name of [...builtIns.map(({ type }) => type), ...others]) visit(name);

const about = `Made by local/cluster/protobuf/generate.ts from k8s.io/api@${version}; do not edit.`;
const sorted = Object.entries(messages).sort(([a], [b]) => (a < b ? -1 : 1));
const lines = sorted.map(([name, fields]) => `  ${JSON.stringify(name)}: ${JSON.stringify(fields)}`);
await Bun.write(
  join(import.meta.dir, "messages.json"),
  `{\n  "about": ${JSON.stringify(about)},\n${lines.join(",\n")}\n}\n`,
);
console.log(`${lines.length} messages`);
