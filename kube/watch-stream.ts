import type { KubeObject } from "./types.ts";

/** One line of a watch. */
export interface WireEvent {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  /** A `Status` when the type is ERROR. */
  object: KubeObject;
}

/** A line in the midst of a watch that is no event: something was lost, and nobody knows what. */
export class CorruptWatchError extends Error {
  override readonly name = "CorruptWatchError";
}

/** Longer than any object can be (etcd's limit is 1.5 MiB). */
const maxLineLength = 16 * 1024 * 1024;

/**
 * The events of a watch, as many at once as came together. A last line without its end is dropped: the
 * connection broke there, and the event comes again. Throws CorruptWatchError, or what the stream fails with.
 */
export async function* readWatch(stream: ReadableStream<Uint8Array>): AsyncGenerator<WireEvent[]> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const text = rest + decoder.decode(value, { stream: true });
    const events: WireEvent[] = [];
    let from = 0;
    for (let end = text.indexOf("\n", from); end >= 0; end = text.indexOf("\n", from)) {
      if (end > from) events.push(parseLine(text.slice(from, end)));
      from = end + 1;
    }
    rest = text.slice(from);
    if (rest.length > maxLineLength) throw new CorruptWatchError("a line of a watch does not end");
    yield events;
  }
}

function parseLine(line: string): WireEvent {
  let event: WireEvent;
  try {
    event = JSON.parse(line);
  } catch (thrown) {
    throw new CorruptWatchError(`a line of a watch is not JSON: ${line.slice(0, 80)}`, { cause: thrown });
  }
  const known = ["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"].includes(event?.type);
  const named = typeof event?.object?.metadata?.name === "string";
  if (!known || !event.object || (!named && event.type !== "BOOKMARK" && event.type !== "ERROR")) {
    throw new CorruptWatchError(`a line of a watch is no event: ${line.slice(0, 80)}`);
  }
  return event;
}
