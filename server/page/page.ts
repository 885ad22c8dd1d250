/** The files of the live page, by the path they are served at. */
export function readPage(): Record<string, { type: string; read: () => Promise<string> }> {
  const file = (name: string, type: string) => ({
    type: `${type}; charset=utf-8`,
    read: () => Bun.file(new URL(name, import.meta.url)).text(),
  });
  return {
    "/": file("index.html", "text/html"),
    "/page.js": file("page.js", "text/javascript"),
    "/page.css": file("page.css", "text/css"),
  };
}
