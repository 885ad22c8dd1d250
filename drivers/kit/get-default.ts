import { tagsOf } from "./tags.ts";

/** So many in one file are rewritten; what comes after them is read as it is. */
const most = 300;

/**
 * Rewrites `value.get(key, other)`, which templates written for Python's Jinja use and the engine does not know, as
 * `(value | get(key, other))`. Lines stay where they are, and text outside of tags stays as it is.
 */
export function withGetDefaults(text: string): string {
  if (!text.includes(".get(")) return text;
  let made = "";
  let done = 0;
  for (const { opener, start, end = text.length } of tagsOf(text)) {
    made += text.slice(done, start);
    const tag = text.slice(start, end);
    made += opener === "{#" ? tag : rewritten(tag);
    done = end;
  }
  return made + text.slice(done);
}

function rewritten(tag: string): string {
  let from = 0;
  for (let times = 0; times < most; times++) {
    const dot = tag.indexOf(".get(", from);
    if (dot < 0) return tag;
    const parts = partsOf(tag);
    const open = dot + 4;
    const close = parts.closers.get(open);
    const inText = [...parts.textEnds].some(([begin, end]) => begin < dot && dot < end);
    const start = inText ? undefined : valueStart(tag, dot, parts);
    if (close === undefined || start === undefined || !hasTwo(tag, open, close, parts)) from = open;
    else
      tag = `${tag.slice(0, start)}(${tag.slice(start, dot)} | get${tag.slice(open, close + 1)})${tag.slice(close + 1)}`;
  }
  return tag;
}

interface Parts {
  /** Where each bracket that is opened is closed, and the other way round. */
  closers: Map<number, number>;
  openers: Map<number, number>;
  /** Where each text in quotes ends, by where it begins, and the other way round. */
  textEnds: Map<number, number>;
  textBegins: Map<number, number>;
}

function partsOf(tag: string): Parts {
  const parts: Parts = { closers: new Map(), openers: new Map(), textEnds: new Map(), textBegins: new Map() };
  const open: number[] = [];
  for (const { index, 0: part } of tag.matchAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[([{)\]}]/gs)) {
    if (part.length > 1) {
      parts.textEnds.set(index, index + part.length);
      parts.textBegins.set(index + part.length, index);
    } else if ("([{".includes(part)) open.push(index);
    else {
      const opened = open.pop();
      if (opened === undefined) continue;
      parts.closers.set(opened, index);
      parts.openers.set(index, opened);
    }
  }
  return parts;
}

/** Whether there are two arguments between the brackets, and no name before a value. */
function hasTwo(tag: string, open: number, close: number, { closers, textEnds }: Parts): boolean {
  let commas = 0;
  for (let at = open + 1; at < close; at++) {
    const end = textEnds.get(at);
    at = end === undefined ? (closers.get(at) ?? at) : end - 1;
    if (tag[at] === ",") commas++;
    if (tag[at] === "=" && tag[at - 1] !== "=" && tag[at + 1] !== "=") return false;
  }
  return commas === 1;
}

const keywords = new Set(["if", "elif", "else", "in", "not", "and", "or", "is", "set", "for", "do", "call"]);

/** Where the value begins whose method is called: a name with what is looked up in it, a text, or a bracket. */
function valueStart(tag: string, dot: number, { openers, textBegins }: Parts): number | undefined {
  let start: number | undefined;
  for (let at = dot; at > 2;) {
    const text = textBegins.get(at);
    if (text !== undefined) return text;
    const opened = openers.get(at - 1);
    const [name = ""] = /[A-Za-z_]\w*$/.exec(tag.slice(0, at)) ?? [];
    if (opened !== undefined) {
      start = at = opened;
      // `f(x)` and `a[0]` go on; `(x)` does not.
      const before = /([A-Za-z_]\w*|[)\]])$/.exec(tag.slice(0, at))?.[0] ?? "";
      if (before === "" || keywords.has(before)) return start;
    } else if (name !== "" && !keywords.has(name)) {
      start = at -= name.length;
      if (tag[at - 1] !== ".") return start;
      at--;
    } else return start;
  }
  return start;
}
