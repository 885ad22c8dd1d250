import { ClientError, type Connection } from "../../clients/sdk/index.ts";

const limitMs = 30_000;

/**
 * Fetches drivers' files or charts by digest with the agent's token. Throws `ClientError`; an abort by the signal is
 * thrown as it is.
 */
export function createFetcher(connection: Connection, what: "bundles" | "charts") {
  return async function fetchOne(digest: string, signal: AbortSignal): Promise<Uint8Array> {
    const failed = (code: string, why: string, cause?: unknown) => {
      const noun = what === "charts" ? "chart" : "driver files";
      return new ClientError(code, `The server did not hand out the ${noun} ${digest}: ${why}.`, { cause });
    };
    const limit = AbortSignal.timeout(limitMs);
    try {
      const response = await fetch(new URL(`/agent/${what}/${encodeURIComponent(digest)}`, connection.url), {
        headers: { authorization: `Bearer ${connection.token}` },
        signal: AbortSignal.any([signal, limit]),
      });
      if (response.ok) return new Uint8Array(await response.arrayBuffer());
      throw failed(response.status === 404 ? "NOT_FOUND" : "UNAVAILABLE", `status ${response.status}`);
    } catch (thrown) {
      if (signal.aborted || thrown instanceof ClientError) throw thrown;
      const why = limit.aborted ? `no answer within ${limitMs / 1000} s` : "it cannot be reached";
      throw failed("UNAVAILABLE", why, thrown);
    }
  };
}
