import type { Server } from "bun";
import type { Log } from "../../../lib/log.ts";
import type { TlsFiles } from "../certificates.ts";
import { forbidden, statusOf } from "../errors.ts";
import type { Registry } from "../resources.ts";
import type { Store } from "../store.ts";
import { type PodRuntime, StatusError } from "../types.ts";
import type { Writes } from "../writes.ts";
import type { Authentication } from "../rbac/authenticate.ts";
import { refuseEscalation } from "../rbac/escalation.ts";
import { anonymous, masters } from "../rbac/user.ts";
import { accessOf, impersonated } from "./access.ts";
import type { Audit } from "./audit.ts";
import { deleteCollection, deleteObject } from "./delete.ts";
import { serveDiscovery } from "./discovery.ts";
import { serveOpenapi } from "./openapi.ts";
import { type ExecSocket, serveExec, serveLogs } from "./pods.ts";
import { getObject, listObjects } from "./read.ts";
import { type Call, readManager, readPath, type ResourcePath, resolvePath } from "./request.ts";
import { answerReview, type Rights } from "./reviews.ts";
import { checkAccepted, notAllowed, noSuchResource, nowhere } from "./refusals.ts";
import { serveScale } from "./scale.ts";
import { createToken } from "./token.ts";
import { watchObjects } from "./watch.ts";
import { createObject, patchObject, replaceObject } from "./write.ts";
import { evictPod } from "./eviction.ts";

export interface HttpOptions {
  store: Store;
  registry: Registry;
  writes: Writes;
  audit: Audit;
  log: Log;
  tls: TlsFiles;
  authentication: Authentication;
  rights: Rights;
  port: number;
  bookmarkMs: number;
  /** Asked at each request: the kubelet starts after the server. */
  runtime: () => PodRuntime | undefined;
}

/** Kubernetes' own limit for a request's body. */
const maxBodyBytes = 3 * 1024 * 1024;
const version = {
  major: "1",
  minor: "36",
  gitVersion: "v1.36.0+styrmin",
  platform: "bun",
  gitTreeState: "clean",
};

/** The API over TLS on loopback. Throws EADDRINUSE when the port is taken. */
export function serveHttp(options: HttpOptions): { port: number; stop(): Promise<void> } {
  const { store, registry, writes, audit, log, tls, authentication, rights, bookmarkMs } = options;
  const stopping = new AbortController();

  const server = Bun.serve<ExecSocket>({
    hostname: "127.0.0.1",
    port: options.port,
    tls,
    idleTimeout: 60,
    maxRequestBodySize: maxBodyBytes,
    fetch: serve,
    websocket: {
      idleTimeout: 960,
      sendPings: true,
      open: (socket) => socket.data.open(socket),
      message: (socket, frame) => socket.data.message(typeof frame === "string" ? Buffer.from(frame) : frame),
      close: (socket) => socket.data.close(),
    },
  });
  return {
    port: server.port!,
    async stop() {
      stopping.abort();
      await server.stop(true);
    },
  };

  async function serve(request: Request, server: Server<ExecSocket>): Promise<Response | undefined> {
    const url = new URL(request.url);
    const query = url.searchParams;
    const manager = readManager(request, query);
    const call: Call = { request, url, query, user: anonymous, manager, dryRun: false, changed: false };
    let verb = request.method.toLowerCase();
    try {
      const sender = await authentication.userOf(request);
      if (sender === undefined) throw new StatusError(401, "Unauthorized", "Unauthorized");
      const raw = readPath(url.pathname);
      const path = raw && resolvePath(registry, raw);
      if (path) call.path = path;
      const access = accessOf(request, url, raw);
      verb = access.verb;
      call.user = impersonated(request, sender, access, rights.authorizer);
      rights.authorizer.check(call.user, access);
      const general = serveGeneral(url.pathname, request);
      if (general) return general;
      if (!path) return nowhere(registry, url.pathname);
      call.dryRun = query.get("dryRun") === "All";
      if (!call.user.groups.includes(masters)) call.confirm = confirmFor(call, verb, path);
      const response = await dispatch(verb, path, call, server);
      audit.write(call, verb, response?.status ?? 101);
      return response;
    } catch (thrown) {
      const error = thrown instanceof StatusError ? thrown : unforeseen(thrown, request);
      audit.write(call, verb, error.code);
      const headers: HeadersInit = error.code === 504 ? { "retry-after": "1" } : {};
      return Response.json(statusOf(error), { status: error.code, headers });
    }
  }

  /** What only the object to be stored can tell: apply makes what is not there, and nobody gives what they lack. */
  function confirmFor({ user }: Call, verb: string, { namespace }: ResourcePath): Call["confirm"] {
    return (resource, next, before) => {
      const { group, resource: plural } = resource;
      const { name } = next.metadata;
      if (!before && verb === "patch") {
        rights.authorizer.check(user, { verb: "create", group, resource: plural, namespace, name });
      }
      refuseEscalation({ ...rights, user }, resource, next, before);
    };
  }

  /** A WebSocket is opened by GET, and is no less than the POST of old. */
  function confirmExec({ user }: Call, { resource, subresource, name, namespace }: ResourcePath): void {
    const access = { verb: "create", group: "", resource: resource.resource, subresource, namespace, name };
    const { allowed, reason } = rights.authorizer.decide(user, access);
    if (!allowed) throw forbidden(resource, name!, reason);
  }

  function serveGeneral(pathname: string, request: Request): Response | undefined {
    if (["/healthz", "/readyz", "/livez"].includes(pathname)) return new Response("ok");
    if (pathname === "/version" || pathname === "/version/") return Response.json(version);
    return serveDiscovery(registry, pathname, request) ?? serveOpenapi(registry, pathname);
  }

  async function dispatch(
    verb: string,
    path: ResourcePath,
    call: Call,
    server: Server<ExecSocket>,
  ): Promise<Response | undefined> {
    const { resource, subresource } = path;
    if (subresource === "scale" && resource.scale && path.name) return serveScale(store, writes, path, call);
    if (resource.kind === "Pod" && subresource === "log") {
      server.timeout(call.request, 0);
      return serveLogs(store, options.runtime(), path, call);
    }
    if (resource.kind === "Pod" && subresource === "exec") {
      if (verb === "get") confirmExec(call, path);
      return serveExec(store, options.runtime(), server, path, call);
    }
    if (resource.kind === "Pod" && subresource === "eviction" && verb === "create") {
      return evictPod(store, writes, path, call);
    }
    if (resource.kind === "ServiceAccount" && subresource === "token" && verb === "create") {
      return createToken(store, authentication, path, call);
    }
    const review = verb === "create" ? await answerReview(rights, resource, call) : undefined;
    if (review) return review;
    const finalize = subresource === "finalize" && resource.kind === "Namespace" && verb === "update";
    const known = subresource === undefined || finalize || (subresource === "status" && resource.status);
    if (!known) throw noSuchResource();
    checkAccepted(call.request);
    const verbs = subresource === undefined ? resource.verbs : ["get", "patch", "update"];
    if (!verbs.includes(verb)) throw notAllowed();
    switch (verb) {
      case "get":
        return getObject(store, path, call);
      case "list":
        return listObjects(store, path, call);
      case "watch":
        server.timeout(call.request, 0);
        return watchObjects(store, path, call, { bookmarkMs, signal: stopping.signal });
      case "create":
        return createObject(writes, path, call);
      case "update":
        return replaceObject(writes, path, call);
      case "patch":
        return patchObject(writes, path, call);
      case "delete":
        return deleteObject(writes, path, call);
      case "deletecollection":
        return deleteCollection(store, writes, path, call);
    }
    throw notAllowed();
  }

  function unforeseen(thrown: unknown, request: Request): StatusError {
    log.error("a request to the cluster's API failed", {
      error: thrown,
      method: request.method,
      url: request.url,
    });
    return new StatusError(
      500,
      "InternalError",
      `Internal error occurred: ${(thrown as Error)?.message ?? thrown}`,
    );
  }
}
