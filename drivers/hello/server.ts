/** The hello application: one page, told by its environment what to say. Version 1.1 shows who answers, and when. */
import { hostname } from "node:os";

const {
  PORT = "8080",
  APP_VERSION = "1.1.0",
  GREETING = "Hello, world!",
  COLOUR = "blue",
  MOTTO = "",
} = process.env;
const colours: Record<string, [string, string]> = {
  blue: ["#1d4ed8", "#60a5fa"],
  green: ["#047857", "#6ee7b7"],
  purple: ["#6d28d9", "#c4b5fd"],
  orange: ["#c2410c", "#fdba74"],
};
const [dark, light] = colours[COLOUR] ?? ["#1d4ed8", "#60a5fa"];
const modern = !APP_VERSION.startsWith("1.0.");
const pod = process.env.HOSTNAME ?? hostname();
let answered = 0;
let stopping = false;

const server = Bun.serve({
  port: Number(PORT),
  hostname: "0.0.0.0",
  fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/livez") return new Response("ok\n");
    if (pathname === "/healthz")
      return new Response(stopping ? "stopping\n" : "ok\n", { status: stopping ? 503 : 200 });
    if (pathname !== "/") return new Response("There is only the page at /.\n", { status: 404 });
    answered++;
    console.log(`${request.method} ${pathname} answered by ${pod}`);
    return new Response(page(), {
      headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" },
    });
  },
});
console.log(`hello ${APP_VERSION} listens on port ${server.port}`);

// Requests still arrive for a moment after a pod was told to stop, until every proxy has heard of it.
process.on("SIGTERM", async () => {
  stopping = true;
  console.log("stopping");
  await Bun.sleep(2_000);
  await server.stop();
  process.exit(0);
});

function page(): string {
  const motto = MOTTO === "" ? "" : `<p class="motto">${escaped(MOTTO)}</p>`;
  const facts = [
    ["version", APP_VERSION],
    ["answered by", pod],
    ["requests here", String(answered)],
    ["time", new Date().toISOString()],
  ];
  const rows = facts.map(([name, value]) => `<dt>${name}</dt><dd>${escaped(value ?? "")}</dd>`).join("");
  const details = modern ? `<dl>${rows}</dl>` : `<p class="plain">version ${escaped(APP_VERSION)}</p>`;
  const background = modern ? `linear-gradient(135deg, ${dark}, ${light})` : dark;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(GREETING)}</title>
<style>
  * { box-sizing: border-box; margin: 0 }
  body { min-height: 100vh; display: grid; place-items: center; padding: 2rem; background: ${background};
    color: #fff; font: 1rem/1.5 system-ui, sans-serif }
  main { max-width: 42rem; width: 100%; text-align: center }
  h1 { font-size: clamp(2rem, 8vw, 4.5rem); line-height: 1.1; overflow-wrap: anywhere; letter-spacing: -.02em }
  .motto { margin-top: 1rem; font-size: 1.25rem; opacity: .9 }
  .plain { margin-top: 2rem; opacity: .75 }
  dl { margin-top: 2.5rem; padding: 1.25rem 1.5rem; display: grid; grid-template-columns: auto 1fr; gap: .4rem 1.5rem;
    text-align: left; background: rgb(0 0 0 / .22); border-radius: 1rem }
  dt { opacity: .7 }
  dd { font-family: ui-monospace, monospace; overflow-wrap: anywhere }
</style>
</head>
<body><main><h1>${escaped(GREETING)}</h1>${motto}${details}</main></body>
</html>
`;
}

function escaped(text: string): string {
  const names: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (character) => names[character] ?? character);
}
