import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from "yaml";
import type { Problem } from "./problem.ts";

/** A YAML file as it was written: its nodes, and where each stands. */
export interface YamlSource {
  root: Node | undefined;
  /** Why it is no YAML; empty when it is. */
  problems: Problem[];
  /** The node itself, or the one that an alias stands for; undefined for nothing and for `null`. */
  resolve(node: unknown): Node | undefined;
  /** Where an offset is: line and column from 1, and the text of the line. */
  at(offset: number): { line: number; column: number; source: string };
}

const maxBytes = 256 * 1024;
const maxDepth = 100;
const maxSyntaxErrors = 20;

/** Parses a file once. Takes time in proportion to its size whatever stands in it, and throws nothing. */
export function readYaml(given: string, file: string): YamlSource {
  const text = given.replace(/^\uFEFF/, "");
  const problems: Problem[] = [];
  const counter = new LineCounter();
  const nothing = (message: string): Document => {
    problems.push({ file, field: "", message });
    return parseDocument("");
  };
  const at: YamlSource["at"] = (offset) => {
    const { line, col } = counter.linePos(offset);
    const start = counter.lineStarts[line - 1] ?? 0;
    const end = text.indexOf("\n", start);
    const whole = text.slice(start, end < 0 ? undefined : end).replace(/\r$/, "");
    return { line: Math.max(line, 1), column: Math.max(col, 1), source: whole };
  };
  const parse = (): { document: Document; anchors: Map<Node, Node> } => {
    if (text.length > maxBytes)
      return { document: nothing(`is larger than ${maxBytes / 1024} KiB`), anchors: new Map() };
    const deep = "is not YAML that can be read: it is nested too deeply";
    if (isDeep(text)) return { document: nothing(deep), anchors: new Map() };
    try {
      // Keys that come twice are found by the reader: the parser compares each key with each other one.
      const options = {
        lineCounter: counter,
        prettyErrors: false,
        uniqueKeys: false,
        schema: "core",
      } as const;
      const document = parseDocument(text, options);
      const anchors = anchorsOf(document);
      const faults = [
        ...[...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
          offset: pos[0],
          message: faultTexts[code] ?? `is not YAML: ${oneLine(message)}`,
        })),
        ...anchors.missing.map((alias) => ({
          offset: alias.range?.[0] ?? 0,
          message: `is an alias of nothing: there is no &${alias.source} before it`,
        })),
      ];
      for (const { offset, message } of faults.slice(0, maxSyntaxErrors))
        problems.push({ file, ...at(offset), field: "", message: message.toWellFormed() });
      return { document, anchors: anchors.found };
    } catch {
      return { document: nothing(deep), anchors: new Map() };
    }
  };
  const { document, anchors } = parse();
  return {
    root: document.contents ?? undefined,
    problems,
    at,
    resolve(node) {
      const found = isAlias(node) ? anchors.get(node) : (node as Node | null | undefined);
      return !found || (isScalar(found) && found.value === null) ? undefined : found;
    },
  };
}

/**
 * Whether lists and maps stand in each other more than `maxDepth` deep, in brackets or on one line. The parser takes
 * time by the square of the depth (six seconds for 20 kB of brackets); what is nested by indentation is bounded by it.
 */
function isDeep(text: string): boolean {
  let brackets = 0;
  let onLine = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === "[" || token === "{") brackets++;
    else if (token === "]" || token === "}") brackets--;
    else if (token === "\n" || token === "\r\n") onLine = 0;
    else if (brackets <= 0 && (token === "-" || token === "?" || token === ":")) onLine++;
    if (brackets > maxDepth || onLine > maxDepth) return true;
  }
  return false;
}

/**
 * What each alias stands for: the last anchor of its name before it. The library's own look-up goes through the
 * whole file for each alias.
 */
function anchorsOf(document: Document): { found: Map<Node, Node>; missing: Alias[] } {
  const found = new Map<Node, Node>();
  const missing: Alias[] = [];
  const named = new Map<string, Node>();
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) {
        const target = named.get(node.source);
        if (target) found.set(node, target);
        else missing.push(node);
      } else if ((isMap(node) || isSeq(node) || isScalar(node)) && node.anchor) named.set(node.anchor, node);
    },
  });
  return { found, missing };
}

/** In our words where the parser's are for programmers. */
const faultTexts: Partial<Record<string, string>> = {
  MULTIPLE_DOCS: "is the beginning of a second document; a driver is one",
  TAB_AS_INDENT: "is not YAML: a tab is used as indentation",
  TAG_RESOLVE_FAILED: "has a tag (!…) that means nothing here",
};

const oneLine = (text: string) => text.replaceAll(/\s+/g, " ");

/** What a node is, for a message. */
export function kindOf(node: Node): string {
  if (isMap(node)) return "a map";
  if (isSeq(node)) return "a list";
  if (!isScalar(node)) return "this";
  return typeof node.value === "string" ? brief(node.value) : String(node.value);
}

/** A text in quotes, shortened. */
export const brief = (text: string) => JSON.stringify(text.length <= 60 ? text : `${text.slice(0, 57)}…`);
