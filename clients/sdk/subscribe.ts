import { createClient } from "graphql-sse";
import { ClientError, toClientError } from "./errors.ts";
import type { TypedDocumentString } from "./generated.ts";
import type { Connection } from "./request.ts";

export interface SubscribeOptions {
  signal?: AbortSignal;
  /** How often a lost connection is made again before giving up. Default 20, about one minute. */
  retries?: number;
  /** Hears that the connection was lost and is being made again. */
  onReconnect?: () => void;
}

/**
 * Follows a subscription. A lost connection is made again, so that a restart of the server is survived, and so is one of
 * the database behind it: the stream then begins anew with the present state. Ends when the server ends it or the signal
 * is aborted. Throws `ClientError`.
 */
export async function* subscribe<Result, Variables>(
  connection: Connection,
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
  { signal, retries = 20, onReconnect }: SubscribeOptions = {},
): AsyncGenerator<Result> {
  const delay = (attempt: number) => wait(Math.min(3_000, 200 * 2 ** attempt), signal);
  const client = createClient({
    url: new URL("/graphql/stream", connection.url).href,
    headers: connection.token ? { authorization: `Bearer ${connection.token}` } : {},
    retryAttempts: retries,
    retry: delay,
  });
  const asked = { query: document.toString(), variables: variables as Record<string, unknown> };
  let failures = 0;
  /** The events until the server cannot go on for now; answers that failure, or undefined at the end. */
  const events = async function* (): AsyncGenerator<Result, ClientError | undefined> {
    const results = client.iterate<Result>(asked, { connecting: (again) => again && onReconnect?.() });
    try {
      for await (const result of results) {
        const failure = result.errors?.length ? toClientError(result.errors[0]) : undefined;
        if (failure?.mayPass) return failure;
        if (failure) throw failure;
        failures = 0;
        yield result.data as Result;
      }
      return undefined;
    } finally {
      void results.return?.();
    }
  };
  const stop = () => client.dispose();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    while (!signal?.aborted) {
      const failure = yield* events();
      if (!failure) return;
      if (failures >= retries) throw failure;
      await delay(failures++);
      if (!signal?.aborted) onReconnect?.();
    }
  } catch (thrown) {
    if (signal?.aborted) return;
    throw await explain(thrown, connection.url);
  } finally {
    signal?.removeEventListener("abort", stop);
    client.dispose();
  }
}

/** What the transport throws is a network failure, or carries the response of a refusal. */
async function explain(thrown: unknown, url: string): Promise<ClientError> {
  if (thrown instanceof ClientError) return thrown;
  const response = (thrown as { response?: Response }).response;
  if (response && !response.bodyUsed) {
    const body = (await response.json().catch(() => undefined)) as { errors?: unknown[] } | undefined;
    if (body?.errors?.[0]) return toClientError(body.errors[0]);
  }
  return new ClientError("UNAVAILABLE", `The connection to the server at ${url} was lost.`, {
    cause: thrown,
  });
}

function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", end, { once: true });
  });
}
