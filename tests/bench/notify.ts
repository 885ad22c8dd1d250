import postgres from "postgres";

export interface NotifyProbe {
  /** Inserts a row and notifies, in one statement; answers how long until another connection has heard, milliseconds. */
  once(): Promise<number>;
  end(): Promise<void>;
}

/** The least that any queue on this Postgres needs: one row is written durably, and somebody else hears of it. */
export async function createNotifyProbe(databaseUrl: string): Promise<NotifyProbe> {
  const options = { max: 1, onnotice: () => {} };
  const [writer, listener] = [postgres(databaseUrl, options), postgres(databaseUrl, options)];
  let heard = (_: string) => {};
  await writer`create table bench_intent (id bigint generated always as identity, what text not null)`;
  await listener.listen("bench_intent", (id) => heard(id));
  return {
    async once() {
      const notified = new Promise<void>((resolve) => (heard = () => resolve()));
      const from = performance.now();
      await writer`
        with new as (insert into bench_intent (what) values ('deploy') returning id)
        select pg_notify('bench_intent', id::text) from new`;
      await notified;
      return performance.now() - from;
    },
    async end() {
      await writer`drop table bench_intent`;
      await Promise.all([writer.end({ timeout: 1 }), listener.end({ timeout: 1 })]);
    },
  };
}
