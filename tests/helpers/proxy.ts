import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { breakOff, pass, type Rule, type SeenRequest } from "./faults.ts";

export type { Fault, Rule, SeenRequest } from "./faults.ts";

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
    if (fault?.kind === "rewrite") {
      seen.code = answer.status;
      response.writeHead(answer.status, headersOf(answer));
      return void response.end(fault.rewrite(await answer.text(), seen));
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
