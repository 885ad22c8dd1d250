/** What the cases about running things need: small manifests, waiting, and short forms of long answers. */
import { createKube } from "../../kube/client.ts";
import { loadKubeAccess } from "../../kube/config.ts";
import { messageOf } from "../../lib/errors.ts";
import { eventually } from "../helpers/eventually.ts";
import type { Asked } from "./case.ts";

/** Both clusters have them; tags beside these are not to be had in the real one. */
export const images = { shell: "busybox:1.37", bun: "oven/bun:1.4.5" };

/** A container `main` that runs a shell script. */
export function shell(script: string, rest: object = {}): Record<string, unknown> {
  return {
    name: "main",
    image: images.shell,
    imagePullPolicy: "IfNotPresent",
    command: ["sh", "-c", script],
    ...rest,
  };
}

/** Runs until it is told to end, and then does so at once. */
export const forever = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

/** A container that runs until it is told to end. */
export const idle = (rest: object = {}) => shell(forever, rest);

/** The spec of a pod with these containers that is not waited for when it is deleted. */
export function podSpec(containers: object | object[], rest: object = {}): Record<string, unknown> {
  return { terminationGracePeriodSeconds: 1, containers: [containers].flat(), ...rest };
}

export function template(name: string, containers: object | object[], rest: object = {}): object {
  return { metadata: { labels: { app: name } }, spec: podSpec(containers, rest) };
}

export async function makePod(
  { post, at }: Asked,
  name: string,
  containers: object | object[],
  rest: object = {},
  metadata: object = {},
): Promise<string> {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: name }, ...metadata },
    spec: podSpec(containers, rest),
  };
  const made = await post(at("pods"), pod);
  if (made.code !== 201) throw new Error(`pod ${name}: ${JSON.stringify(made.body)}`);
  return at("pods", name);
}

export async function make(asked: Asked, kind: string, object: object): Promise<any> {
  const made = await asked.post(asked.at(kind), object);
  if (made.code !== 201) throw new Error(`${kind}: ${JSON.stringify(made.body)}`);
  return made.body;
}

/** Waits until the object at a path is as the test says, and answers it. */
export function until(
  { get }: Asked,
  path: string,
  awaited: string,
  isSo: (object: any) => unknown,
): Promise<any> {
  return eventually(
    `${awaited}: ${path}`,
    async () => {
      const { code, body } = await get(path);
      if (code === 200 && isSo(body)) return body;
      throw new Error(`${code} ${JSON.stringify(body.status ?? body)}`);
    },
    { everyMs: 150 },
  );
}

export const running = (asked: Asked, path: string) =>
  until(asked, path, "it runs", ({ status }) =>
    status.containerStatuses?.every((each: any) => each.state.running),
  );
export const ready = (asked: Asked, path: string) =>
  until(asked, path, "it is ready", (pod) => conditionOf(pod, "Ready")?.status === "True");
export const finished = (asked: Asked, path: string) =>
  until(asked, path, "it has ended", ({ status }) => ["Succeeded", "Failed"].includes(status.phase));

export function gone({ get }: Asked, path: string): Promise<unknown> {
  return eventually(`nothing is left at ${path}`, async () => (await get(path)).code === 404, {
    everyMs: 100,
  });
}

/** The objects of a kind with a label `app`, by name; when there are so many, if a number is given. */
export async function listed(asked: Asked, kind: string, app: string, count?: number): Promise<any[]> {
  const path = `${asked.at(kind)}?labelSelector=app%3D${app}`;
  const list = await until(
    asked,
    path,
    `${count} of them`,
    ({ items }) => count === undefined || items.length === count,
  );
  return list.items.sort((a: any, b: any) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

export function conditionOf(object: any, type: string): any {
  return object.status?.conditions?.find((each: any) => each.type === type);
}

/** `{ Ready: "False ContainersNotReady: containers with …" }` */
export function conditions(object: any): Record<string, string> {
  const list: any[] = object.status?.conditions ?? [];
  // When its network is taken away from a pod that has ended is by chance.
  const over = ["Succeeded", "Failed"].includes(object.status?.phase);
  const shown = list.filter(({ type }) => !over || type !== "PodReadyToStartContainers");
  return Object.fromEntries(
    shown.map(({ type, status, reason, message }) => [
      type,
      [status, reason, message && `(${message})`].filter(Boolean).join(" "),
    ]),
  );
}

/** Each state of a container without times and identities. */
export function states(pod: any): Record<string, unknown> {
  const all: any[] = [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])];
  return Object.fromEntries(
    all.map(({ name, state, lastState, ready, started, restartCount }) => [
      name,
      { state: plainState(state), lastState: plainState(lastState), ready, started, restartCount },
    ]),
  );
}

function plainState(state: any): unknown {
  const entries = Object.entries<any>(state ?? {}).map(([kind, fields]) => {
    const { startedAt: _, finishedAt: __, containerID: ___, ...rest } = fields;
    return [kind, rest];
  });
  return Object.fromEntries(entries);
}

export const never = { restartPolicy: "Never" };

/** Phase, conditions and containers of a pod. */
export function picture(pod: any): unknown {
  const { phase, reason, message } = pod.status;
  return { phase, reason, message, conditions: conditions(pod), containers: states(pod) };
}

/** A pod `one` that is not restarted, when it is over. */
export const ended = async (asked: Asked, container: object, spec: object = {}) =>
  finished(asked, await makePod(asked, "one", container, { ...never, ...spec }));

export const stateOf = (pod: any) => pod.status.containerStatuses?.[0]?.state;

/** The pod once its first container waits for this reason. */
export const waits = (asked: Asked, path: string, reason: string) =>
  until(asked, path, reason, (pod) => stateOf(pod)?.waiting?.reason === reason);

/**
 * What was said of an object, each sentence once, in order of the alphabet; those are
 * awaited whose reasons or words are given. A real cluster's controllers say more than once what happens more than once.
 */
export async function events(asked: Asked, name: string, ...awaited: (string | RegExp)[]): Promise<string[]> {
  const path = `${asked.at("events")}?fieldSelector=involvedObject.name%3D${name}`;
  const list = await until(asked, path, `events ${awaited.join(", ")}`, ({ items }) =>
    awaited.every((one) =>
      items.some(({ reason, message }: any) => (one instanceof RegExp ? one.test(message) : one === reason)),
    ),
  );
  // A busy kubelet mounts the token's volume at the second try, and says so: that is of the machine, not of the question.
  const said = list.items.filter(({ message }: any) => !/failed to sync \w+ cache: timed out/.test(message));
  const lines: string[] = said.map(({ type, reason, message, source, reportingComponent }: any) =>
    `${type} ${reason} (${source?.component || reportingComponent}): ${message}`.replace(
      /(Successfully assigned \S+) to \S+$/,
      "$1 to <node>",
    ),
  );
  return [...new Set(withoutHashes(lines, name))].sort();
}

/** Puts a word in place of the generated part of names: of ReplicaSets, and of their pods. */
export function withoutHashes<T>(value: T, name: string): T {
  const hash = "[bcdfghjklmnpqrstvwxz2456789]";
  const text = JSON.stringify(value)
    .replaceAll(
      /"(pod-template-hash|controller-revision-hash|controller\.kubernetes\.io\/hash)":"[^"]*"/g,
      '"$1":"<hash>"',
    )
    .replaceAll(new RegExp(`${name}-${hash}{6,10}-${hash}{5}(?![a-z0-9])`, "g"), `${name}-<hash>-<pod>`)
    .replaceAll(new RegExp(`${name}-${hash}{6,10}(?![a-z0-9])`, "g"), `${name}-<hash>`)
    .replaceAll(new RegExp(`${name}-${hash}{5}(?![a-z0-9])`, "g"), `${name}-<pod>`);
  return JSON.parse(text) as T;
}

/** The log of a pod, or the code and message of the refusal. */
export async function logOf({ get }: Asked, path: string, query = ""): Promise<unknown> {
  const { code, body } = await get(`${path}/log${query && `?${query}`}`);
  return code === 200 ? String(body) : { code, message: body.message ?? body };
}

/** Runs a command in a pod as kubectl does; a failure to run it at all is told by its message. */
export async function exec(
  { kubeconfig, namespace }: Asked,
  name: string,
  command: string[],
  { container = "main", stdin }: { container?: string; stdin?: string } = {},
): Promise<unknown> {
  const kube = createKube({ config: await loadKubeAccess({ kubeconfig }) });
  const options = stdin === undefined ? {} : { stdin: new TextEncoder().encode(stdin) };
  try {
    return await kube.exec({ namespace, name }, container, command, options);
  } catch (thrown) {
    return messageOf(thrown);
  }
}
