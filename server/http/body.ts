import { AppError } from "../../lib/errors.ts";

/**
 * Reads a request's body, inflating gzip, and throws LIMIT as soon as it has more than `maxBytes`: counted
 * on what comes out, so that a small bomb stays small. Throws INVALID for an encoding nobody knows or a
 * broken stream.
 */
export async function readBody(request: Request, maxBytes: number): Promise<string> {
  const encoding = request.headers.get("content-encoding")?.toLowerCase() ?? "identity";
  if (encoding !== "identity" && encoding !== "gzip") {
    throw new AppError("INVALID", `Content-Encoding ${encoding} is not understood: send gzip or none.`);
  }
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > maxBytes) throw tooLarge(maxBytes);
  if (!request.body) return "";

  const plain =
    encoding === "gzip" ? request.body.pipeThrough(new DecompressionStream("gzip")) : request.body;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of plain as unknown as AsyncIterable<Uint8Array>) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk);
    }
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    const what = encoding === "gzip" ? "is not gzip of UTF-8" : "is not UTF-8";
    throw new AppError("INVALID", `The body ${what}.`, { cause: thrown });
  }
}

function tooLarge(maxBytes: number): AppError {
  const megabytes = Math.round((maxBytes / 1024 / 1024) * 10) / 10;
  return new AppError("LIMIT", `The body is larger than ${megabytes} MiB. Send less at once.`);
}
