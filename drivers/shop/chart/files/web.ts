/** The shop's web server: a page at /, and JSON at /orders. */
import { appVersion, neededTables, sql, tablesNow } from "./database.ts";

const { PORT = "8080", TITLE = "The shop", PRODUCTS = '["Tea"]' } = process.env;
const products: string[] = JSON.parse(PRODUCTS);
const counts = neededTables >= 2;
let stopping = false;

const server = Bun.serve({
  port: Number(PORT),
  hostname: "0.0.0.0",
  maxRequestBodySize: 64 * 1024,
  routes: {
    "/livez": () => new Response("ok\n"),
    "/healthz": async () => {
      if (stopping) return new Response("stopping\n", { status: 503 });
      await sql`select 1`;
      return new Response("ok\n");
    },
    "/": async () => html(await page()),
    "/orders": { GET: async () => Response.json(await listOrders()), POST: addOrder },
  },
  fetch: () => new Response("There is a page at /, and JSON at /orders.\n", { status: 404 }),
  error(thrown) {
    console.error(`failed: ${thrown.message}`);
    return new Response("The database does not answer. Try again in a moment.\n", { status: 503 });
  },
});
console.log(`shop ${appVersion} listens on port ${server.port}`);

process.on("SIGTERM", async () => {
  stopping = true;
  await Bun.sleep(2_000);
  await server.stop();
  await sql.close();
  process.exit(0);
});

interface Order {
  id: number;
  product: string;
  state: string;
  /** From version 2 of the shop on. */
  pieces?: number;
}

/** The orders, the newest first; none before the tables are there. */
async function listOrders(): Promise<Order[]> {
  const tables = await tablesNow();
  if (tables === 0) return [];
  if (counts && tables >= 2)
    return await sql`select id, product, state, pieces from orders order by id desc limit 200`;
  return await sql`select id, product, state from orders order by id desc limit 200`;
}

async function addOrder(request: Request): Promise<Response> {
  const isForm = (request.headers.get("content-type") ?? "").includes("form");
  const given = (
    isForm ? Object.fromEntries(await request.formData()) : await request.json().catch(() => null)
  ) as { product?: unknown; pieces?: unknown } | null;
  const product = given?.product;
  const pieces = Number(given?.pieces ?? 1);
  if (typeof product !== "string" || !products.includes(product))
    return Response.json({ error: `There is ${products.join(", ")}.` }, { status: 400 });
  if (!Number.isInteger(pieces) || pieces < 1 || pieces > (counts ? 99 : 1))
    return Response.json({ error: counts ? "1 to 99 pieces." : "One piece at a time." }, { status: 400 });
  if ((await tablesNow()) < neededTables)
    return new Response("The shop opens in a moment.\n", { status: 503 });
  const [order] = counts
    ? await sql`insert into orders (product, pieces) values (${product}, ${pieces}) returning id, product, state, pieces`
    : await sql`insert into orders (product) values (${product}) returning id, product, state`;
  if (isForm) return new Response(null, { status: 303, headers: { location: "/" } });
  return Response.json(order, { status: 201 });
}

async function page(): Promise<string> {
  const orders = (await listOrders()).map(
    ({ id, product, state, pieces }) =>
      `<li><span>${id}. ${pieces === undefined ? "" : `${pieces} × `}${Bun.escapeHTML(product)}</span><em>${state}</em></li>`,
  );
  const options = products.map((product) => `<option>${Bun.escapeHTML(product)}</option>`).join("");
  const number = counts
    ? '<input name="pieces" type="number" min="1" max="99" value="1" aria-label="Pieces">'
    : "";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${Bun.escapeHTML(TITLE)}</title>
<style>
  * { box-sizing: border-box; margin: 0 }
  body { background: #f5f5f4; color: #1c1917; font: 1rem/1.5 system-ui, sans-serif; padding: 3rem 1rem }
  main { max-width: 38rem; margin: auto }
  h1 { font-size: 2.25rem; letter-spacing: -.02em; margin-bottom: 1.5rem; overflow-wrap: anywhere }
  form { display: flex; gap: .5rem; margin-bottom: 1.5rem }
  select, input { flex: 1; min-width: 0; padding: .7rem .9rem; border: 1px solid #d6d3d1; border-radius: .6rem; font: inherit; background: #fff }
  button { padding: .7rem 1.2rem; border: 0; border-radius: .6rem; background: #15803d; color: #fff; font: inherit; cursor: pointer }
  ul { list-style: none; padding: 0; display: grid; gap: .6rem }
  li { display: flex; justify-content: space-between; padding: .9rem 1rem; background: #fff; border-radius: .8rem; box-shadow: 0 1px 3px rgb(0 0 0 / .08) }
  em, footer { color: #78716c; font-size: .85rem }
  footer { margin-top: 2rem; text-align: center }
</style>
</head>
<body><main>
<h1>${Bun.escapeHTML(TITLE)}</h1>
<form method="post" action="/orders"><select name="product" aria-label="Product">${options}</select>${number}<button>Order</button></form>
<ul>${orders.join("\n")}</ul>
<footer>shop ${Bun.escapeHTML(appVersion)}</footer>
</main></body>
</html>
`;
}

const html = (body: string) =>
  new Response(body, {
    headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" },
  });
