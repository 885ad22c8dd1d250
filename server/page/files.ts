import css from "./page.css" with { type: "text" };
import html from "./index.html" with { type: "text" };
import js from "./page.js" with { type: "text" };

/** The files of the live page, by the path they are served at. */
export function readPage(): Record<string, { type: string; text: string }> {
  return {
    // What Bun's types say of HTML holds for its bundler, not for text.
    "/": { type: "text/html; charset=utf-8", text: html as unknown as string },
    "/page.js": { type: "text/javascript; charset=utf-8", text: js },
    "/page.css": { type: "text/css; charset=utf-8", text: css },
  };
}
