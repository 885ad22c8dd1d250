import type { StyrminDeployment } from "../../kube/styrmin-deployment.ts";
import type { KubeObject } from "../../kube/types.ts";
import { messageOf } from "../../lib/errors.ts";
import type { Deps } from "./deps.ts";
import type { Release } from "./releases.ts";
import { readSecrets, withoutSecrets } from "./secrets.ts";

const lastLines = 20;
/** The most that is read of one log, bytes: a line may be of any length. */
const mostBytes = 64 * 1024;
const limitMs = 10_000;
/** Shorter values in a chart's Secrets are as likely words as secrets. */
const shortest = 8;

/**
 * The last lines of a Job's or Pod's log, without the secrets of the Instance and of the Release. Nothing for other
 * kinds. A log that cannot be read says so; only the signal makes it throw.
 */
export async function hookLog(
  deps: Deps,
  resource: StyrminDeployment,
  release: Release,
  live: KubeObject | undefined,
  signal: AbortSignal,
): Promise<string[]> {
  if (live?.kind !== "Pod" && live?.kind !== "Job") return [];
  let pod: KubeObject | undefined;
  try {
    pod = live.kind === "Pod" ? live : await podOfJob(deps, live, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    return [`(its log cannot be found: ${messageOf(thrown)})`];
  }
  if (pod === undefined) return [];
  const clean = await cleanerOf(deps, resource, release, signal);
  if (clean === undefined) return ["(its log is left out, since secrets cannot be told)"];
  const containers = containersOf(pod);
  const lines: string[] = [];
  for (const container of containers) {
    const prefix = containers.length > 1 ? `${container}: ` : "";
    const own = await tail(deps, pod, container, signal);
    lines.push(...own.map((line) => clean(prefix + line)));
  }
  return lines.slice(-lastLines);
}

/** Takes secrets out of a text; undefined while they cannot be told. */
export async function cleanerOf(
  deps: Deps,
  resource: StyrminDeployment,
  release: Release,
  signal: AbortSignal,
): Promise<((text: string) => string) | undefined> {
  try {
    const own = Object.values(await readSecrets(deps, resource, signal));
    const all = [...own, ...chartSecrets(release)];
    return (text) => withoutSecrets(text, all);
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** What a chart keeps in Secrets, such as a password that it made up. Pure. */
function chartSecrets({ objects, hooks }: Release): string[] {
  const data = [...objects, ...hooks]
    .filter(({ kind }) => kind === "Secret")
    .map((secret) => secret.data ?? {});
  return data
    .flatMap((entries) => Object.values(entries as Record<string, string>))
    .map((value) => Buffer.from(String(value), "base64").toString("utf8"))
    .filter((value) => value.length >= shortest);
}

/** The pod that a Job made last. The API is asked: what is watched may be behind a Job that has just ended. */
async function podOfJob(
  { kube }: Deps,
  { metadata: { uid, name, namespace } }: KubeObject,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  const labelSelector = `batch.kubernetes.io/job-name=${name}`;
  const { items } = await kube.list(
    { apiVersion: "v1", kind: "Pod" },
    { namespace: namespace!, labelSelector },
    signal,
  );
  const own = items.filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid));
  const madeAt = ({ metadata }: KubeObject) => Date.parse(metadata.creationTimestamp ?? "") || 0;
  return own.sort((one, other) => madeAt(one) - madeAt(other)).at(-1);
}

/** The containers whose words count: all, and of those that only prepare what failed. */
function containersOf({ status }: KubeObject): string[] {
  const failed = ((status?.initContainerStatuses ?? []) as KubeObject[]).filter(
    ({ state }) => state?.terminated?.exitCode > 0,
  );
  return [...failed, ...((status?.containerStatuses ?? []) as KubeObject[])].map(
    ({ name }) => name as string,
  );
}

async function tail(
  { kube }: Deps,
  { metadata: { name, namespace } }: KubeObject,
  container: string,
  signal: AbortSignal,
): Promise<string[]> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
  let read = new Uint8Array();
  try {
    const asked = { container, tailLines: lastLines };
    for await (const chunk of kube.logs({ namespace: namespace!, name }, asked, limit)) {
      const all = Buffer.concat([read, chunk]);
      read = all.subarray(Math.max(0, all.length - mostBytes));
    }
  } catch (thrown) {
    signal.throwIfAborted();
    if (read.length === 0) return [`(its log cannot be read: ${messageOf(thrown)})`];
  }
  const lines = new TextDecoder().decode(read).split("\n");
  // Half of a line may be half of a secret, which nobody would know.
  if (read.length >= mostBytes) lines.shift();
  return lines
    .map(plain)
    .filter((line) => line !== "")
    .slice(-lastLines);
}

/** Neither colours nor what no status can hold. */
const plain = (line: string) =>
  line
    .toWellFormed()
    .replaceAll(/\u001b\[[0-9;]*[A-Za-z]/g, "")
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "")
    .trimEnd();
