/** `pods/log` as a stream and `pods/exec` as a WebSocket, both served by the kubelet. */
import type { Server, ServerWebSocket } from "bun";
import { badRequest, notFound } from "../errors.ts";
import type { Store } from "../store.ts";
import { type ExecSession, type KubeObject, type PodRuntime, StatusError } from "../types.ts";
import { logOptionsOf } from "./log-options.ts";
import { type Call, isSet, type ResourcePath } from "./request.ts";

/** What a WebSocket of an exec carries. */
export interface ExecSocket {
  open(socket: ServerWebSocket<ExecSocket>): void;
  message(frame: Uint8Array): void;
  close(): void;
}

export async function serveLogs(
  store: Store,
  runtime: PodRuntime | undefined,
  path: ResourcePath,
  call: Call,
): Promise<Response> {
  const pod = podOf(store, path);
  if (!runtime) throw noRuntime();
  const { query, request } = call;
  const options = logOptionsOf(query, pod.metadata.name);
  const container = containerOf(pod, query.get("container"));
  if (!pod.spec.nodeName) return new Response(null, { status: 204 });
  const lines = runtime.logs(pod, container, options, request.signal)[Symbol.asyncIterator]();
  // The first piece is awaited here, so that a refusal still becomes a Status.
  let next: IteratorResult<Uint8Array> | undefined = options.follow ? undefined : await lines.next();
  const body = new ReadableStream<Uint8Array>({
    async pull(stream) {
      try {
        const { done, value } = next ?? (await lines.next());
        next = undefined;
        if (done) stream.close();
        else stream.enqueue(value);
      } catch (thrown) {
        stream.error(thrown);
      }
    },
    async cancel() {
      await lines.return?.();
    },
  });
  return new Response(body, { headers: { "content-type": "text/plain" } });
}

const stdin = 0;
const stdout = 1;
const stderr = 2;
const result = 3;
const resize = 4;
const close = 255;

/** Upgrades to a WebSocket of `v5.channel.k8s.io`; undefined when it is done. */
export function serveExec(
  store: Store,
  runtime: PodRuntime | undefined,
  server: Server<ExecSocket>,
  path: ResourcePath,
  call: Call,
): Response | undefined {
  const pod = podOf(store, path);
  if (!runtime) throw noRuntime();
  const { query, request } = call;
  const container = containerOf(pod, query.get("container"));
  const command = query.getAll("command");
  if (!pod.spec.nodeName) throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  if (!request.headers.has("upgrade")) throw badRequest("Upgrade request required");
  if (command.length === 0) throw badRequest("you must specify at least one command for the container");
  const status = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  const running = status.find(({ name }) => name === container)?.state?.running;
  if (!running)
    throw new StatusError(500, "InternalError", `container not found (${JSON.stringify(container)})`);
  const offered = (request.headers.get("sec-websocket-protocol") ?? "").split(",").map((one) => one.trim());
  const protocol = ["v5.channel.k8s.io", "v4.channel.k8s.io"].find((one) => offered.includes(one));
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket" || !protocol) {
    throw badRequest("unable to upgrade connection: a WebSocket of v5.channel.k8s.io is needed");
  }

  let session: ExecSession | undefined;
  const tty = isSet(query, "tty");
  const data: ExecSocket = {
    open(socket) {
      const send = (channel: number, chunk: Uint8Array) => socket.send(framed(channel, chunk));
      send(stdout, new Uint8Array());
      const output = {
        stdout: (chunk: Uint8Array) => send(stdout, chunk),
        stderr: (chunk: Uint8Array) => send(stderr, chunk),
        tty,
        stdin: isSet(query, "stdin"),
      };
      const finish = (outcome: object) => {
        send(result, new TextEncoder().encode(JSON.stringify(outcome)));
        socket.close(1000);
      };
      try {
        session = runtime.exec(pod, container, command, output);
        session.done.then(
          (ended) => finish("exitCode" in ended ? exitStatus(ended.exitCode) : failed(ended.failure)),
          (thrown) => finish(failed(String(thrown?.message ?? thrown))),
        );
      } catch (thrown) {
        finish(failed((thrown as Error).message));
      }
    },
    message(frame) {
      const channel = frame[0];
      const chunk = frame.subarray(1);
      if (channel === stdin) session?.write(chunk);
      else if (channel === close && chunk[0] === stdin) session?.closeStdin();
      else if (channel === resize) resizeBy(session, chunk);
    },
    close: () => session?.kill(),
  };
  if (server.upgrade(request, { data, headers: { "Sec-WebSocket-Protocol": protocol } })) return undefined;
  throw badRequest("unable to upgrade connection: it is no WebSocket");
}

function framed(channel: number, chunk: Uint8Array): Uint8Array {
  const frame = new Uint8Array(chunk.length + 1);
  frame[0] = channel;
  frame.set(chunk, 1);
  return frame;
}

function resizeBy(session: ExecSession | undefined, chunk: Uint8Array): void {
  try {
    const { Width, Height } = JSON.parse(new TextDecoder().decode(chunk));
    session?.resize(Number(Width), Number(Height));
  } catch {
    // A size that cannot be read changes nothing.
  }
}

function exitStatus(code: number): object {
  if (code === 0) return { metadata: {}, status: "Success" };
  return {
    metadata: {},
    status: "Failure",
    message: `command terminated with non-zero exit code: command terminated with exit code ${code}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(code) }] },
  };
}

const failed = (message: string) => ({
  metadata: {},
  status: "Failure",
  message,
  reason: "InternalError",
  code: 500,
});

function podOf(store: Store, { resource, name, namespace }: ResourcePath): KubeObject {
  const pod = store.get(resource, name!, namespace)?.object;
  if (!pod) throw notFound(resource, name!);
  return pod;
}

function containerOf(pod: KubeObject, asked: string | null): string {
  const names = [...(pod.spec.initContainers ?? []), ...(pod.spec.containers ?? [])].map(({ name }) => name);
  const first = pod.spec.containers[0].name;
  const { name } = pod.metadata;
  if (asked) {
    if (names.includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  if (pod.spec.containers.length === 1) return first;
  const list = pod.spec.containers.map((one: { name: string }) => one.name).join(" ");
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${list}]`);
}

const noRuntime = () => new StatusError(503, "ServiceUnavailable", "this cluster runs no pods");
