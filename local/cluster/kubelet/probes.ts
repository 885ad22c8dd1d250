import { sleep } from "../../../lib/loop.ts";
import type { Sandbox } from "./sandbox.ts";

export interface ProbeTarget {
  sandbox: Sandbox;
  /** As the sandbox knows the container. */
  key: string;
  ip: string;
  container: any;
}

export type ProbeKind = "startup" | "readiness" | "liveness";

export interface ProbeOptions {
  kind: ProbeKind;
  probe: any;
  target: ProbeTarget;
  signal: AbortSignal;
  /** Called when the verdict changes, and the first time. */
  onVerdict: (passed: boolean) => void;
  onFailure: (message: string) => void;
}

/**
 * Probes a container until the signal is aborted. The verdict is good after `successThreshold` good answers in
 * a row and bad after `failureThreshold` bad ones. A startup probe ends with its first verdict.
 */
export async function runProbe({
  kind,
  probe,
  target,
  signal,
  onVerdict,
  onFailure,
}: ProbeOptions): Promise<void> {
  const { initialDelaySeconds = 0, periodSeconds = 10, successThreshold = 1, failureThreshold = 3 } = probe;
  const periodMs = periodSeconds * 1000;
  let verdict: boolean | undefined;
  let [good, bad] = [0, 0];
  try {
    await sleep(initialDelaySeconds * 1000, signal);
    let countAgainAt = kind === "liveness" ? 0 : performance.now() + 0.9 * periodMs;
    for (;;) {
      const failure = await tryOnce(probe, target);
      if (signal.aborted) return;
      if (failure === undefined) [good, bad] = [good + 1, 0];
      else if (performance.now() >= countAgainAt) {
        [good, bad] = [0, bad + 1];
        countAgainAt = performance.now() + 0.9 * periodMs;
        onFailure(failure);
      }
      const next = good >= successThreshold ? true : bad >= failureThreshold ? false : verdict;
      if (next !== verdict) {
        verdict = next;
        onVerdict(next!);
      }
      if (kind === "startup" && verdict !== undefined) return;
      await sleep(
        verdict === undefined && kind !== "liveness" ? Math.min(periodMs, eagerMs) : periodMs,
        signal,
      );
    }
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  }
}

/**
 * Until its first verdict a program is asked more often than its period says, so that a pod is ready when it
 * is, not when its period comes round. Bad answers are still counted once a period only.
 */
const eagerMs = 200;

/** Asks once; answers what was wrong, or nothing. */
export async function tryOnce(probe: any, target: ProbeTarget): Promise<string | undefined> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  try {
    if (probe.exec) return await tryExec(probe.exec.command ?? [], target, timeoutMs);
    if (probe.httpGet) return await tryHttp(probe.httpGet, target, timeoutMs);
    if (probe.tcpSocket) {
      const { host = target.ip, port } = probe.tcpSocket;
      await target.sandbox.call("tcp", host, portOf(target.container, port), timeoutMs);
      return undefined;
    }
    return "this kind of probe is not known here";
  } catch (thrown) {
    return (thrown as Error).message;
  }
}

async function tryHttp(http: any, { sandbox, ip, container }: ProbeTarget, timeoutMs: number) {
  const status = await sandbox.call("http", {
    ip: http.host ?? ip,
    port: portOf(container, http.port),
    path: http.path ?? "/",
    scheme: http.scheme ?? "HTTP",
    headers: (http.httpHeaders ?? []).map(({ name, value }: any) => [name, value]),
    timeoutMs,
  });
  return status >= 200 && status < 400 ? undefined : `HTTP probe failed with statuscode: ${status}`;
}

async function tryExec(command: string[], { sandbox, key }: ProbeTarget, timeoutMs: number) {
  let said = "";
  const keep = (chunk: Uint8Array) => {
    if (said.length < 1024) said += new TextDecoder().decode(chunk);
  };
  const session = sandbox.exec(key, command, { stdout: keep, stderr: keep, tty: false, stdin: false });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    session.kill();
  }, timeoutMs);
  const result = await session.done;
  clearTimeout(timer);
  if (late)
    return `command timed out: ${JSON.stringify(command.join(" "))} timed out after ${timeoutMs / 1000}s`;
  if ("failure" in result) return result.failure;
  return result.exitCode === 0 ? undefined : said;
}

/** A port by number, or by the name one of the container's ports has. */
export function portOf(container: any, port: number | string): number {
  if (typeof port === "number") return port;
  const named = (container.ports ?? []).find(({ name }: any) => name === port);
  return named?.containerPort ?? Number(port);
}
