import type { KubeObject } from "../../kube/types.ts";
import type { Issued } from "./certificates.ts";

export interface FakeApiOptions {
  tls?: Issued & { clientCa?: string };
  /** Answers first; what it leaves undefined the fake answers itself. */
  respond?: (request: Request, url: URL) => Response | Promise<Response> | undefined;
}

export interface FakeApi {
  url: string;
  port: number;
  requests: { method: string; path: string; headers: Headers }[];
  stop(): Promise<void>;
}

/**
 * Just enough of an API for TLS, credentials and answers the embedded cluster would never give: discovery
 * of v1 and a ConfigMap by any name. Everything else is tested against the embedded cluster.
 */
export function startFakeApi({ tls, respond }: FakeApiOptions = {}): FakeApi {
  const requests: FakeApi["requests"] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    ...(tls && {
      tls: {
        cert: tls.cert,
        key: tls.key,
        ...(tls.clientCa && { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true }),
      },
    }),
    async fetch(request) {
      const url = new URL(request.url);
      requests.push({ method: request.method, path: url.pathname + url.search, headers: request.headers });
      return (await respond?.(request, url)) ?? answer(url);
    },
  });
  return {
    url: `${tls ? "https" : "http"}://127.0.0.1:${server.port}`,
    port: server.port!,
    requests,
    stop: () => server.stop(true),
  };
}

export function configMap(name: string, resourceVersion = "1"): KubeObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "n", uid: `uid-${name}`, resourceVersion },
  };
}

/** What the API says when it does not do what was asked. */
export function statusAnswer(code: number, reason: string, message: string, extra: object = {}): Response {
  return Response.json(
    { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message, ...extra },
    { status: code },
  );
}

function answer(url: URL): Response {
  if (url.pathname === "/api/v1") {
    return Response.json({
      kind: "APIResourceList",
      resources: [
        { name: "configmaps", kind: "ConfigMap", namespaced: true },
        { name: "namespaces", kind: "Namespace", namespaced: false },
        { name: "pods/log", kind: "Pod", namespaced: true },
      ],
    });
  }
  const name = /^\/api\/v1\/namespaces\/n\/configmaps\/([^/]+)$/.exec(url.pathname)?.[1];
  return name ? Response.json(configMap(name)) : new Response("404 page not found\n", { status: 404 });
}
