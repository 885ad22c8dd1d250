import { ClientError, type DeploymentFieldsFragment } from "../sdk/index.ts";
import { type Cli, Exit, exitCodes } from "./io.ts";
import { neutralise } from "./output.ts";

/** Where a change that has no task ends; what is not well may still become so. */
const ends = ["RUNNING", "STOPPED"];

/**
 * Waits until what is in the cluster is as declared, and well, showing what it waits for; a deploy that failed before is
 * told, and not what was asked for. Survives a restart of the server. Throws `Exit` when the operator cannot go on or the
 * deployment goes away, or when the time is up: what was declared stays.
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
    const { status, resourceStatus: now, resourceStatusReason: reason } = deployment;
    if (ends.includes(now)) {
      if (status === "FAILED") io.stderr(`${neutralise(stillFailed(deployment, now))}\n`);
      return deployment;
    }
    if (now === "FAILED" || now === "DELETING")
      throw new Exit(exitCodes.taskFailed, `${name} is ${now}: ${reason}`);
    if (reason === said) continue;
    said = reason;
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

function stillFailed({ name, environment, statusReason }: DeploymentFieldsFragment, now: string): string {
  const is = now === "STOPPED" ? "stopped" : "as wanted";
  const update = `styrminctl deployments update ${environment.name}/${name} --wait`;
  return `${name} is ${is}. Its status stays FAILED until it is updated, if only to try the same again by \`${update}\`: ${statusReason}`;
}
