import { afterEach, expect, test } from "bun:test";
import type { ServerWebSocket } from "bun";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKube } from "../../kube/client.ts";
import { loadKubeAccess } from "../../kube/config.ts";
import type { Kube } from "../../kube/types.ts";
import { type Authority, createAuthority } from "./certificates.ts";

const pod = { namespace: "n", name: "p" };
const ends: (() => unknown)[] = [];
let authority: Authority | undefined;

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

interface Kubelet {
  fetch?: (request: Request) => Response | undefined;
  message?: (socket: ServerWebSocket<unknown>, channel: number, text: string) => void;
  open?: (socket: ServerWebSocket<unknown>) => void;
}

/** Only what a kubelet says: the embedded one has tests of its own. */
async function start(kubelet: Kubelet): Promise<{ kube: Kube; urls: string[] }> {
  authority ??= await createAuthority();
  const { cert, key } = await authority.issue({ ip: ["127.0.0.1"] });
  const urls: string[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    tls: { cert, key },
    fetch(request, own) {
      urls.push(request.url.replace(/^https:..[^/]+/, ""));
      if (request.headers.get("authorization") !== "Bearer t") return new Response("", { status: 401 });
      const answer = kubelet.fetch?.(request);
      if (answer) return answer;
      const headers = { "sec-websocket-protocol": "v5.channel.k8s.io" };
      return own.upgrade(request, { headers }) ? undefined : new Response("", { status: 400 });
    },
    websocket: {
      open: (socket) => kubelet.open?.(socket),
      message(socket, data) {
        const bytes = Buffer.from(data as Buffer);
        kubelet.message?.(socket, bytes[0]!, bytes.subarray(1).toString("utf8"));
      },
    },
  });
  const folder = await mkdtemp(join(tmpdir(), "styrmin-kube-"));
  const path = join(folder, "kubeconfig");
  const ca = Buffer.from(authority.cert).toString("base64");
  const config = {
    "current-context": "c",
    clusters: [
      {
        name: "c",
        cluster: { server: `https://127.0.0.1:${server.port}`, "certificate-authority-data": ca },
      },
    ],
    users: [{ name: "c", user: { token: "t" } }],
    contexts: [{ name: "c", context: { cluster: "c", user: "c" } }],
  };
  await Bun.write(path, Bun.YAML.stringify(config));
  ends.push(
    () => server.stop(true),
    () => rm(folder, { recursive: true }),
  );
  return { kube: createKube({ config: await loadKubeAccess({ kubeconfig: path }), limitMs: 2000 }), urls };
}

const send = (socket: ServerWebSocket<unknown>, channel: number, text: string) =>
  socket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(text)]));
const success = JSON.stringify({ status: "Success" });
const exited = (code: number) =>
  JSON.stringify({
    status: "Failure",
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(code) }] },
  });

test("exec answers with exit code, stdout and stderr", async () => {
  const { kube, urls } = await start({
    open(socket) {
      send(socket, 1, "out");
      send(socket, 2, "err");
      send(socket, 1, "put");
      send(socket, 3, exited(3));
      socket.close();
    },
  });
  expect(await kube.exec(pod, "main", ["sh", "-c", "exit 3"], {})).toEqual({
    exitCode: 3,
    stdout: "output",
    stderr: "err",
  });
  const asked = new URL(urls[0]!, "https://x").searchParams;
  expect([asked.getAll("command"), asked.get("container")]).toEqual([["sh", "-c", "exit 3"], "main"]);
});

test("exec sends its input and says where it ends", async () => {
  let input = "";
  const { kube } = await start({
    message(socket, channel, text) {
      if (channel === 0) input += text;
      if (channel !== 255) return;
      send(socket, 1, input.toUpperCase());
      send(socket, 3, success);
    },
  });
  const stdin = new TextEncoder().encode("hello");
  expect(await kube.exec(pod, "main", ["cat"], { stdin })).toEqual({
    exitCode: 0,
    stdout: "HELLO",
    stderr: "",
  });
});

test("exec that is refused says with which status", async () => {
  const { kube } = await start({ fetch: () => new Response("", { status: 403 }) });
  const failure = await kube.exec(pod, "main", ["true"], {}).catch((thrown) => thrown);
  expect([failure.name, failure.message]).toEqual(["KubeError", expect.stringContaining("n/p (main)")]);
});

test.each([
  [403, "UpgradeRefused"],
  [503, "UpgradeRefused"],
  // A gateway may have passed it on.
  [504, "Unreachable"],
])("exec that is answered with %d says whether it may have been begun: %s", async (status, reason) => {
  const { kube } = await start({ fetch: () => new Response("", { status }) });
  expect(await kube.exec(pod, "main", ["true"], {}).catch((thrown) => thrown)).toMatchObject({
    status,
    reason,
  });
});

test("exec without a connection was not begun", async () => {
  const { kube } = await start({});
  await ends.shift()!();
  expect(await kube.exec(pod, "main", ["true"], {}).catch((thrown) => thrown)).toMatchObject({
    status: 0,
    reason: "NotBegun",
  });
});

test.each([
  [
    'Internal error occurred: error sending request: Post "https://10.0.0.1:10250/exec/n/p/main?command=true": dial tcp 10.0.0.1:10250: connect: connection refused',
    "NotBegun",
  ],
  ["Internal error occurred: error dialing backend: dial tcp 10.0.0.1:10250: i/o timeout", "NotBegun"],
  [
    'Internal error occurred: error sending request: Post "https://10.0.0.1:10250/exec/n/p/main?command=true": EOF',
    "Unreachable",
  ],
  // The runtime ended in the middle of it.
  [
    "Internal error occurred: error executing command in container: rpc error: code = Unavailable desc = error reading from server: EOF",
    "Unreachable",
  ],
  [
    'Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "e": OCI runtime exec failed: exec failed: unable to start container process: exec: "nothing": executable file not found in $PATH',
    "ExecFailed",
  ],
])("exec without an exit code says whether it may have been begun: %s", async (message, reason) => {
  const { kube } = await start({
    open: (socket) => void send(socket, 3, JSON.stringify({ status: "Failure", message })),
  });
  expect(await kube.exec(pod, "main", ["true"], {}).catch((thrown) => thrown)).toMatchObject({ reason });
});

test("exec whose connection breaks is an error, not an exit code", async () => {
  const { kube } = await start({ open: (socket) => socket.terminate() });
  const failure = await kube.exec(pod, "main", ["true"], {}).catch((thrown) => thrown);
  expect(failure.message).toContain("broke before the command ended");
});

test("exec of what cannot be run is an error", async () => {
  const { kube } = await start({
    open: (socket) => void send(socket, 3, JSON.stringify({ status: "Failure", message: "no such file" })),
  });
  const failure = await kube.exec(pod, "main", ["nothing"], {}).catch((thrown) => thrown);
  expect(failure.message).toContain("no such file");
});

test("exec ends with its signal", async () => {
  let closed = false;
  const { kube } = await start({ open: () => void (closed = true) });
  const stop = new AbortController();
  const asked = kube.exec(pod, "main", ["sleep"], { signal: stop.signal }).catch((thrown) => thrown);
  while (!closed) await Bun.sleep(5);
  stop.abort(new Error("enough"));
  expect((await asked).message).toBe("enough");
});

test("logs are followed as they come, and leaving the loop closes the connection", async () => {
  let gone = false;
  const { kube, urls } = await start({
    fetch: (request) => {
      request.signal.addEventListener("abort", () => (gone = true));
      return new Response(
        new ReadableStream({
          async start(controller) {
            for (let i = 0; !gone; i++) {
              controller.enqueue(new TextEncoder().encode(`line ${i}\n`));
              await Bun.sleep(5);
            }
          },
        }),
      );
    },
  });
  let text = "";
  const options = { follow: true, tailLines: 10, container: "main" };
  for await (const chunk of kube.logs(pod, options, new AbortController().signal)) {
    text += new TextDecoder().decode(chunk);
    if (text.includes("line 2")) break;
  }
  expect(text).toStartWith("line 0\nline 1\n");
  expect(urls[0]).toBe("/api/v1/namespaces/n/pods/p/log?container=main&follow=true&tailLines=10");
  while (!gone) await Bun.sleep(5);
});

test("logs end with the signal", async () => {
  const { kube } = await start({
    fetch: () => new Response(new ReadableStream({ start: (c) => c.enqueue(new Uint8Array([65])) })),
  });
  const stop = new AbortController();
  const read = async () => {
    for await (const _ of kube.logs(pod, { follow: true }, stop.signal)) stop.abort(new Error("enough"));
  };
  expect(await read().catch((thrown) => thrown.message)).toBe("enough");
});

test("logs that are refused say why", async () => {
  const answer = { kind: "Status", code: 400, reason: "BadRequest", message: "container not found" };
  const { kube } = await start({ fetch: () => Response.json(answer, { status: 400 }) });
  const read = async () => {
    for await (const _ of kube.logs(pod, {}, new AbortController().signal));
  };
  expect((await read().catch((thrown) => thrown)).message).toContain("container not found");
});
