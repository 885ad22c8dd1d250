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
  // A body whose length was declared cannot be longer, and is read several times faster in one piece: the
  // very look at `request.body` would make a stream of it.
  if (encoding === "identity" && declared > 0) return decoded(await request.arrayBuffer(), "is not UTF-8");
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
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    throw new AppError("INVALID", "The body is not whole, or not gzip.", { cause: thrown });
  }
  return decoded(Buffer.concat(chunks), encoding === "gzip" ? "is not gzip of UTF-8" : "is not UTF-8");
}

/**
 * Reads a request's body as it came, byte for byte. Throws LIMIT as soon as it has more than `maxBytes`, and INVALID when
 * it is encoded: what is signed is what was sent.
 */
export async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const encoding = request.headers.get("content-encoding")?.toLowerCase() ?? "identity";
  if (encoding !== "identity") throw new AppError("INVALID", "The body must come without Content-Encoding.");
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (request.body ?? []) as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function decoded(bytes: ArrayBuffer | Uint8Array, otherwise: string): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new AppError("INVALID", `The body ${otherwise}.`, { cause });
  }
}

function tooLarge(maxBytes: number): AppError {
  const megabytes = Math.round((maxBytes / 1024 / 1024) * 10) / 10;
  return new AppError("LIMIT", `The body is larger than ${megabytes} MiB. Send less at once.`);
}
