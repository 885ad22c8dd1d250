import { ClientError, type DeploymentFieldsFragment } from "../sdk/index.ts";
import { type Cli, Exit, exitCodes } from "./io.ts";
import { neutralise } from "./output.ts";

/** Where a change that has no task ends; what is not well may still become so. */
const ends = ["RUNNING", "STOPPED"];

/**
 * Waits until a deployment is as declared, and well, showing what it waits for. Survives a restart of the server. Throws
 * `Exit` when it fails or goes away, or when the time is up: what was declared stays.
 */
export async function waitUntilSettled(
  { client, io }: Cli,
  { id, name }: Pick<DeploymentFieldsFragment, "id" | "name">,
  timeoutSeconds: number,
): Promise<DeploymentFieldsFragment> {
  const limit = AbortSignal.timeout(timeoutSeconds * 1000);
  let said: string | undefined;
  const events = client.deployments.watch(id, {
    signal: AbortSignal.any([io.signal, limit]),
    retries: 1_000,
    onReconnect: () => io.stderr("  … the server does not answer; waiting for it\n"),
  });
  for await (const deployment of events) {
    if (deployment === null || deployment === undefined)
      throw new Exit(exitCodes.taskFailed, `${name} was deleted meanwhile.`);
    const { status, statusReason } = deployment;
    if (ends.includes(status)) return deployment;
    if (status === "FAILED" || status === "DELETING")
      throw new Exit(exitCodes.taskFailed, `${name} is ${status}: ${statusReason}`);
    if (statusReason === said) continue;
    said = statusReason;
    io.stderr(`  … ${neutralise(said)}\n`);
  }
  io.signal.throwIfAborted();
  if (!limit.aborted)
    throw new ClientError("UNAVAILABLE", `The server ended the stream of ${name} before it was settled.`);
  const why = said === undefined ? "" : ` Last: ${said.replace(/\.$/, "")}.`;
  const see = "See `styrminctl deployments list`.";
  throw new Exit(
    exitCodes.timeout,
    `${name} is not settled after ${timeoutSeconds} s; it goes on.${why} ${see}`,
  );
}
