import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What goes wrong with a request that a rule matches. */
export type Fault =
  /** The connection breaks before the target hears of the request. */
  | { kind: "drop-before" }
  /** The target carries the request out, and the connection breaks before the answer. */
  | { kind: "drop-after" }
  | { kind: "delay"; ms: number }
  /** Answered by the proxy, in the API server's form; the target hears nothing. */
  | { kind: "status"; code: number; reason?: string; message?: string; headers?: Record<string, string> }
  /** Answered by the proxy with just this. */
  | { kind: "answer"; code?: number; body: string }
  /** Half of the answer (or so many bytes), then the connection breaks. */
  | { kind: "truncate"; bytes?: number }
  /** The n-th line of the answer that is not empty (1 is the first) is garbled; the rest passes. */
  | { kind: "corrupt-line"; line: number }
  /** Headers and so many bytes (default 0) pass, then nothing more, and the connection stays open. */
  | { kind: "hold-open"; bytes?: number }
  /** The request is taken and never answered. */
  | { kind: "hang" }
  /** The first answer that a URL matching this rule gets is given again to all later ones. */
  | { kind: "freeze" }
  /**
   * Calls a function before the request goes on, or after the target has answered and before the client hears.
   * When it answers `drop` the connection breaks there.
   */
  | { kind: "call"; when: "before" | "after"; call: (seen: SeenRequest, answer?: string) => unknown };

export interface Rule {
  /** `GET`, or any of them by a pattern; default every method. */
  method?: string | RegExp;
  /** Matched against path and query. */
  path: RegExp;
  /** What else must hold, such as of the body. */
  where?: (seen: SeenRequest) => boolean;
  /** Only the n-th request that matches (1 is the first since the rule was added); default each. */
  nth?: number;
  fault: Fault;
}

export interface SeenRequest {
  method: string;
  /** With its query. */
  path: string;
  body: string;
  /** The status the client saw; 0 when it saw none (yet). */
  code: number;
  /** The status the target gave, whether or not the client saw it; 0 when it gave none (yet). */
  given: number;
  at: number;
}

export interface FaultProxy {
  url: string;
  port: number;
  requests: SeenRequest[];
  /** Adds a rule; the answer removes it. Rules are tried in the order they were added, the first that matches counts. */
  add(rule: Rule): () => void;
  clear(): void;
  /** How many requests matched so far. */
  count(method: string, path: RegExp): number;
  /** How many requests are under way, streams among them. */
  openRequests(): number;
  /** Breaks every open connection, watches among them. */
  dropAll(): void;
  /** Writes a kubeconfig that leads through this proxy. */
  writeKubeconfig(path: string, token?: string): Promise<void>;
  stop(): Promise<void>;
}

export interface FaultProxyOptions {
  /** Such as `https://127.0.0.1:6443` or `http://127.0.0.1:8000`; a function is asked for each request. */
  target: string | (() => string);
  /** How the proxy checks the target and shows itself; a client's own headers (tokens) pass through. */
  tls?: { ca?: string; cert?: string; key?: string; rejectUnauthorized?: boolean };
  rules?: Rule[];
}

/**
 * An HTTP proxy on loopback between a client and an API server or the Styrmin server, that makes one request
 * go wrong in one way. Streams pass through as they come. WebSockets do not pass.
 */
export async function startFaultProxy({ target, tls, rules = [] }: FaultProxyOptions): Promise<FaultProxy> {
  const active: { rule: Rule; matched: number; frozen: Map<string, Frozen> }[] = [];
  const requests: SeenRequest[] = [];
  const open = new Set<ServerResponse>();

  const add = (rule: Rule) => {
    const entry = { rule, matched: 0, frozen: new Map<string, Frozen>() };
    active.push(entry);
    return () => void (active.includes(entry) && active.splice(active.indexOf(entry), 1));
  };
  for (const rule of rules) add(rule);

  const pick = (seen: SeenRequest) => {
    for (const entry of active) {
      const { method, path, where, nth } = entry.rule;
      const right = method instanceof RegExp ? method.test(seen.method) : !method || method === seen.method;
      if (!right || !path.test(seen.path) || where?.(seen) === false) continue;
      entry.matched++;
      if (nth === undefined || nth === entry.matched) return entry;
    }
    return undefined;
  };

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await readAll(request);
    const seen: SeenRequest = {
      method: request.method ?? "GET",
      path: request.url ?? "/",
      body: body.toString("utf8"),
      code: 0,
      given: 0,
      at: performance.now(),
    };
    requests.push(seen);
    const entry = pick(seen);
    const fault = entry?.rule.fault;
    if (fault?.kind === "drop-before") return void breakOff(response);
    if (fault?.kind === "hang") return;
    if (fault?.kind === "delay") await Bun.sleep(fault.ms);
    if (fault?.kind === "call" && fault.when === "before") {
      if ((await fault.call(seen)) === "drop") return void breakOff(response);
    }
    if (fault?.kind === "status") {
      seen.code = fault.code;
      const { code, reason = "InternalError", message = "a fault of the test" } = fault;
      response.writeHead(code, { "content-type": "application/json", ...fault.headers });
      return void response.end(
        JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message }),
      );
    }
    if (fault?.kind === "answer") {
      seen.code = fault.code ?? 200;
      response.writeHead(seen.code, { "content-type": "application/json" });
      return void response.end(fault.body);
    }
    const frozen = entry?.frozen.get(seen.path);
    if (fault?.kind === "freeze" && frozen) {
      seen.code = frozen.code;
      response.writeHead(frozen.code, frozen.headers);
      return void response.end(frozen.body);
    }
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    const answer = await fetch((typeof target === "string" ? target : target()) + seen.path, {
      method: seen.method,
      headers: passed(request.headers),
      body: body.length > 0 ? body : undefined,
      redirect: "manual",
      signal: gone.signal,
      timeout: false,
      proxy: false,
      decompress: false,
      tls,
    } as RequestInit);
    seen.given = answer.status;
    if (fault?.kind === "call" && fault.when === "after") {
      const whole = await answer.bytes();
      const text = Buffer.from(whole).toString("utf8");
      if ((await fault.call(seen, text)) === "drop") return void breakOff(response);
      seen.code = answer.status;
      response.writeHead(answer.status, headersOf(answer));
      return void response.end(whole);
    }
    if (fault?.kind === "drop-after") {
      await answer.bytes();
      return void breakOff(response);
    }
    if (fault?.kind === "freeze") {
      const taken = { code: answer.status, headers: headersOf(answer), body: await answer.bytes() };
      entry!.frozen.set(seen.path, taken);
      seen.code = taken.code;
      response.writeHead(taken.code, taken.headers);
      return void response.end(taken.body);
    }
    seen.code = answer.status;
    response.writeHead(answer.status, headersOf(answer));
    response.flushHeaders();
    await pass(answer, response, fault);
  };

  const server = createServer((request, response) => {
    open.add(response);
    response.on("close", () => open.delete(response));
    handle(request, response).catch(() => breakOff(response));
  });
  server.requestTimeout = 0;
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const dropAll = () => {
    for (const response of open) breakOff(response);
  };

  return {
    url,
    port,
    requests,
    add,
    clear: () => void active.splice(0),
    count: (method, path) => requests.filter((one) => one.method === method && path.test(one.path)).length,
    openRequests: () => open.size,
    dropAll,
    async writeKubeconfig(path, token) {
      const config = {
        apiVersion: "v1",
        kind: "Config",
        "current-context": "proxy",
        clusters: [{ name: "proxy", cluster: { server: url } }],
        users: [{ name: "proxy", user: token ? { token } : {} }],
        contexts: [{ name: "proxy", context: { cluster: "proxy", user: "proxy" } }],
      };
      await Bun.write(path, Bun.YAML.stringify(config));
    },
    async stop() {
      dropAll();
      server.closeAllConnections?.();
      await new Promise<void>((closed) => server.close(() => closed()));
    },
  };
}

interface Frozen {
  code: number;
  headers: Record<string, string>;
  body: Uint8Array;
}

/** Sends the answer on as it comes, with the fault's damage. */
async function pass(answer: Response, response: ServerResponse, fault: Fault | undefined): Promise<void> {
  if (fault?.kind === "truncate") {
    const whole = await answer.bytes();
    response.write(whole.subarray(0, fault.bytes ?? whole.length >> 1), () => breakOff(response));
    return;
  }
  const garble = createGarbler(fault?.kind === "corrupt-line" ? fault.line : 0);
  let sent = 0;
  for await (const chunk of answer.body ?? []) {
    let bytes = fault?.kind === "corrupt-line" ? garble(chunk) : chunk;
    if (fault?.kind === "hold-open") {
      bytes = chunk.subarray(0, Math.max(0, (fault.bytes ?? 0) - sent));
      sent += chunk.length;
    }
    if (bytes.length > 0) response.write(bytes);
  }
  if (fault?.kind !== "hold-open") response.end();
}

/** Writes over the first bytes of the n-th line of a stream that is not empty. */
function createGarbler(wanted: number): (chunk: Uint8Array) => Uint8Array {
  let line = 0;
  let column = 0;
  return (chunk) =>
    chunk.map((byte) => {
      if (byte === 10) {
        column = 0;
        return byte;
      }
      if (column++ === 0) line++;
      return line === wanted && column <= 20 ? 35 : byte;
    });
}

function breakOff(response: ServerResponse): void {
  response.socket?.destroy();
  response.destroy();
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const hopByHop = ["connection", "keep-alive", "transfer-encoding", "content-length", "host", "upgrade"];

function passed(headers: IncomingMessage["headers"]): [string, string][] {
  return Object.entries(headers)
    .filter(([name]) => !hopByHop.includes(name))
    .map(([name, value]) => [name, String(value)]);
}

function headersOf(answer: Response): Record<string, string> {
  return Object.fromEntries([...answer.headers].filter(([name]) => !hopByHop.includes(name)));
}
