import { Database } from "bun:sqlite";
const {
  TITLE = "Guestbook",
  COLOURS = "black",
  ADMIN_TOKEN = "",
  VERSION = "1.0.0",
  LOG_LEVEL,
} = process.env;
const db = new Database(process.env.BOOK ?? "/book/book.sqlite");
db.run("create table if not exists entries (id integer primary key, name text, text text, colour text)");
const [command, ...args] = process.argv.slice(2);
if (command === "add") {
  if (!db.query("select 1 from entries where name = ?").get(args[0]!))
    db.run("insert into entries (name, text, colour) values (?, 'Welcome!', 'black')", [args[0]!]);
  process.exit();
}
if (command === "count") {
  console.log((db.query("select count(*) as n from entries").get() as { n: number }).n);
  process.exit();
}
process.on("SIGTERM", () => process.exit());
Bun.serve({
  port: 8080,
  async fetch(request) {
    if (LOG_LEVEL === "debug") console.log(request.method, request.url);
    if (request.method === "POST") {
      const { name, text, colour = "black" } = (await request.json()) as Record<string, string>;
      if (!COLOURS.split(",").includes(colour)) return new Response("no such colour\n", { status: 400 });
      db.run("insert into entries (name, text, colour) values (?, ?, ?)", [name!, text!, colour]);
      return new Response("thank you\n", { status: 201 });
    }
    if (request.method === "DELETE") {
      if (request.headers.get("authorization") !== `Bearer ${ADMIN_TOKEN}`)
        return new Response("no\n", { status: 403 });
      db.run("delete from entries");
      return new Response(null, { status: 204 });
    }
    return Response.json({
      title: TITLE,
      version: VERSION,
      entries: db.query("select name, text, colour from entries").all(),
    });
  },
});
