import { ClientError, toClientError } from "./errors.ts";
import type { TypedDocumentString } from "./generated.ts";

export interface Connection {
  /** The server's address, such as http://127.0.0.1:8000. */
  url: string;
  /** A bearer token, read for each request; people on the server's own machine need none. */
  readonly token?: string;
  /** Sent as User-Agent. */
  userAgent?: string;
}

export interface RequestOptions {
  signal?: AbortSignal;
  /** How long the answer may take, milliseconds. Default 30,000. */
  timeoutMs?: number;
  /** Sends bodies over this size (bytes) gzipped. Default 64 KiB. */
  gzipOver?: number;
}

/** Sends one operation. Throws `ClientError`; an abort by the caller's signal is thrown as it is. */
export async function request<Result, Variables>(
  connection: Connection,
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
  options: RequestOptions = {},
): Promise<Result> {
  const { signal, timeoutMs = 30_000, gzipOver = 65_536 } = options;
  const text = JSON.stringify({ query: document.toString(), variables });
  const headers = new Headers({ "content-type": "application/json", accept: "application/json" });
  if (connection.token) headers.set("authorization", `Bearer ${connection.token}`);
  if (connection.userAgent) headers.set("user-agent", connection.userAgent);
  const large = text.length > gzipOver;
  if (large) headers.set("content-encoding", "gzip");

  const limit = AbortSignal.timeout(timeoutMs);
  let answer: { data?: Result; errors?: unknown[] };
  try {
    const response = await fetch(new URL("/graphql", connection.url), {
      method: "POST",
      headers,
      body: large ? await gzip(text) : text,
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    answer = await readAnswer(response, connection.url);
  } catch (thrown) {
    if (signal?.aborted || thrown instanceof ClientError) throw thrown;
    const why = limit.aborted ? `did not answer within ${timeoutMs / 1000} s` : "cannot be reached";
    throw new ClientError("UNAVAILABLE", `The server at ${connection.url} ${why}. Is it running?`, {
      cause: thrown,
    });
  }
  if (answer.errors?.length) throw toClientError(answer.errors[0]);
  return answer.data as Result;
}

async function readAnswer<Result>(
  response: Response,
  url: string,
): Promise<{ data?: Result; errors?: unknown[] }> {
  const text = await response.text();
  const foreign = (what: string, cause?: unknown) => {
    const message = `What answers at ${url} is no Styrmin server: status ${response.status} and ${what}.`;
    return new ClientError("UNAVAILABLE", message, { cause });
  };
  let answer: { data?: Result; errors?: unknown[] } | null;
  try {
    answer = JSON.parse(text);
  } catch (thrown) {
    throw foreign("no JSON", thrown);
  }
  // A gateway before the server has words of its own for a server that is away.
  if (!answer?.data && !answer?.errors?.length)
    throw foreign("neither data nor errors", new Error("not GraphQL"));
  return answer;
}

async function gzip(text: string): Promise<ArrayBuffer> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}
