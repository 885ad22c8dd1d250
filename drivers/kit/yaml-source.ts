import {
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
export function readYaml(text: string, file: string): YamlSource {
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
      // A byte order mark is taken away by the parser itself, which then counts from behind it.
      const document = parseDocument(text.replace(/^\uFEFF/, " "), options);
      for (const { message, pos } of [...document.errors, ...document.warnings].slice(0, maxSyntaxErrors))
        problems.push({ file, ...at(pos[0]), field: "", message: `is not YAML: ${oneLine(message)}` });
      return { document, anchors: anchorsOf(document) };
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
function anchorsOf(document: Document): Map<Node, Node> {
  const found = new Map<Node, Node>();
  const named = new Map<string, Node>();
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) {
        const target = named.get(node.source);
        if (target) found.set(node, target);
      } else if ((isMap(node) || isSeq(node) || isScalar(node)) && node.anchor) named.set(node.anchor, node);
    },
  });
  return found;
}

const oneLine = (text: string) => text.replaceAll(/\s+/g, " ").toWellFormed();
