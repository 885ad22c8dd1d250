import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { tiedToParent } from "../lib/child.ts";
import { AppError } from "../lib/errors.ts";
import { sleep } from "../lib/loop.ts";

export interface InstallOptions {
  root: string;
  /** Of the cluster's admin. */
  kubeconfig: string;
  context: string | undefined;
  /** The folder for the kubeconfigs of agent and server. */
  accounts: string;
  env: Record<string, string>;
  signal: AbortSignal;
}

/** What is applied, in this order: a role needs its namespace. */
const manifests = ["crd.yaml", "namespace.yaml", "rbac/agent.yaml", "rbac/server.yaml"];

/**
 * Applies the custom resource's definition, the agent's namespace and the rights of agent and server, and gives
 * each of the two an identity with just these. Answers when their tokens end. Throws UNAVAILABLE.
 */
export function installManifests(options: InstallOptions): Promise<Date> {
  const files = manifests.map((file) => join(options.root, "k8s", file));
  return runInstall(options, files);
}

/** Renews the tokens in good time until the signal is aborted; `onFailure` hears why one could not be. */
export async function keepTokens(
  options: InstallOptions,
  expiresAt: Date,
  onFailure: (message: string) => void,
): Promise<void> {
  const { signal } = options;
  let until = expiresAt.getTime();
  try {
    for (;;) {
      await sleep(renewInMs(until - Date.now()), signal);
      await runInstall(options, []).then(
        (next) => (until = next.getTime()),
        (thrown: Error) => signal.aborted || onFailure(thrown.message),
      );
    }
  } catch {
    // The run has ended.
  }
}

/** When half of what is left is used up, so that a failure leaves time for more tries; a minute at least, a day at most. */
export const renewInMs = (leftMs: number): number => Math.min(Math.max(leftMs / 2, 60_000), 24 * 60 * 60_000);

async function runInstall(options: InstallOptions, files: string[]): Promise<Date> {
  const { root, kubeconfig, context, accounts, env, signal } = options;
  mkdirSync(accounts, { recursive: true, mode: 0o700 });
  const which = ["--kubeconfig", kubeconfig, ...(context ? ["--context", context] : [])];
  which.push("--accounts", accounts);
  if (env.STYRMIN_NAMESPACE) which.push("--namespace", env.STYRMIN_NAMESPACE);
  const command = [process.execPath, "--no-install", join(root, "kube/install.ts"), ...which, ...files];
  const child = Bun.spawn(tiedToParent(command), {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    signal,
    killSignal: "SIGKILL",
  });
  const [printed, said, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code === 0) return new Date((JSON.parse(printed) as { expiresAt: string }).expiresAt);
  throw new AppError(
    "UNAVAILABLE",
    `Styrmin could not be installed in the cluster of ${kubeconfig}: ${said.trim()}`,
  );
}
