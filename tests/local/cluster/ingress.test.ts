import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createServer } from "node:net";
import { findBackend } from "../../../local/cluster/ingress.ts";
import { eventually } from "../../helpers/eventually.ts";
import { namespaces, startTestNode, type TestNode } from "./kubelet/help.ts";

const ingresses = { group: "networking.k8s.io", resource: "ingresses" };

const path = (path: string, service: string, pathType = "Prefix") => ({
  ...{ path, pathType },
  backend: { service: { name: service, port: { number: 80 } } },
});
const ingress = (name: string, host: string | undefined, paths: object[], more = {}) => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  metadata: { name, namespace: "default" },
  spec: { rules: [{ ...(host ? { host } : {}), http: { paths } }], ...more },
});

test("the most exact host and path of all Ingresses wins", () => {
  const all = [
    ingress("a", undefined, [path("/", "any")]),
    ingress("b", "*.localhost", [path("/", "wild")]),
    ingress("c", "x.localhost", [path("/", "root"), path("/api", "api"), path("/api", "exact", "Exact")]),
  ] as never[];
  const found = (host: string, path: string) => findBackend(all, host, path)?.service;
  expect(found("x.localhost", "/")).toBe("root");
  expect(found("x.localhost", "/api")).toBe("exact");
  expect(found("x.localhost", "/api/v1")).toBe("api");
  expect(found("x.localhost", "/apical")).toBe("root");
  expect(found("y.localhost", "/")).toBe("wild");
  expect(found("y.z.localhost", "/")).toBe("any");
  expect(findBackend(all.slice(1), "other", "/")).toBeUndefined();
});

describe.skipIf(!namespaces)("the front door (skipped where the machine allows no user namespaces)", () => {
  let node: TestNode;
  beforeAll(async () => {
    node = await startTestNode();
    const program = `const told = Promise.withResolvers();
    Bun.serve({ port: 8080, fetch(request, server) {
      if (server.upgrade(request)) return;
      const url = new URL(request.url);
      if (url.pathname === "/slow") return new Response(new ReadableStream({ async start(c) {
        c.enqueue("a"); await told.promise; c.enqueue("b"); c.close() } }));
      if (url.pathname === "/go-on") return told.resolve(), new Response("told");
      if (url.pathname === "/echo") return new Response(request.body);
      return Response.json({ path: url.pathname + url.search, host: request.headers.get("host"),
        forwarded: request.headers.get("x-forwarded-for") });
    }, websocket: { message(ws, text) { ws.send("said " + text) } } })`;
    const container = { image: "oven/bun", command: ["bun", "-e", program] };
    node.run("web", { ...container, readinessProbe: { tcpSocket: { port: 8080 } } });
    await node.ready("web");
    node.expose("web", 80, 8080, ["web"]);
    node.api.create(ingresses, ingress("web", "web.localhost", [path("/", "web"), path("/none", "none")]));
  });
  afterAll(() => node.stop());

  const get = (path: string, host = "web.localhost", init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${node.kubelet.ingressPort}${path}`, { ...init, headers: { host } });

  test("leads to the pod by host and path, and says who asked", async () => {
    const answer = await (await get("/some/where?x=1")).json();
    expect(answer).toEqual({ path: "/some/where?x=1", host: "web.localhost", forwarded: "127.0.0.1" });
    const status = node.api.get(ingresses, "web", "default")?.status;
    expect(status).toEqual({ loadBalancer: { ingress: [{ hostname: "localhost" }] } });
  });

  test("names the known hosts to who asks for another, and what has no endpoint", async () => {
    const unknown = await get("/", "nobody.localhost");
    expect(unknown.status).toBe(404);
    expect(await unknown.text()).toContain(`http://web.localhost:${node.kubelet.ingressPort}/`);
    const empty = await get("/none");
    expect(empty.status).toBe(503);
    expect(await empty.text()).toContain("Service default/none");
  });

  test("streams both ways, and bodies of 20 MB", async () => {
    const reader = (await get("/slow")).body!.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("a");
    await get("/go-on");
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("b");
    const body = new Uint8Array(20e6).fill(7);
    const back = await (await get("/echo", undefined, { method: "POST", body })).bytes();
    expect(back.length).toBe(20e6);
  });

  test("loses no request of a client that keeps connections, though each carries only one", async () => {
    for (let count = 0; count < 30; count++) {
      const answer = await get("/echo", undefined, { method: "POST", body: `${count}` });
      expect([answer.headers.get("connection"), await answer.text()]).toEqual(["close", `${count}`]);
    }
  });

  test("carries WebSockets", async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${node.kubelet.ingressPort}/ws`, {
      headers: { host: "web.localhost" },
    } as never);
    const said = new Promise((resolve) => socket.addEventListener("message", ({ data }) => resolve(data)));
    socket.addEventListener("open", () => socket.send("hello"));
    expect(await said).toBe("said hello");
    socket.close();
  });

  test("keeps its port, and takes another when somebody else has it", async () => {
    const { ingressPort } = node.kubelet;
    await node.restart();
    expect(node.kubelet.ingressPort).toBe(ingressPort);
    await eventually("the pod to serve again", async () => (await get("/")).status === 200);
    await node.kubelet.stop();
    const other = createServer().listen(ingressPort, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    await node.restart();
    expect(node.kubelet.ingressPort).not.toBe(ingressPort);
    other.close();
  });
});
