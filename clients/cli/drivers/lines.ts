import { isNode, LineCounter, parseDocument } from "yaml";
import { driverFileName, type DriverFiles, textOf } from "../../../drivers/kit/index.ts";

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

/** The place in a driver's specification of what has this path. */
export const inDriverFile = (files: DriverFiles, ...path: (string | number)[]) => ({
  file: driverFileName,
  ...lineOf(textOf(files[driverFileName]!) ?? "", path),
});
