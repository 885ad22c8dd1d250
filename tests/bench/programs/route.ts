// What the GraphQL reads are measured against: bare routes, one joined statement each, the answer's shape made in Postgres.
import { Hono } from "hono";
import postgres from "postgres";
import { serve } from "../child.ts";

const sql = postgres(process.env.DATABASE_URL!, { max: 10, onnotice: () => {} });
const app = new Hono();

app.post("/pods", async (c) => {
  const podStatuses = await sql`
    select p.uid as id, p.name, p.namespace, p.phase, p.component, json_build_object('id', d.id, 'name', d.name,
      'environment', json_build_object('id', e.id, 'name', e.name)) as deployment
    from (select * from pod_statuses order by namespace, name, uid limit 50) p
      join deployments d on d.id = p.deployment_id join environments e on e.id = d.environment_id
    order by p.namespace, p.name, p.uid`;
  return c.json({ data: { podStatuses } });
});

app.post("/clusters", async (c) => {
  return c.json({ data: { clusters: await sql`select id, name, config from clusters order by name` } });
});

const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: app.fetch, idleTimeout: 60 });
serve({ where: () => server.url.origin });
