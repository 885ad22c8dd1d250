import { isId, type Queries } from "./sql.ts";

export interface WebhookSource {
  id: string;
  url: string;
  /** Sealed. */
  webhookSecret: Uint8Array;
}

/** Sources with a secret: the one with this id, or those of repositories with these keys, the oldest first. */
export async function webhookSources(
  sql: Queries,
  { id, keys, most }: { id?: string | undefined; keys: readonly string[]; most: number },
): Promise<WebhookSource[]> {
  if (id !== undefined && !isId(id)) return [];
  return sql<WebhookSource[]>`
    select s.id, s.url, s.webhook_secret from driver_sources s join followed_repositories r on r.url = s.url
    where s.webhook_secret is not null
      and ${id === undefined ? sql`r.key = any(${keys as string[]})` : sql`s.id = ${id}`}
    order by s.id limit ${most}`;
}

/** Remembers a delivery by all its keys. False when one of them is known already. */
export async function rememberDelivery(sql: Queries, keys: readonly Buffer[]): Promise<boolean> {
  const rows = keys.map((key) => ({ key }));
  const stored =
    await sql`insert into webhook_deliveries ${sql(rows)} on conflict (key) do nothing returning key`;
  return stored.length === keys.length;
}

/** Forgets deliveries after a week: one that comes again then makes a repository be asked once more, no worse. */
export async function sweepDeliveries(sql: Queries): Promise<void> {
  await sql`delete from webhook_deliveries where at < now() - interval '7 days'`;
}
