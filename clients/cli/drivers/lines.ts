import { isNode, LineCounter, parseDocument } from "yaml";

/** Where in a YAML text something stands, from 1; the nearest that is there of a path that is not. Empty for nothing. */
export function lineOf(text: string, path: (string | number)[]): { line?: number; column?: number } {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (!isNode(node) || !node.range) continue;
    const { line, col } = counter.linePos(node.range[0]);
    return { line, column: col };
  }
  return {};
}
