import { PassThrough, Readable, Writable } from "node:stream";
import type { KubeAccess } from "./config.ts";
import { KubeError, ownReasons } from "./errors.ts";
import type { ExecOutcome } from "./types.ts";

/** What of each output is kept unless asked otherwise; the rest is dropped, and said to be. */
const defaultOutputBytes = 16 * 1024 * 1024;

/**
 * Runs a command in a container by client-node's `Exec` (WebSocket). The time limit is for the connection
 * only: the command itself ends with the signal. Throws KubeError; a command that fails is an outcome.
 */
export async function execInPod(
  access: KubeAccess,
  pod: { namespace: string; name: string },
  container: string,
  command: string[],
  options: { stdin?: Uint8Array; signal?: AbortSignal; maxOutputBytes?: number; limitMs: number },
): Promise<ExecOutcome> {
  const { stdin, signal, maxOutputBytes = defaultOutputBytes, limitMs } = options;
  signal?.throwIfAborted();
  await access.credentials();
  const { Exec } = await import("@kubernetes/client-node/dist/exec.js");
  const { WebSocketHandler } = await import("@kubernetes/client-node/dist/web-socket-handler.js");
  // Its default for these is the process's own: a server that closes a stream would close our stdout.
  const unused = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const handler = new WebSocketHandler(access.kubeConfig(), undefined, unused);
  const what = `exec in ${pod.namespace}/${pod.name} (${container})`;
  const stdout = createSink(maxOutputBytes);
  const stderr = createSink(maxOutputBytes);
  return new Promise((resolve, reject) => {
    let socket: { close(): void } | undefined;
    let finished = false;
    const finish = (settle: () => void) => {
      finished = true;
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
      socket?.close();
      settle();
    };
    const fail = (reason: string, text: string, cause?: unknown) =>
      finish(() => reject(new KubeError(0, reason, `${what}: ${text}`, { cause })));
    const stop = () => finish(() => reject(signal!.reason));
    const timer = setTimeout(() => fail(ownReasons.timeout, `no connection within ${limitMs} ms`), limitMs);
    signal?.addEventListener("abort", stop, { once: true });

    const ended = (status: ExecStatus) => {
      const exitCode = exitCodeOf(status);
      if (exitCode === undefined) fail(reasonOf(status), status.message ?? "the command could not be run");
      else finish(() => resolve({ exitCode, stdout: stdout.text(), stderr: stderr.text() }));
    };
    const input = stdin === undefined ? null : Readable.from(stdin.length > 0 ? [Buffer.from(stdin)] : []);
    new Exec(access.kubeConfig(), handler)
      .exec(pod.namespace, pod.name, container, command, stdout.stream, stderr.stream, input, false, ended)
      .then((connection) => {
        clearTimeout(timer);
        socket = connection;
        if (finished) return connection.close();
        connection.onclose = () =>
          fail(ownReasons.unreachable, "the connection broke before the command ended");
      })
      .catch((thrown) => finish(() => reject(errorOfUpgrade(what, thrown))));
  });
}

interface ExecStatus {
  status?: string;
  message?: string;
  reason?: string;
  details?: { causes?: { reason?: string; message?: string }[] };
}

/** Undefined when the command did not run. */
export function exitCodeOf(status: ExecStatus): number | undefined {
  if (status.status === "Success") return 0;
  const cause = status.details?.causes?.find((one) => one.reason === "ExitCode");
  const code = Number(cause?.message ?? Number.NaN);
  return Number.isInteger(code) ? code : undefined;
}

/** The API server has no connection to the node's kubelet: that is restarted, say. */
const isWithoutKubelet = /error dialing backend: |error sending request: Post "[^"]*": dial tcp /;

/** The runtime says that the command cannot be started in its container. */
const cannotStart =
  /failed to (create|start) exec|unable to start container process|OCI runtime exec failed|executable file not found|no such file/;

function reasonOf({ message = "" }: ExecStatus): string {
  if (isWithoutKubelet.test(message)) return ownReasons.notBegun;
  // A kubelet or a runtime that ended in the middle of a command leaves no exit code either.
  return cannotStart.test(message) ? ownReasons.execFailed : ownReasons.unreachable;
}

/** What `ws` says when the server does not upgrade: an error event whose text has the status, if any. */
function errorOfUpgrade(what: string, thrown: unknown): KubeError {
  const said = String((thrown as { message?: unknown })?.message ?? "") || "the connection was refused";
  const status = Number(/response: (\d{3})/.exec(said)?.[1] ?? 0);
  const text = status === 403 ? `${said}; it takes the rights get and create for pods/exec` : said;
  return new KubeError(status, reasonOfRefusal(status, said), `${what}: ${text}`, { cause: thrown });
}

function reasonOfRefusal(status: number, said: string): string {
  // A gateway may have passed the request on.
  if (status === 502 || status === 504) return ownReasons.unreachable;
  if (status > 0) return ownReasons.upgradeRefused;
  // There was no connection. One that broke may have carried the request.
  return /^(connect|getaddrinfo) E/.test(said) ? ownReasons.notBegun : ownReasons.unreachable;
}

function createSink(maxOutputBytes: number): { stream: Writable; text(): string } {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (bytes < maxOutputBytes) chunks.push(Buffer.from(chunk.subarray(0, maxOutputBytes - bytes)));
      bytes += chunk.length;
      done();
    },
  });
  const text = () => {
    const cut = bytes > maxOutputBytes ? `\n[${bytes - maxOutputBytes} more bytes were dropped]\n` : "";
    return Buffer.concat(chunks).toString("utf8") + cut;
  };
  return { stream, text };
}
