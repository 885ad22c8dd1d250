import { parseAllDocuments, type Tags } from "yaml";
import { hookRuleOf } from "./chart-hooks.ts";
import { flattened, objectFault, type ObjectRules, titleOf, yamlFaults } from "./objects.ts";
import type { Problem } from "./problem.ts";
import type { KubeObjectLike } from "./rendering.ts";

/**
 * Makes Kubernetes objects of what \`helm template\` printed, hooks apart, or tells everything that is wrong with them,
 * each with the template it comes from. It is read as Kubernetes' own tools read YAML (version 1.1: \`0640\` is octal,
 * \`yes\` is true, a key that comes twice has its last value).
 */
export function chartObjectsOf(
  printed: string,
  rules: Pick<ObjectRules, "namespace" | "objects">,
): { objects: KubeObjectLike[]; hooks: KubeObjectLike[] } | { problems: Problem[] } {
  const problems: Problem[] = [];
  const objects: KubeObjectLike[] = [];
  const hooks: KubeObjectLike[] = [];
  const seen = new Set<string>();
  for (const { file, text } of piecesOf(printed)) {
    const documents = documentsOf(text);
    if (typeof documents === "string") {
      problems.push({ file, field: "", message: documents });
      continue;
    }
    for (const object of documents.flatMap((document) => [...flattened(document)])) {
      const fault = objectFault(object, rules.namespace);
      if (fault !== undefined) {
        problems.push({ file, field: "", message: fault });
        continue;
      }
      const made = object as KubeObjectLike;
      const hook = hookRuleOf(made);
      if (hook) hooks.push(made);
      if (hook !== undefined) continue;
      const identity = `${made.apiVersion.replace(/\/?[^/]*$/, "")} ${made.kind} ${made.metadata.name}`;
      if (seen.has(identity)) problems.push({ file, field: "", message: `${titleOf(made)} is there twice` });
      seen.add(identity);
      objects.push(made);
    }
  }
  if (objects.length + hooks.length > rules.objects) {
    const message = `the chart makes ${objects.length + hooks.length} objects; ${rules.objects} are allowed`;
    problems.push({ field: "", message });
  }
  return problems.length > 0 ? { problems } : { objects, hooks };
}

/** Helm says of each document which template it comes from. */
function piecesOf(printed: string): { file: string; text: string }[] {
  const [first = "", ...rest] = printed.split(/^---\n# Source: (.*)\n/m);
  const pieces = [{ file: "chart", text: first }];
  for (let at = 0; at < rest.length; at += 2) pieces.push({ file: rest[at]!, text: rest[at + 1] ?? "" });
  return pieces.filter(({ text }) => text.trim() !== "");
}

function documentsOf(text: string): unknown[] | string {
  try {
    const options = {
      version: "1.1",
      merge: true,
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: "error",
      customTags: asKubernetes,
    } as const;
    const documents = parseAllDocuments(text, options);
    const parsed = Array.isArray(documents) ? documents : [];
    for (const { errors } of parsed) {
      const [error] = errors;
      // The parser's own words may quote the text, and the text may hold a secret.
      if (error) return yamlFaults[error.code] ?? `is not valid YAML (${error.code})`;
    }
    return parsed.map((document) => document.toJS({ maxAliasCount: 100 }));
  } catch {
    return "is not valid YAML (nested too deeply, or anchors repeated too often)";
  }
}

/** Kubernetes' tools read neither times of day nor dates: both are texts. */
function asKubernetes(tags: Tags): Tags {
  return tags.filter(
    (tag) =>
      typeof tag === "string" ||
      (!tag.tag.endsWith(":timestamp") && (tag as { format?: string }).format !== "TIME"),
  );
}
