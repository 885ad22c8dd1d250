/** A tag of a template, from `{{`, `{%` or `{#` to its end. */
export interface Tag {
  opener: "{{" | "{%" | "{#";
  /** Lines from 1; `to` is Infinity for a tag without an end. */
  from: number;
  to: number;
  /** Where it begins in its first line, from 1. */
  column: number;
  /** Whether it stands behind the `#` of a YAML comment, where people do not expect that it is read. */
  inComment: boolean;
}

/**
 * The tag that a line lies in, the first of those that begin there. An engine tells of a stray `{{` where it comes to
 * something that it did not expect, which may be many lines below.
 */
export function tagAt(text: string, line: number): Tag | undefined {
  let lineNumber = 1;
  let counted = 0;
  const lineOf = (offset: number) => {
    for (; counted < offset; counted++) if (text.charCodeAt(counted) === 10) lineNumber++;
    return lineNumber;
  };
  for (const { opener, start, end } of tagsOf(text)) {
    const from = lineOf(start);
    if (from > line) return undefined;
    const to = end === undefined ? Infinity : lineOf(end);
    const before = text.slice(text.lastIndexOf("\n", start) + 1, start);
    const column = before.length + 1;
    if (to >= line) return { opener, from, to, column, inComment: /(^|\s)#/.test(before) };
  }
  return undefined;
}

/** Where each tag begins and ends; the end is undefined for the last one when it has none. */
export function* tagsOf(text: string): Generator<{ opener: Tag["opener"]; start: number; end?: number }> {
  const openers = /\{[{%#]/g;
  for (let found = openers.exec(text); found; found = openers.exec(text)) {
    const opener = found[0] as Tag["opener"];
    const end = endOf(text, found.index, opener);
    if (end === undefined) return yield { opener, start: found.index };
    yield { opener, start: found.index, end };
    openers.lastIndex = afterRaw(text, found.index, end);
  }
}

/** Where a tag ends; texts in quotes may hold its closing braces, but not in a comment. */
function endOf(text: string, start: number, opener: Tag["opener"]): number | undefined {
  if (opener === "{#") {
    const end = text.indexOf("#}", start + 2);
    return end < 0 ? undefined : end + 2;
  }
  const closer = opener === "{{" ? "}}" : "%}";
  // A text without its second quote goes on to the end of the file.
  const parts = /"(?:[^"\\]|\\.)*(?:"|$)|'(?:[^'\\]|\\.)*(?:'|$)|[%}]\}|\{\{|[{}]/gs;
  parts.lastIndex = start + 2;
  let braces = 0;
  for (let part = parts.exec(text); part; part = parts.exec(text)) {
    if (part[0] === "{") braces++;
    else if (braces > 0 && part[0].startsWith("}")) {
      // `}}` may be the ends of two maps in each other.
      braces--;
      parts.lastIndex = part.index + 1;
    } else if (part[0] === closer) return parts.lastIndex;
  }
  return undefined;
}

/** Behind a tag; behind `{% raw %}` where that ends, since nothing in between is read. */
function afterRaw(text: string, start: number, end: number): number {
  if (!/^\{%[-+]?\s*raw\s*[-+]?%\}$/.test(text.slice(start, end))) return end;
  const rest = /\{%[-+]?\s*endraw\s*[-+]?%\}/g;
  rest.lastIndex = end;
  return rest.exec(text) ? rest.lastIndex : text.length;
}
