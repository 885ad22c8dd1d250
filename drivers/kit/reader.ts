import {
  Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
} from "yaml";
import { reservedNames } from "./merge.ts";
import { didYouMean, type Problem } from "./problem.ts";

/** A place in a YAML file: the node that stands there, if any, its path and the line to blame. */
export interface Place {
  node: Node | undefined;
  path: string;
  line: number;
}

/**
 * Reads a YAML file piece by piece and notes everything that is wrong, each with its line, instead of
 * stopping at the first. Every reading function answers a value or undefined, and has said why it is undefined.
 */
export interface Reader {
  root: Place;
  problems: Problem[];
  note(place: Place, message: string): void;
  /** Whether something was written there (`null` counts as nothing). */
  has(place: Place): boolean;
  /** The places of a map's known keys. Unknown keys are noted, as are the `required` ones that are missing. */
  map<K extends string>(place: Place, keys: readonly K[], required?: readonly K[]): Record<K, Place>;
  /** Name and place of each entry of a map whose keys are the author's own. */
  entries(place: Place): [string, Place][];
  items(place: Place): Place[];
  text(place: Place, rule?: TextRule): string | undefined;
  number(place: Place, rule?: { whole?: boolean; min?: number; max?: number }): number | undefined;
  flag(place: Place): boolean | undefined;
  word<const W extends string>(place: Place, words: readonly W[]): W | undefined;
  /** Whatever is there, as plain data. */
  data(place: Place): unknown;
}

export interface TextRule {
  maxLength?: number;
  pattern?: RegExp;
  /** What the pattern asks for, in words: `a DNS label (a-z, 0-9, -)`. */
  wanted?: string;
}

const maxBytes = 512 * 1024;

export function createReader(source: string, file: string): Reader {
  const problems: Problem[] = [];
  const counter = new LineCounter();
  const document = parse(source, file, counter, problems);
  const lineAt = (node: Node | undefined | null, fallback: number) =>
    node?.range ? counter.linePos(node.range[0]).line : fallback;

  const resolve = (node: unknown): Node | undefined => {
    const found = isAlias(node) ? (node as Alias).resolve(document) : (node as Node | undefined);
    return !found || (isScalar(found) && found.value === null) ? undefined : found;
  };
  const place = (node: unknown, path: string, line: number): Place => ({
    node: resolve(node),
    path,
    line: lineAt(node as Node, line),
  });
  const note = ({ path, line }: Place, message: string): void => {
    problems.push({ file, line, field: path, message });
  };

  const entriesOf = (at: Place): [string, Place][] => {
    if (at.node === undefined) return [];
    if (!isMap(at.node)) {
      note(at, `must be a map of keys and values, not ${kindOf(at.node)}`);
      return [];
    }
    const found: [string, Place][] = [];
    for (const { key, value } of at.node.items) {
      const line = lineAt(key as Node, at.line);
      const name = isScalar(key) ? String(key.source ?? key.value) : "";
      const path = at.path === "" ? name : `${at.path}.${name}`;
      if (name === "" || name.length > 253) note({ ...at, line }, "has a key that is no plain text");
      else if (reservedNames.has(name)) note({ ...at, line, path }, "is a name that cannot be used");
      else found.push([name, { ...place(value, path, line), line }]);
    }
    return found;
  };

  return {
    root: place(document.contents, "", 1),
    problems,
    note,
    has: (at) => at.node !== undefined,
    entries: entriesOf,

    map(at, keys, required = []) {
      const places = {} as Record<(typeof keys)[number], Place>;
      for (const key of keys) {
        places[key] = { node: undefined, path: at.path === "" ? key : `${at.path}.${key}`, line: at.line };
      }
      // What is missing in something that is missing itself need not be told.
      const whole = at.node === undefined ? at.path === "" : isMap(at.node);
      for (const [name, value] of entriesOf(at)) {
        if (keys.includes(name as (typeof keys)[number])) places[name as (typeof keys)[number]] = value;
        else note(value, `is not a known key${didYouMean(name, keys) || `; known are ${keys.join(", ")}`}`);
      }
      for (const key of required) {
        if (whole && places[key].node === undefined) note(places[key], "is missing");
      }
      return places;
    },

    items(at) {
      if (at.node === undefined) return [];
      if (!isSeq(at.node)) {
        note(at, `must be a list, not ${kindOf(at.node)}`);
        return [];
      }
      return at.node.items.map((item, index) => place(item, `${at.path}[${index}]`, at.line));
    },

    text(at, { maxLength = 4096, pattern, wanted } = {}) {
      if (at.node === undefined) return undefined;
      // `1.10` without quotes is a number to YAML; its source is what the author meant.
      const { value, source: written } = isScalar(at.node) ? at.node : {};
      const text =
        typeof value === "number" || typeof value === "bigint" ? (written ?? String(value)) : value;
      const quote = typeof text === "boolean" ? "; put it in quotes" : "";
      if (typeof text !== "string") note(at, `must be a text, not ${kindOf(at.node)}${quote}`);
      else if (text.length > maxLength)
        note(at, `must have ${maxLength} characters at most, not ${text.length}`);
      else if (text.includes("\0") || !text.isWellFormed()) note(at, "must be well-formed text");
      else if (pattern && !pattern.test(text)) note(at, `must be ${wanted}, not ${brief(text)}`);
      else return text;
      return undefined;
    },

    number(at, { whole = false, min, max } = {}) {
      if (at.node === undefined) return undefined;
      const value = isScalar(at.node) ? at.node.value : undefined;
      const what = whole ? "a whole number" : "a number";
      if (typeof value !== "number" || !Number.isFinite(value) || (whole && !Number.isSafeInteger(value))) {
        note(at, `must be ${what}, not ${isScalar(at.node) ? brief(String(value)) : kindOf(at.node)}`);
      } else if ((min !== undefined && value < min) || (max !== undefined && value > max)) {
        note(at, `must be ${what} from ${min ?? "any"} to ${max ?? "any"}, not ${value}`);
      } else return value;
      return undefined;
    },

    flag(at) {
      if (at.node === undefined) return undefined;
      const value = isScalar(at.node) ? at.node.value : undefined;
      if (typeof value === "boolean") return value;
      note(at, "must be true or false");
      return undefined;
    },

    word(at, words) {
      if (at.node === undefined) return undefined;
      const value = isScalar(at.node) ? String(at.node.source ?? at.node.value) : undefined;
      const found = words.find((word) => word === value);
      if (found !== undefined) return found;
      const near = value === undefined ? "" : didYouMean(value, words);
      note(at, `must be one of ${words.join(", ")}, not ${brief(value ?? kindOf(at.node))}${near}`);
      return undefined;
    },

    data(at) {
      try {
        return at.node?.toJS(document, { maxAliasCount: 100 });
      } catch {
        note(at, "repeats its anchors too often");
        return undefined;
      }
    },
  };
}

function parse(source: string, file: string, counter: LineCounter, problems: Problem[]): Document {
  const nothing = () => parseDocument("");
  if (source.length > maxBytes) {
    problems.push({ file, field: "", message: `is larger than ${maxBytes / 1024} KiB` });
    return nothing();
  }
  try {
    const options = { lineCounter: counter, prettyErrors: false, uniqueKeys: true };
    const document = parseDocument(source.replace(/^\uFEFF/, ""), options);
    for (const error of document.errors.slice(0, 20)) {
      const line = counter.linePos(error.pos[0]).line;
      problems.push({ file, line, field: "", message: `is not YAML: ${error.message}` });
    }
    return document;
  } catch {
    problems.push({ file, field: "", message: "is not YAML that can be read: it is nested too deeply" });
    return nothing();
  }
}

function kindOf(node: Node): string {
  if (isMap(node)) return "a map";
  if (isSeq(node)) return "a list";
  return isScalar(node) ? brief(String(node.value)) : "this";
}

const brief = (text: string) => JSON.stringify(text.length <= 60 ? text : `${text.slice(0, 57)}…`);
