// Puts one request on so many connections again and again, each as soon as it is answered. Bare sockets: what the
// load takes of the processor, the servers under it do not get.
import { serve } from "../child.ts";

export interface Load {
  url: string;
  body: string;
  connections: number;
  warmUpMs: number;
  ms: number;
}

export interface LoadResult {
  perSecond: number;
  p50: number;
  p99: number;
}

serve({ run });

async function run({ url, body, connections, warmUpMs, ms }: Load): Promise<LoadResult> {
  const { hostname, port, pathname, host } = new URL(url);
  const length = Buffer.byteLength(body);
  const head = `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\naccept: application/json\r\n`;
  const request = Buffer.from(`${head}content-length: ${length}\r\n\r\n${body}`);
  const latencies: number[] = [];
  const from = performance.now() + warmUpMs;
  const until = from + ms;
  const lanes = Array.from({ length: connections }, () => lane());
  await Promise.all(lanes);
  latencies.sort((one, other) => one - other);
  const at = (part: number) => latencies[Math.floor(latencies.length * part)] ?? Number.NaN;
  return { perSecond: (latencies.length / ms) * 1000, p50: at(0.5), p99: at(0.99) };

  async function lane(): Promise<void> {
    const ended = Promise.withResolvers<void>();
    let sentAt = 0;
    const send = (socket: { write(data: Uint8Array): number }) => {
      sentAt = performance.now();
      socket.write(request);
    };
    const answers = createReader((status) => {
      if (status !== 200) ended.reject(new Error(`${url} answered ${status}`));
      const now = performance.now();
      if (now >= from && now < until) latencies.push(now - sentAt);
    });
    const socket = await Bun.connect({
      hostname,
      port: Number(port),
      socket: {
        data(own, chunk) {
          if (!answers.take(chunk)) return;
          if (performance.now() < until) send(own);
          else ended.resolve();
        },
        close: () => ended.reject(new Error(`${url} closed the connection`)),
        error: (_, thrown) => ended.reject(thrown),
      },
    });
    send(socket);
    await ended.promise.finally(() => socket.end());
  }
}

/** Finds the end of each answer by its length; `take` says whether one has just ended. */
function createReader(onAnswer: (status: number) => void) {
  let missing = 0;
  let head: Buffer = Buffer.alloc(0);
  return {
    take(chunk: Buffer): boolean {
      if (missing > 0) {
        missing -= chunk.byteLength;
        return missing === 0;
      }
      head = head.byteLength === 0 ? chunk : Buffer.concat([head, chunk]);
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) return false;
      const text = head.toString("latin1", 0, end);
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? Number.NaN);
      if (Number.isNaN(length)) throw new Error(`an answer without a length: ${text}`);
      onAnswer(Number(text.slice(9, 12)));
      missing = length - (head.byteLength - end - 4);
      head = Buffer.alloc(0);
      return missing === 0;
    },
  };
}
