import { gunzipSync } from "node:zlib";
import { shortId } from "../../lib/names.ts";
import type { KubeObject } from "../../kube/types.ts";
import { kinds } from "./cluster.ts";
import type { World } from "./world.ts";

/** Everything there is of one deployment, in cluster and database, without what differs from run to run. */
export interface Picture {
  objects: Record<string, unknown>;
  rows: unknown;
}

/** What two runs of the same thing must have in common: names, specs, statuses and rows, with ids and times taken out. */
export async function pictureOf(world: World, name: string, deploymentId: string): Promise<Picture> {
  const { sql, stage } = world;
  const resource = `${name}-${shortId(deploymentId)}`;
  const instances = await sql`select id from instances where deployment_id = ${deploymentId} order by id`;
  const words: [string, string][] = [
    [deploymentId, "DEPLOYMENT"],
    ...instances.map((one, place): [string, string] => [one.id, `INSTANCE${place}`]),
    ...instances.map((one, place): [string, string] => [`params-${shortId(one.id)}`, `params-${place}`]),
    [resource, "APP"],
    [name, "NAME"],
    [world.name, "WORLD"],
    [world.clusterId, "CLUSTER"],
  ];
  const normal = (value: unknown) => JSON.parse(plain(JSON.stringify(value), words));

  const objects: [string, unknown][] = [];
  for (const kind of Object.values(kinds)) {
    for (const namespace of [world.namespace, world.systemNamespace]) {
      for (const object of await stage.cluster.list(kind, namespace)) {
        if (!isOf(object, resource, deploymentId) || isEnding(object)) continue;
        objects.push([normal(`${kind.kind} ${namespace}/${object.metadata.name}`), normal(essence(object))]);
      }
    }
  }
  const rows = await sql`
    select phase, intent_generation, released_generation, instance_id = active_instance_id as active,
      (select jsonb_agg(jsonb_build_array(generation, state, error) order by generation) from intents i
        where i.deployment_id = d.id) as intents
    from deployments d where id = ${deploymentId}`;
  const tasks = await sql`
    select kind, state, reason, kept, token is not null as has_token, (select jsonb_agg(jsonb_build_array(name, state) order by position)
      from task_steps s where s.task_id = t.id) as steps from tasks t where deployment_id = ${deploymentId} order by id`;
  const secrets =
    await sql`select count(*)::int as count from instance_secrets s join instances i on i.id = s.instance_id
    where i.deployment_id = ${deploymentId}`;
  return { objects: Object.fromEntries(objects.sort()), rows: normal({ rows, tasks, secrets }) };
}

function isOf({ metadata }: KubeObject, resource: string, deploymentId: string): boolean {
  const labelled = metadata.labels?.["styrmin.io/deployment"] === deploymentId;
  return labelled || metadata.name.startsWith(resource) || metadata.labels?.app === resource;
}

/** A pod whose containers have ended and which a kubelet is about to remove, sooner or later. */
function isEnding({ kind, metadata, status }: KubeObject): boolean {
  const ended = status?.phase === "Succeeded" || status?.phase === "Failed";
  return kind === "Pod" && metadata.deletionTimestamp !== undefined && ended;
}

/** An object without identity and times; what a Release holds is unpacked. */
function essence(object: KubeObject): unknown {
  // What a kubelet last measured of a pod's limits differs by itself.
  if (object.kind === "Pod" && object.status)
    object = { ...object, status: { ...object.status, resources: null } };
  const { uid: _, resourceVersion: __, managedFields = [], ...metadata } = object.metadata;
  const managers = (managedFields as { manager: string; operation: string; subresource?: string }[])
    .map((one) => `${one.manager} ${one.operation} ${one.subresource ?? ""}`)
    .sort();
  const data = object.type === "styrmin.io/release" ? unpacked(object.data) : object.data;
  return { ...object, metadata: { ...metadata, managers }, ...(data ? { data } : {}) };
}

function unpacked(data: Record<string, string>): Record<string, string> {
  const read = (packed: string) => gunzipSync(Buffer.from(packed, "base64")).toString("utf8");
  return Object.fromEntries(Object.entries(data).map(([key, packed]) => [key, read(packed)]));
}

/** A template's hash is a 32-bit number whose decimal digits are spelled in letters that form no word: 1 to 10 of them. */
const setName = /APP-[bcdfghjklmnpqrstvwxz2456789]{1,10}\b/g;
const podName = /APP-[bcdfghjklmnpqrstvwxz2456789]{1,10}-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g;

function plain(text: string, words: [string, string][]): string {
  let result = text;
  for (const [word, stands] of words) result = result.replaceAll(word, stands);
  return result
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "UUID")
    .replace(podName, "APP-POD")
    .replace(setName, "APP-SET")
    .replace(/("pod-template-hash"):"[^"]*"/g, '$1:"HASH"')
    .replace(/("styrmin.io\/render-key"):"[^"]*"/g, '$1:"KEY"')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "TIME")
    .replace(/kube-api-access-[a-z0-9]{5}/g, "kube-api-access")
    .replace(/containerd:\/\/[0-9a-f]{64}/g, "CONTAINER")
    .replace(/10\.\d+\.\d+\.\d+/g, "ADDRESS");
}
