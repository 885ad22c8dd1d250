import { type KubeHttp, query } from "./http.ts";
import type { LogOptions } from "./types.ts";

/** The log of a container as it comes. A followed one ends with its container or the signal. */
export async function* readLogs(
  http: KubeHttp,
  pod: { namespace: string; name: string },
  options: LogOptions,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const path = `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods/${encodeURIComponent(pod.name)}/log`;
  const asked = query({
    container: options.container,
    follow: options.follow ? "true" : undefined,
    tailLines: options.tailLines?.toString(),
    sinceSeconds: options.sinceSeconds?.toString(),
    previous: options.previous ? "true" : undefined,
    timestamps: options.timestamps ? "true" : undefined,
  });
  // Leaving the loop early must close the connection too.
  const left = new AbortController();
  const stop = () => left.abort(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    signal.throwIfAborted();
    const reader = (await http.stream(path + asked, left.signal, options.follow)).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    left.abort(new DOMException("the log is no longer read", "AbortError"));
  }
}
