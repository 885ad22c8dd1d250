import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "../../lib/log.ts";
import type { Cluster } from "../../local/cluster/cluster.ts";
import type { AuditLine } from "../../local/cluster/http/audit.ts";
import { type StartOptions, startCluster } from "../../local/cluster/start.ts";

export interface TestCluster {
  readonly api: Cluster["api"];
  readonly url: string;
  /** Path of the admin's kubeconfig. */
  readonly kubeconfig: string;
  readonly dir: string;
  /** Where Ingress objects answer; 0 without `pods`. */
  readonly ingressPort: number;
  /** Every request so far, oldest first. */
  auditLines(): AuditLine[];
  /** Ends the cluster and starts it again over the same folder and port. */
  restart(): Promise<void>;
  /** Ends the cluster and removes its folder. */
  stop(): Promise<void>;
}

/**
 * An embedded cluster in this process, over a folder of its own: the API alone, or with `workloads` its
 * controllers too, and with `pods` its kubelet.
 */
export async function startTestCluster(options: Partial<StartOptions> = {}): Promise<TestCluster> {
  const dir = mkdtempSync(join(tmpdir(), "styrmin-cluster-"));
  const start = () =>
    startCluster({ dir, log: silentLog, audit: true, workloads: false, pods: false, ...options });
  let cluster = await start();
  return {
    get api() {
      return cluster.api;
    },
    get url() {
      return cluster.url;
    },
    get kubeconfig() {
      return cluster.kubeconfig;
    },
    get ingressPort() {
      return cluster.kubelet?.ingressPort ?? 0;
    },
    dir,
    auditLines: () => readAudit(dir),
    async restart() {
      await cluster.stop();
      cluster = await start();
    },
    async stop() {
      await cluster.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export function readAudit(dir: string): AuditLine[] {
  const file = join(dir, "audit.log");
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as AuditLine);
}

export interface ClusterProcess {
  readonly pid: number;
  readonly url: string;
  readonly kubeconfig: string;
  /** kill -9, and waits for the end. */
  kill(): Promise<void>;
  /** SIGTERM, and waits for the end; answers the exit code. */
  stop(): Promise<number>;
}

/** The embedded cluster as `npm start` runs it: a process of its own, over a folder that the caller keeps. */
export async function startClusterProcess(dir: string): Promise<ClusterProcess> {
  const main = join(import.meta.dir, "../../local/cluster/main.ts");
  const child = Bun.spawn([process.execPath, "--no-install", main], {
    env: {
      ...process.env,
      STYRMIN_CLUSTER_DIR: dir,
      STYRMIN_CLUSTER_AUDIT: "1",
      BUN_CONFIG_MAX_HTTP_REQUESTS: "2000",
    },
    stdout: "pipe",
    stderr: "inherit",
  });
  const reader = child.stdout.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (!text.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`the cluster ended with ${await child.exited} before it was ready`);
    text += decoder.decode(value, { stream: true });
  }
  const { url, kubeconfig } = JSON.parse(text.split("\n")[0]!) as { url: string; kubeconfig: string };
  return {
    pid: child.pid,
    url,
    kubeconfig,
    async kill() {
      child.kill("SIGKILL");
      await child.exited;
    },
    stop() {
      child.kill("SIGTERM");
      return child.exited;
    },
  };
}
