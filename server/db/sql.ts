import postgres from "postgres";
import { AppError } from "../../lib/errors.ts";

/** A pool of connections. Column names are camelCase in rows; keys inside JSON are left alone. */
export type Sql = postgres.Sql;
/** A pool, or the one connection of a transaction: what a query function takes. */
export type Queries = postgres.ISql;

export interface ConnectOptions {
  /** Connections at most. */
  max?: number;
  /** A statement that takes longer is ended by Postgres, milliseconds. */
  statementTimeoutMs?: number;
}

/**
 * Opens a pool lazily: nothing is sent before the first query, and a lost connection is made again.
 *
 * The driver is patched (`patches/`): as released, a connection that was lost in the middle of a result gave its next
 * query's rows at the wrong places, kept bytes that were never sent, and wrote a rollback to no socket.
 */
export function connect(url: string, { max = 10, statementTimeoutMs = 15_000 }: ConnectOptions = {}): Sql {
  return postgres(url, {
    max,
    connect_timeout: 5,
    keep_alive: 15,
    // A database that is back is found within a second; the driver's own waits grow to 20 s.
    backoff: (tries: number) => Math.min(0.05 * 2 ** tries, 1),
    onnotice: () => {},
    connection: {
      application_name: "styrmin",
      statement_timeout: statementTimeoutMs,
      lock_timeout: statementTimeoutMs,
      idle_in_transaction_session_timeout: 60_000,
    },
    transform: { column: { from: postgres.toCamel } },
    // Asked for the types of arrays, the driver leaves a promise unheard when the connection ends meanwhile, and that
    // ends the process. Arrays of text and of ids are the only ones that are sent; none is read.
    fetch_types: false,
    types: { arrays: { to: 1009, from: [1009, 2951], serialize: arrayText, parse: (text: string) => text } },
  });
}

/** An array as Postgres reads it. */
function arrayText(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replace(/[\\"]/g, "\\$&")}"`).join(",")}}`;
}

/** Throws when the database does not answer. */
export async function checkAnswers(sql: Queries): Promise<void> {
  await sql`select 1`;
}

const retries = 3;

/**
 * Runs `work` in one transaction. A deadlock or a serialisation failure rolled everything back, so the whole is
 * tried again, three times at most; a lost connection is not, for the commit may have happened.
 */
export async function transaction<T>(sql: Sql, work: (tx: Queries) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return (await sql.begin(work)) as T;
    } catch (thrown) {
      if (tries >= retries || !["40001", "40P01"].includes(sqlState(thrown))) throw thrown;
      await Bun.sleep(10 * tries * Math.random());
    }
  }
}

/** The SQLSTATE or the driver's own code of what was thrown; empty when it did not come from Postgres. */
export function sqlState(thrown: unknown): string {
  const code = (thrown as { code?: unknown } | null)?.code;
  return typeof code === "string" && !(thrown instanceof AppError) ? code : "";
}

/** The name of the constraint that was violated, if one was. */
export function violated(thrown: unknown): string | undefined {
  return sqlState(thrown).startsWith("23")
    ? (thrown as { constraint_name?: string }).constraint_name
    : undefined;
}

/** Turns what Postgres threw into an error of ours where a caller can do something; the rest is left as it is. */
export function translated(thrown: unknown): unknown {
  const state = sqlState(thrown);
  const fail = (code: "UNAVAILABLE" | "INVALID" | "CONFLICT" | "LIMIT", message: string) =>
    new AppError(code, message, { cause: thrown });
  if (state === "22021" || state === "22P05" || state === "22P02") {
    return fail("INVALID", "A text contains NUL or is not well-formed Unicode; take that character out.");
  }
  if (state === "54000" || state === "53400")
    return fail("LIMIT", "The request is too large for the database.");
  if (state === "23503") {
    return fail("CONFLICT", "Something the request refers to was deleted meanwhile; look again and retry.");
  }
  if (state === "23505")
    return fail("CONFLICT", "Somebody else did the same meanwhile; look again and retry.");
  if (["40001", "40P01", "55P03", "57014"].includes(state)) {
    return fail("UNAVAILABLE", "The database is busy with other work; nothing was changed, try again.");
  }
  if (state === "53100")
    return fail("UNAVAILABLE", "The database's disk is full; free space, then try again.");
  if (state === "25006") return fail("UNAVAILABLE", "The database takes no writes now; try again later.");
  // The class 58 is a failure of the machine or the disk below Postgres.
  if (/^(08|53|57P|58|CONNECT|ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_AGAIN)/.test(state)) {
    return fail("UNAVAILABLE", "The database does not answer; try again in a moment.");
  }
  // What took over from another may know its users a moment later, or not at all.
  if (state.startsWith("28"))
    return fail(
      "UNAVAILABLE",
      "The database does not let the server in; try again, and check DATABASE_URL if it stays.",
    );
  return thrown;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text is an id of ours; everything else is looked for as a name. */
export const isId = (text: string): boolean => uuid.test(text);

/** `id = …` or `name = …` for a text that may be either. */
export function byIdOrName(sql: Queries, table: string, text: string) {
  return sql`${sql(table)}.${sql(isId(text) ? "id" : "name")} = ${text}`;
}

/** How many rows a list answers: 100 unless asked, 1,000 at most. Throws INVALID. */
export function pageSize(first: number | null | undefined): number {
  if (first === null || first === undefined) return 100;
  if (first < 1 || first > 1000) {
    throw new AppError("INVALID", `first must be from 1 to 1000, not ${first}.`, { field: "first" });
  }
  return first;
}
