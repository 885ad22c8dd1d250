import { eventually } from "../helpers/eventually.ts";

/** What the live page shows, as text: its own script, run on a document that knows just enough. */
export async function shownByPage(serverUrl: string): Promise<string> {
  const script = await (await fetch(`${serverUrl}/page.js`)).text();
  const tables = new Map<string, Node>();
  const found = (name: string) => {
    const table = tables.get(name) ?? node();
    tables.set(name, table);
    return table;
  };
  const document = {
    getElementById: (id: string) => found(`#${id}`),
    querySelector: found,
    createElement: node,
  };
  const source = class {
    addEventListener() {}
  };
  const ask = (path: string, init: RequestInit) => fetch(new URL(path, serverUrl), init);
  new Function("document", "fetch", "EventSource", "setInterval", script)(document, ask, source, () => {});
  await eventually("its last table is drawn", () => tables.has("#clusters tbody"));
  return [...tables.values()].map(textOf).join("\n");
}

interface Node {
  textContent: string;
  children: Node[];
  [more: string]: unknown;
}

function node(): Node {
  const made: Node = {
    textContent: "",
    children: [],
    append: (...more: Node[]) => void made.children.push(...more),
    replaceChildren: (...more: Node[]) => void (made.children = more),
  };
  return made;
}

const textOf = ({ textContent, children }: Node): string =>
  [textContent, ...children.map(textOf)].filter((text) => text !== "").join(" | ");
