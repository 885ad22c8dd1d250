/** A tag of a template, from `{{`, `{%` or `{#` to its end. */
export interface Tag {
  opener: "{{" | "{%" | "{#";
  /** Lines from 1; `to` is Infinity for a tag without an end. */
  from: number;
  to: number;
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
  const openers = /\{[{%#]/g;
  for (let found = openers.exec(text); found; found = openers.exec(text)) {
    const opener = found[0] as Tag["opener"];
    const from = lineOf(found.index);
    if (from > line) return undefined;
    const end = endOf(text, found.index, opener);
    const to = end === undefined ? Infinity : lineOf(end);
    const start = text.lastIndexOf("\n", found.index) + 1;
    if (to >= line) return { opener, from, to, inComment: /(^|\s)#/.test(text.slice(start, found.index)) };
    openers.lastIndex = afterRaw(text, found.index, end!);
  }
  return undefined;
}

/** Where a tag ends; texts in quotes may hold its closing braces, but not in a comment. */
function endOf(text: string, start: number, opener: Tag["opener"]): number | undefined {
  if (opener === "{#") {
    const end = text.indexOf("#}", start + 2);
    return end < 0 ? undefined : end + 2;
  }
  const closer = opener === "{{" ? "}}" : "%}";
  // A text without its second quote goes on to the end of the file.
  const parts = /"(?:[^"\\]|\\.)*(?:"|$)|'(?:[^'\\]|\\.)*(?:'|$)|[%}]\}/gs;
  parts.lastIndex = start + 2;
  for (let part = parts.exec(text); part; part = parts.exec(text))
    if (part[0] === closer) return parts.lastIndex;
  return undefined;
}

/** Behind a tag; behind `{% raw %}` where that ends, since nothing in between is read. */
function afterRaw(text: string, start: number, end: number): number {
  if (!/^\{%[-+]?\s*raw\s*[-+]?%\}$/.test(text.slice(start, end))) return end;
  const rest = /\{%[-+]?\s*endraw\s*[-+]?%\}/g;
  rest.lastIndex = end;
  return rest.exec(text) ? rest.lastIndex : text.length;
}
