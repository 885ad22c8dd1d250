import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import type { Log } from "../../lib/log.ts";
import { endpointSlices, services } from "./controllers/names.ts";
import { targetsOf } from "./kubelet/routes.ts";
import { join as joinSockets } from "./kubelet/sandbox/relay.ts";
import { lastAnswer } from "./last-answer.ts";
import { type Api, type KubeObject, StatusError } from "./types.ts";

export interface IngressOptions {
  api: Api;
  /** Keeps the port in `ingress-port`, so that addresses stay the same. */
  dir: string;
  log: Log;
  dial: (ip: string, port: number) => Promise<Socket>;
  port?: number | undefined;
}

const ingresses = { group: "networking.k8s.io", resource: "ingresses" };
const preferredPort = 8080;
const longestHead = 64 * 1024;

/**
 * The cluster's front door on 127.0.0.1: Ingress objects by Host and path. Each connection carries one request
 * (`Connection: close`) or becomes what the request asked for (WebSocket): so bodies, streams and upgrades pass
 * as they are, byte by byte.
 */
export async function startIngress({ api, dir, log, dial, port }: IngressOptions) {
  const file = join(dir, "ingress-port");
  const remembered = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    client.on("error", () => client.destroy());
    readHead(client, (head, rest) => void serve(client, head, rest));
  });
  const wanted = [port, remembered, preferredPort].find((each) => each !== undefined && each > 0)!;
  const bound = await listen(server, port === 0 ? remembered : wanted);
  writeFileSync(file, String(bound));
  let turn = 0;

  const serve = async (client: Socket, head: string, rest: Buffer) => {
    const request = parseHead(head);
    if (!request) return reply(client, 400, "This is no HTTP request.");
    const all = api.list(ingresses);
    const backend = findBackend(all, request.host, request.path);
    if (!backend) return reply(client, 404, notFoundText(all, request.host, request.path, bound));
    const targets = endpointsOf(api, backend);
    for (let tried = 0; tried < targets.length; tried++) {
      const target = targets[(turn + tried) % targets.length]!;
      const pod = await dial(target.ip, target.port).catch(() => undefined);
      if (!pod) continue;
      turn++;
      pod.on("error", () => client.destroy());
      pod.write(forwardedHead(head, request, client.remoteAddress ?? "127.0.0.1"));
      if (rest.length > 0) pod.write(rest);
      return joinSockets(client, pod, request.upgrade ? undefined : lastAnswer());
    }
    const name = `${backend.namespace}/${backend.service}`;
    reply(
      client,
      503,
      `No endpoint of the Service ${name} is ready. Its pods are starting, failing or simulated.`,
    );
  };

  const show = (ingress: KubeObject) => {
    const status = { ...ingress.status, loadBalancer: { ingress: [{ hostname: "localhost" }] } };
    try {
      if (!Bun.deepEquals(status, ingress.status)) api.updateStatus(ingresses, { ...ingress, status });
    } catch (thrown) {
      if (!(thrown instanceof StatusError))
        log.warn("an Ingress's status could not be written", { error: thrown });
    }
  };
  for (const ingress of api.list(ingresses)) show(ingress);
  const unsubscribe = api.onChange(({ type, resource, object }) => {
    if (resource.resource === "ingresses" && type !== "DELETED") queueMicrotask(() => showLive(object));
  });
  const showLive = ({ metadata }: KubeObject) => {
    const live = api.get(ingresses, metadata.name, metadata.namespace);
    if (live) show(live);
  };

  return {
    port: bound,
    stop() {
      unsubscribe();
      server.close();
    },
  };
}

interface Backend {
  namespace: string;
  service: string;
  port: { name?: string; number?: number };
}

/** The most exact host first, then an exact path, then the longest prefix; at last a default backend. */
export function findBackend(all: KubeObject[], host: string, path: string): Backend | undefined {
  const found: { rank: number[]; backend: Backend }[] = [];
  for (const { metadata, spec } of all) {
    const backendOf = (backend: any): Backend => ({
      namespace: metadata.namespace!,
      service: backend.service?.name,
      port: backend.service?.port ?? {},
    });
    if (spec?.defaultBackend?.service)
      found.push({ rank: [0, 0, 0], backend: backendOf(spec.defaultBackend) });
    for (const rule of spec?.rules ?? []) {
      const hostRank = matchHost(rule.host, host);
      for (const each of hostRank > 0 ? (rule.http?.paths ?? []) : []) {
        const exact = each.pathType === "Exact";
        const want = each.path ?? "/";
        if (!(exact ? path === want : isPrefix(want, path)) || !each.backend?.service) continue;
        found.push({ rank: [hostRank, exact ? 1 : 0, want.length], backend: backendOf(each.backend) });
      }
    }
  }
  const better = (a: number[], b: number[]) => a.map((n, i) => b[i]! - n).find((n) => n !== 0) ?? 0;
  return found.sort((a, b) => better(a.rank, b.rank))[0]?.backend;
}

function matchHost(rule: string | undefined, host: string): number {
  if (!rule) return 1;
  if (rule === host) return 3;
  return rule.startsWith("*.") && host.slice(host.indexOf(".")) === rule.slice(1) ? 2 : 0;
}

function isPrefix(prefix: string, path: string): boolean {
  const base = prefix.replace(/\/$/, "");
  return path === base || path.startsWith(`${base}/`);
}

function endpointsOf(api: Api, { namespace, service: name, port }: Backend) {
  const service = api.get(services, name, namespace);
  const found = service?.spec.ports?.find((each: any) =>
    port.name ? each.name === port.name : each.port === port.number,
  );
  return service && found ? targetsOf(service, found.name, api.list(endpointSlices, { namespace })) : [];
}

function notFoundText(all: KubeObject[], host: string, path: string, port: number): string {
  const hosts = all.flatMap(({ spec }) =>
    (spec?.rules ?? []).map((rule: any) => rule.host as string | undefined),
  );
  const known = [...new Set(hosts.filter((each) => each !== undefined))].sort();
  const list = known.map((each) => `  http://${each}:${port}/`).join("\n");
  const what = known.includes(host)
    ? `No Ingress leads ${path} of ${host} anywhere.`
    : `No Ingress knows the host ${host}.`;
  return known.length > 0 ? `${what} Known hosts:\n${list}` : `${what} There is no Ingress with a host yet.`;
}

interface RequestHead {
  host: string;
  path: string;
  upgrade: boolean;
}

function parseHead(head: string): RequestHead | undefined {
  const lines = head.split("\r\n");
  const [, target = ""] = /^[A-Z]+ (\S+) HTTP\/1\.[01]$/.exec(lines[0]!) ?? [];
  if (target === "") return undefined;
  const host = header(lines, "host").toLowerCase().replace(/:\d+$/, "");
  const path = decodePath(target.replace(/^http:\/\/[^/]*/, "").split(/[?#]/)[0]!);
  return { host, path, upgrade: header(lines, "upgrade") !== "" };
}

function decodePath(path: string): string {
  try {
    return decodeURI(path) || "/";
  } catch {
    return path;
  }
}

function header(lines: string[], name: string): string {
  const line = lines.find((each) => each.toLowerCase().startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim() ?? "";
}

/** The request for the pod: who asked is told, and that it is the connection's only one. */
function forwardedHead(head: string, { host, upgrade }: RequestHead, client: string): string {
  const dropped = upgrade
    ? /^x-forwarded-(for|proto|host):/i
    : /^(x-forwarded-(for|proto|host)|connection|keep-alive):/i;
  const lines = head.split("\r\n").filter((line) => !dropped.test(line));
  lines.push(`X-Forwarded-For: ${client}`, "X-Forwarded-Proto: http", `X-Forwarded-Host: ${host}`);
  if (!upgrade) lines.push("Connection: close");
  return `${lines.join("\r\n")}\r\n\r\n`;
}

function readHead(client: Socket, done: (head: string, rest: Buffer) => void): void {
  let read = Buffer.alloc(0);
  const hear = (chunk: Buffer) => {
    read = Buffer.concat([read, chunk]);
    const end = read.indexOf("\r\n\r\n");
    if (end < 0 && read.length < longestHead) return;
    client.off("data", hear);
    client.pause();
    if (end < 0) reply(client, 431, "The head of the request is too long.");
    else done(read.subarray(0, end).toString("latin1"), read.subarray(end + 4));
  };
  client.on("data", hear);
  client.once("end", () => read.length === 0 && client.destroy());
}

const words: Record<number, string> = {
  400: "Bad Request",
  404: "Not Found",
  431: "Request Header Fields Too Large",
  503: "Service Unavailable",
};

function reply(client: Socket, status: number, text: string): void {
  const body = `${text}\n`;
  const head = [
    `HTTP/1.1 ${status} ${words[status]}`,
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  client.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  client.resume();
}

/** The wanted port when it is free, else any. */
async function listen(server: Server, wanted: number): Promise<number> {
  for (const port of wanted > 0 ? [wanted, 0] : [0]) {
    const bound = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    server.removeAllListeners("error");
    if (bound) return (server.address() as { port: number }).port;
  }
  throw new Error("no port on 127.0.0.1 is free");
}
