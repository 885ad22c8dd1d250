import { join } from "node:path";
import { tiedToParent } from "../../lib/child.ts";
import { eventually } from "../helpers/eventually.ts";
import { cpuSeconds, residentMB } from "./processes.ts";

/** A Python that has kopf and aiohttp; without it kopf is not measured. */
const python = process.env.STYRMIN_TEST_KOPF || undefined;

export interface KopfOperator {
  /** Seconds of processor time so far. */
  cpu(): number;
  memoryMB(): number;
  stop(): Promise<void>;
}

/** The same operator in the original's framework, on one namespace; undefined where there is no kopf. */
export async function startKopf(kubeconfig: string, namespace: string): Promise<KopfOperator | undefined> {
  if (!python) return undefined;
  const port = freePort();
  const health = `http://127.0.0.1:${port}/healthz`;
  const program = join(import.meta.dir, "programs/kopf_operator.py");
  const command = [python, "-m", "kopf", "run", "--standalone", "-n", namespace, `--liveness=${health}`];
  const child = Bun.spawn(tiedToParent([...command, program]), {
    env: { PATH: process.env.PATH ?? "", KUBECONFIG: kubeconfig, PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["ignore", "ignore", process.env.STYRMIN_BENCH_LOG ? "inherit" : "ignore"],
  });
  await eventually("kopf runs", async () => (await fetch(health)).ok, { timeoutMs: 30_000, everyMs: 100 });
  return {
    cpu: () => cpuSeconds(child.pid),
    memoryMB: () => residentMB(child.pid),
    async stop() {
      child.kill("SIGTERM");
      await Promise.race([child.exited, Bun.sleep(5_000).then(() => child.kill("SIGKILL"))]);
      await child.exited;
    },
  };
}

function freePort(): number {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = server;
  server.stop(true);
  return port;
}
