/** The notes application: a list of notes in Postgres, as a page at / and as JSON at /notes. */
import { SQL } from "bun";

const { PORT = "8080", APP_VERSION = "1.0.0", TITLE = "Notes" } = process.env;
const { DATABASE_HOST = "localhost", DATABASE_PORT = "5432" } = process.env;
const { DATABASE_NAME = "notes", DATABASE_USER = "notes", DATABASE_PASSWORD = "" } = process.env;
const maxLength = 2_000;

const sql = new SQL({
  adapter: "postgres",
  hostname: DATABASE_HOST,
  port: Number(DATABASE_PORT),
  database: DATABASE_NAME,
  username: DATABASE_USER,
  password: DATABASE_PASSWORD,
  max: 5,
  connectionTimeout: 5,
});

interface Note {
  id: number;
  text: string;
  created_at: Date;
}

let prepared = false;
let stopping = false;

const server = Bun.serve({
  port: Number(PORT),
  hostname: "0.0.0.0",
  maxRequestBodySize: 64 * 1024,
  routes: {
    "/livez": () => new Response("ok\n"),
    "/healthz": health,
    "/": async () => html(page(await listNotes())),
    "/notes": {
      GET: async () => Response.json(await listNotes()),
      POST: addNote,
    },
    "/notes/:id": {
      DELETE: async (request) => {
        await removeNote(request.params.id);
        return new Response(null, { status: 204 });
      },
    },
    "/notes/:id/delete": {
      POST: async (request) => {
        await removeNote(request.params.id);
        return backToPage();
      },
    },
  },
  fetch: () => new Response("There is a page at /, and JSON at /notes.\n", { status: 404 }),
  error(thrown) {
    console.error(`failed: ${thrown.message}`);
    return new Response("The database does not answer. Try again in a moment.\n", { status: 503 });
  },
});
console.log(`notes ${APP_VERSION} listens on port ${server.port}`);
await prepare();

process.on("SIGTERM", async () => {
  stopping = true;
  console.log("stopping");
  await Bun.sleep(2_000);
  await server.stop();
  await sql.close();
  process.exit(0);
});

/** Makes the table as soon as the database answers. Several web servers may try at once. */
async function prepare(): Promise<void> {
  while (!prepared) {
    try {
      await sql.begin(async (transaction) => {
        await transaction`select pg_advisory_xact_lock(20261122)`;
        await transaction`create table if not exists notes (
          id integer generated always as identity primary key,
          text text not null,
          created_at timestamptz not null default now()
        )`;
      });
      prepared = true;
      console.log("the database is ready");
    } catch (thrown) {
      console.log(`waiting for the database at ${DATABASE_HOST}: ${(thrown as Error).message}`);
      await Bun.sleep(500);
    }
  }
}

async function health(): Promise<Response> {
  if (stopping || !prepared) {
    return new Response(stopping ? "stopping\n" : "waiting for the database\n", { status: 503 });
  }
  await sql`select 1`;
  return new Response("ok\n");
}

async function listNotes(): Promise<Note[]> {
  return await sql`select id, text, created_at from notes order by id desc limit 500`;
}

async function addNote(request: Request): Promise<Response> {
  const isForm = (request.headers.get("content-type") ?? "").includes("form");
  const given = isForm
    ? Object.fromEntries(await request.formData())
    : await request.json().catch(() => null);
  const text = (given as { text?: unknown } | null)?.text;
  const fault =
    typeof text !== "string" || text.trim() === ""
      ? 'A note needs a text: send JSON such as {"text": "Milk"}.'
      : text.length > maxLength || text.includes("\0")
        ? `A note has ${maxLength} characters at most.`
        : undefined;
  if (fault !== undefined) return Response.json({ error: fault }, { status: 400 });
  const [note] = await sql`insert into notes (text) values (${text}) returning id, text, created_at`;
  return isForm ? backToPage() : Response.json(note, { status: 201 });
}

async function removeNote(id: string): Promise<void> {
  if (/^\d{1,9}$/.test(id)) await sql`delete from notes where id = ${Number(id)}`;
}

const backToPage = () => new Response(null, { status: 303, headers: { location: "/" } });

function html(body: string): Response {
  return new Response(body, {
    headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" },
  });
}

function page(notes: Note[]): string {
  const items = notes.map(
    ({
      id,
      text,
      created_at,
    }) => `<li><div><p>${escaped(text)}</p><time>${new Date(created_at).toISOString().slice(0, 16).replace("T", " ")}</time></div>
<form method="post" action="/notes/${id}/delete"><button class="quiet" aria-label="Delete this note">×</button></form></li>`,
  );
  const list =
    items.length > 0
      ? `<ul>${items.join("\n")}</ul>`
      : '<p class="empty">No notes yet. Write the first one.</p>';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(TITLE)}</title>
<style>
  * { box-sizing: border-box; margin: 0 }
  body { background: #f5f5f4; color: #1c1917; font: 1rem/1.5 system-ui, sans-serif; padding: 3rem 1rem }
  main { max-width: 38rem; margin: auto }
  h1 { font-size: 2.25rem; letter-spacing: -.02em; margin-bottom: 1.5rem; overflow-wrap: anywhere }
  form.new { display: flex; gap: .5rem; margin-bottom: 1.5rem }
  input { flex: 1; min-width: 0; padding: .7rem .9rem; border: 1px solid #d6d3d1; border-radius: .6rem; font: inherit; background: #fff }
  button { padding: .7rem 1.2rem; border: 0; border-radius: .6rem; background: #1d4ed8; color: #fff; font: inherit; cursor: pointer }
  button.quiet { background: none; color: #78716c; padding: 0 .5rem; font-size: 1.4rem; line-height: 1 }
  button.quiet:hover { color: #b91c1c }
  ul { list-style: none; padding: 0; display: grid; gap: .6rem }
  li { display: flex; justify-content: space-between; gap: 1rem; padding: .9rem 1rem; background: #fff; border-radius: .8rem;
    box-shadow: 0 1px 3px rgb(0 0 0 / .08) }
  li p { white-space: pre-wrap; overflow-wrap: anywhere }
  time, footer, .empty { color: #78716c; font-size: .85rem }
  footer { margin-top: 2rem; text-align: center }
</style>
</head>
<body><main>
<h1>${escaped(TITLE)}</h1>
<form class="new" method="post" action="/notes"><input name="text" maxlength="${maxLength}" required autofocus placeholder="Write a note" aria-label="A new note"><button>Add</button></form>
${list}
<footer>notes ${escaped(APP_VERSION)}</footer>
</main></body>
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
