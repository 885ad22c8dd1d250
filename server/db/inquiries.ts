import { isId, type Queries } from "./sql.ts";

export interface InquiryRow {
  id: string;
  kind: string;
  question: Record<string, unknown>;
  expiresAt: Date;
}

export async function insertInquiry(
  sql: Queries,
  inquiry: { id: string; clusterId: string; kind: string; question: object; expiresInMs: number },
): Promise<void> {
  const { id, clusterId, kind, question, expiresInMs } = inquiry;
  await sql`
    insert into inquiries (id, cluster_id, kind, question, expires_at)
    values (${id}, ${clusterId}, ${kind}, ${sql.json(question as never)}, now() + ${expiresInMs} * interval '1 ms')`;
}

/** Hands the oldest open inquiry to the current epoch of a cluster's agent, once. */
export async function claimInquiry(
  sql: Queries,
  { clusterId, epoch }: { clusterId: string; epoch: number },
): Promise<InquiryRow | undefined> {
  const [row] = await sql<InquiryRow[]>`
    update inquiries set claimed_at = now()
    where id = (
      select id from inquiries
      where cluster_id = ${clusterId} and claimed_at is null and expires_at > now()
        and exists (select from agents where cluster_id = ${clusterId} and epoch = ${epoch} and left_at is null)
      order by created_at, id limit 1 for update skip locked)
    returning id, kind, question, expires_at`;
  return row;
}

/** Whether an inquiry is one of this cluster's. */
export async function isInquiryOf(sql: Queries, id: string, clusterId: string): Promise<boolean> {
  if (!isId(id)) return false;
  const rows = await sql`select from inquiries where id = ${id} and cluster_id = ${clusterId}`;
  return rows.length > 0;
}

export async function removeInquiry(sql: Queries, id: string): Promise<void> {
  await sql`delete from inquiries where id = ${id}`;
}

export async function sweepInquiries(sql: Queries): Promise<void> {
  await sql`delete from inquiries where expires_at < now() - interval '1 hour'`;
}
