import { AppError, messageOf } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import { sleep } from "../lib/loop.ts";
import { type Credentials, isLoopback, type KubeAccess } from "./config.ts";
import { errorOfAnswer, KubeError, ownReasons } from "./errors.ts";

export interface Call {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With its query. */
  path: string;
  /** Sent as JSON. */
  body?: unknown;
  contentType?: string;
  /** The types of answers that are understood. Default any. */
  accept?: string;
  /** Whether it may be sent again when nobody knows if it was applied. Default: GETs only. */
  repeatable?: boolean;
  signal?: AbortSignal;
}

/** Our own HTTP library for the Kubernetes API, over Bun's fetch: client-node's does not work on Bun. */
export interface KubeHttp {
  /** The JSON of the answer. Throws KubeError, or the signal's reason. */
  json(call: Call): Promise<unknown>;
  /**
   * The body of the answer as it comes. The time limit ends with the headers; `patient` has none, for a server
   * that sends its headers with the first byte of what may long be silent.
   */
  stream(path: string, signal: AbortSignal, patient?: boolean): Promise<ReadableStream<Uint8Array>>;
}

/** How often a call that was throttled, or may be repeated, is sent again. */
const maxRepeats = 4;
const longestWaitMs = 10_000;

/** `limitMs` bounds one call with all its repeats. */
export function createKubeHttp({
  access,
  log,
  limitMs,
}: {
  access: KubeAccess;
  log: Log;
  limitMs: number;
}): KubeHttp {
  const proxy = access.proxy ?? (isLoopback(new URL(access.server).hostname) ? false : undefined);

  const send = async (call: Call, signal: AbortSignal, anew = false): Promise<Response> => {
    let credentials: Credentials | Promise<Credentials> = access.credentials(anew);
    if (credentials instanceof Promise) credentials = await abortable(credentials, signal);
    const { tls, headers } = credentials;
    const init = {
      method: call.method,
      headers: {
        ...headers,
        ...(call.accept ? { accept: call.accept } : {}),
        ...(call.body === undefined ? {} : { "content-type": call.contentType ?? "application/json" }),
      },
      body: call.body === undefined ? undefined : JSON.stringify(call.body),
      redirect: "manual",
      signal,
      tls,
      // Bun ends a stream that is silent for 5 minutes, unless told not to; and it would send what goes to
      // this very machine through an HTTP_PROXY of the environment.
      timeout: false,
      proxy,
    };
    const response = await fetch(access.server + call.path, init as RequestInit);
    if (response.status === 401 && !anew) {
      await response.body?.cancel();
      return send(call, signal, true);
    }
    return response;
  };

  /** One call with its repeats; `read` takes what is wanted from a success. */
  const perform = async <T>(
    call: Call,
    signal: AbortSignal,
    read: (response: Response) => Promise<T>,
  ): Promise<T> => {
    const until = performance.now() + limitMs;
    for (let sent = 1; ; sent++) {
      let failure: KubeError;
      try {
        const response = await send(call, signal);
        if (response.ok) return await read(response);
        const what = `${call.method} ${call.path.split("?")[0]}`;
        failure = errorOfAnswer(
          what,
          response.status,
          await response.text(),
          response.headers.get("retry-after"),
        );
      } catch (thrown) {
        if (signal.aborted) throw signal.reason;
        failure = errorOfFetch(call, access.server, thrown);
      }
      const waitMs = pauseBeforeRepeat(call, failure, sent);
      if (waitMs === undefined || performance.now() + waitMs > until) throw failure;
      log.warn("a call to the cluster is sent again", { why: failure.message, waitMs: Math.round(waitMs) });
      await sleep(waitMs, signal);
    }
  };

  /** Runs `work` under a signal that follows the caller's and, until `work` has ended, the time limit. */
  const bounded = async <T>(call: Call, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    call.signal?.throwIfAborted();
    const own = new AbortController();
    const stop = () => own.abort(call.signal!.reason);
    call.signal?.addEventListener("abort", stop, { once: true });
    const timer = setTimeout(() => {
      const text = `${call.method} ${call.path.split("?")[0]} had no answer within ${limitMs} ms`;
      own.abort(new KubeError(0, ownReasons.timeout, text));
    }, limitMs);
    try {
      return await work(own.signal);
    } finally {
      clearTimeout(timer);
      call.signal?.removeEventListener("abort", stop);
    }
  };

  return {
    json: (call) => bounded(call, (signal) => perform(call, signal, readJson)),
    async stream(path, signal, patient = false) {
      // Whoever reads a stream must begin anew when it breaks, and so sees to it himself.
      const call: Call = { method: "GET", path, signal, repeatable: false };
      signal.throwIfAborted();
      // The body lives on after the limit: it follows a controller of its own.
      const body = new AbortController();
      const stop = () => body.abort(signal.reason);
      signal.addEventListener("abort", stop, { once: true });
      const open = () => perform(call, body.signal, async (response) => response.body ?? emptyStream());
      try {
        if (patient) return await open();
        return await bounded(call, async (limit) => {
          const cut = () => body.abort(limit.reason);
          limit.addEventListener("abort", cut, { once: true });
          try {
            return await open();
          } finally {
            limit.removeEventListener("abort", cut);
          }
        });
      } catch (thrown) {
        signal.removeEventListener("abort", stop);
        throw thrown;
      }
    },
  };
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch (thrown) {
    const start = text.slice(0, 100);
    throw new KubeError(0, ownReasons.badAnswer, `the answer is not JSON: ${start}`, { cause: thrown });
  }
}

/**
 * How long to wait before a call is sent again, in milliseconds; undefined when it is not. A throttled call
 * was not carried out, so any may come again; after a failure whose outcome nobody knows only what changes
 * nothing the second time.
 */
export function pauseBeforeRepeat(
  call: Pick<Call, "method" | "repeatable">,
  failure: KubeError,
  sent: number,
  random: () => number = Math.random,
): number | undefined {
  // An answer cut short is worth a second look; a login page stays one.
  if (sent > (failure.reason === ownReasons.badAnswer ? 1 : maxRepeats)) return undefined;
  const unsure = failure.status === 0 || [502, 503, 504].includes(failure.status);
  const again = failure.status === 429 || (unsure && (call.repeatable ?? call.method === "GET"));
  if (!again || failure.reason === ownReasons.untrusted) return undefined;
  const jitter = 1 + 0.3 * random();
  if (failure.retryAfter !== undefined) {
    return failure.retryAfter > longestWaitMs ? undefined : Math.max(failure.retryAfter, 20) * jitter;
  }
  return 50 * 2 ** sent * jitter;
}

function errorOfFetch(call: Call, server: string, thrown: unknown): KubeError {
  if (thrown instanceof KubeError) return thrown;
  if (thrown instanceof AppError) {
    return new KubeError(0, ownReasons.unreachable, thrown.message, { cause: thrown });
  }
  const code = String((thrown as { code?: unknown })?.code ?? "");
  const untrusted = /CERT|SIGNATURE|ALTNAME|SELF_SIGNED|TLS|SSL/i.test(`${code} ${messageOf(thrown)}`);
  const what = `${call.method} ${call.path.split("?")[0]}: `;
  if (untrusted) {
    const text = `${what}the certificate of ${server} is not trusted or ours not accepted: ${messageOf(thrown)}`;
    return new KubeError(0, ownReasons.untrusted, text, { cause: thrown });
  }
  // What Bun advises its own callers is no help to ours.
  const said = messageOf(thrown).replace(/ For more information, pass .*$/, "");
  return new KubeError(0, ownReasons.unreachable, `${what}no answer from ${server}: ${said}`, {
    cause: thrown,
  });
}

function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

function emptyStream(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.close() });
}

/** The query of a URL with its question mark; empty without values. */
export function query(values: Record<string, string | undefined>): string {
  let text = "";
  for (const name in values) {
    const value = values[name];
    if (value !== undefined) text += `${text ? "&" : "?"}${name}=${encodeURIComponent(value)}`;
  }
  return text;
}
