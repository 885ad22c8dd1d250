import { LineCounter, parseAllDocuments } from "yaml";
import type { Template } from "./engine.ts";
import type { Problem } from "./problem.ts";
import type { KubeObjectLike } from "./rendering.ts";

export interface ObjectRules {
  /** The only namespace an object may name. */
  namespace: string;
  /** The most objects there may be. */
  objects: number;
  /**
   * For the check at load time: refuses also what the fast parser lets pass, keys that come twice, and shows the rendered
   * line of a fault. That may hold a secret in a form that is not known again, so it is for made-up ones alone.
   */
  strict: boolean;
}

/**
 * Makes Kubernetes objects of rendered files, or tells everything that is wrong with them. Lists are
 * flattened, empty documents skipped. `templates` are the files as they were before, in the same order.
 */
export function objectsOf(
  templates: Template[],
  texts: string[],
  rules: ObjectRules,
): { objects: KubeObjectLike[] } | { problems: Problem[] } {
  const problems: Problem[] = [];
  const objects: KubeObjectLike[] = [];
  const seen = new Set<string>();
  for (const [index, text] of texts.entries()) {
    const template = templates[index]!;
    const note = (message: string, document?: number) => {
      const line = document === undefined ? undefined : documentLine(template.text, text, document);
      problems.push({ file: template.path, field: "", message, ...(line ? { line } : {}) });
    };
    const documents = documentsOf(text, rules.strict);
    if ("fault" in documents) {
      const place = placed(template.text, text, documents, rules.strict);
      problems.push({ file: template.path, field: "", ...place });
      continue;
    }
    for (const [number, document] of documents.values.entries()) {
      for (const object of flattened(document)) {
        const fault = objectFault(object, rules.namespace);
        if (fault !== undefined) {
          note(fault, number);
          continue;
        }
        const made = object as KubeObjectLike;
        const identity = `${made.apiVersion.replace(/\/?[^/]*$/, "")} ${made.kind} ${made.metadata.name}`;
        if (seen.has(identity)) note(`${titleOf(made)} is there twice`, number);
        seen.add(identity);
        objects.push(made);
      }
    }
  }
  if (objects.length > rules.objects) {
    problems.push({
      field: "",
      message: `the manifests make ${objects.length} objects; ${rules.objects} are allowed`,
    });
  }
  return problems.length > 0 ? { problems } : { objects };
}

/** What is wrong with the rendered values of a chart: they must be one map of YAML, or nothing. */
export function valuesFault(template: Template, text: string, strict: boolean): Problem | undefined {
  const documents = documentsOf(text, true);
  const file = template.path;
  if ("fault" in documents) return { file, field: "", ...placed(template.text, text, documents, strict) };
  const [values, ...more] = documents.values;
  const fine = more.length === 0 && (values === undefined || values === null || isMap(values));
  return fine ? undefined : { file, field: "", message: "must be one map of values" };
}

interface Fault {
  fault: string;
  line: number;
  column: number;
}

function documentsOf(text: string, strict: boolean): { values: unknown[] } | Fault {
  try {
    // 30 times as fast as the careful parser, and of one mind with it but for keys that come twice.
    if (!strict) {
      const value = Bun.YAML.parse(text);
      // Several documents come as an array; a single document that is a list would be refused anyway.
      return { values: Array.isArray(value) ? value : [value] };
    }
  } catch {
    // The careful parser says where and why.
  }
  const counter = new LineCounter();
  try {
    const documents = parseAllDocuments(text, { lineCounter: counter, prettyErrors: false, merge: true });
    const parsed = Array.isArray(documents) ? documents : [];
    for (const document of parsed) {
      const error = document.errors[0];
      // The parser's own words may quote the text, and the text may hold a secret.
      if (!error) continue;
      const { line, col: column } = counter.linePos(error.pos[0]);
      return { fault: yamlFaults[error.code] ?? `is not valid YAML (${error.code})`, line, column };
    }
    return { values: parsed.map((document) => document.toJS({ maxAliasCount: 100 })) };
  } catch {
    return {
      fault: "is not valid YAML (nested too deeply, or anchors repeated too often)",
      line: 1,
      column: 1,
    };
  }
}

/** What the parser of YAML complains of, in our words. */
export const yamlFaults: Record<string, string> = {
  BAD_INDENT: "is not valid YAML: the indentation is wrong",
  DUPLICATE_KEY: "is not valid YAML: a key comes twice",
  MISSING_CHAR: "is not valid YAML: a quote, bracket or comma is missing",
  MULTILINE_IMPLICIT_KEY: "is not valid YAML: a key cannot go over several lines",
  TAB_AS_INDENT: "is not valid YAML: a tab is used as indentation",
  UNEXPECTED_TOKEN: "is not valid YAML: something stands where it cannot",
  BLOCK_AS_IMPLICIT_KEY: "is not valid YAML: there is a colon too many, or quotes are missing around it",
};

/** The objects of a document: itself, or those of a list. */
export function* flattened(document: unknown): Generator<unknown> {
  if (document === null || document === undefined) return;
  const { kind, items } = document as { kind?: unknown; items?: unknown };
  if (typeof kind === "string" && kind.endsWith("List") && Array.isArray(items)) yield* items;
  else yield document;
}

/** What is wrong with an object; undefined when nothing is. */
export function objectFault(object: unknown, namespace: string): string | undefined {
  if (!isMap(object))
    return `must be a Kubernetes object, not ${Array.isArray(object) ? "a list" : typeof object}`;
  const { apiVersion, kind, metadata } = object;
  if (!isText(kind)) return 'has an object without "kind"';
  if (!isText(apiVersion)) return `has a ${kind} without "apiVersion"`;
  // Not quoted: cut or escaped, a secret in it would be known no more and not be masked.
  if (!/^[A-Za-z][A-Za-z0-9]{0,62}$/.test(kind)) return "has an object of a kind that cannot be";
  if (apiVersion.length > 253 || !/^([a-z0-9]([a-z0-9.-]*[a-z0-9])?\/)?[a-z][a-z0-9]*$/.test(apiVersion))
    return `has a ${kind} of an apiVersion that cannot be`;
  if (!isMap(metadata) || !isText(metadata.name)) return `has a ${kind} without "metadata.name"`;
  const title = titleOf(object as KubeObjectLike);
  if (metadata.name.length > 253 || !/^[a-z0-9]([a-z0-9.:-]*[a-z0-9])?$/i.test(metadata.name))
    return `${title} has a name that Kubernetes refuses`;
  if (apiVersion.startsWith("styrmin.io/"))
    return `${title} is of Styrmin's own kinds, which no driver may make`;
  if (metadata.namespace !== undefined && metadata.namespace !== null && metadata.namespace !== namespace) {
    return `${title} is in namespace "${String(metadata.namespace)}"; leave the namespace out, or write {{ instance.namespace }}`;
  }
  for (const key of ["labels", "annotations"]) {
    const wrong = wrongEntry(metadata[key]);
    if (wrong !== undefined) return `${title}: metadata.${key}${wrong} must be a text; put it in quotes`;
  }
  return undefined;
}

function wrongEntry(map: unknown): string | undefined {
  if (map === undefined || map === null) return undefined;
  if (!isMap(map)) return "";
  const wrong = Object.keys(map).find((key) => typeof map[key] !== "string");
  return wrong === undefined ? undefined : `.${wrong}`;
}

/**
 * The template's line of a fault in the rendered text: where both have as many lines it is the same one, and
 * otherwise the one that stands in the template unchanged and once. Where it is neither, the rendered line itself, if that may be shown.
 */
function placed(
  template: string,
  text: string,
  { fault: message, line, column }: Fault,
  strict: boolean,
): Omit<Problem, "field"> {
  const wanted = text.split("\n")[line - 1]?.trimEnd();
  const lines = template.split("\n").map((each) => each.trimEnd());
  if (lineCount(template) === lineCount(text)) return { message, line };
  const at = wanted?.trim() ? lines.indexOf(wanted) : -1;
  if (at >= 0 && lines.indexOf(wanted!, at + 1) < 0) return { message, line: at + 1 };
  const shown = { source: wanted ?? "", renderedLine: line, column };
  return { message: `${message} (line ${line} of the rendered text)`, ...(strict ? shown : {}) };
}

/** The line of the template where its n-th document begins, as long as template and text have as many. */
function documentLine(template: string, text: string, number: number): number | undefined {
  const starts = (source: string) =>
    [...source.matchAll(/^---(\s|$)/gm)].map((match) => source.slice(0, match.index).split("\n").length);
  const before = starts(template);
  if (before.length !== starts(text).length) return undefined;
  const leading = /^(\s|#.*\n)*---/.test(template);
  return leading ? before[number] : number === 0 ? 1 : before[number - 1];
}

const lineCount = (text: string) => text.trimEnd().split("\n").length;
export const titleOf = ({ kind, metadata }: KubeObjectLike) => `${kind} ${metadata.name}`;
const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
