import type postgres from "postgres";
import type { KubeObject, ObjectMeta } from "../../kube/types.ts";
import { kinds } from "./cluster.ts";
import type { World } from "./world.ts";

/** The version of every row of the database, but for what tells only that an agent lives and looks. */
export async function rowVersions(
  sql: postgres.Sql,
  { except = ["agents", "reports"] }: { except?: string[] } = {},
): Promise<Record<string, string>> {
  const tables = await sql<{ name: string }[]>`
    select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`;
  const versions: Record<string, string> = {};
  for (const { name } of tables) {
    if (except.includes(name)) continue;
    const rows = await sql.unsafe(
      `select xmin::text as xmin, ctid::text as ctid, t.* from ${name} t order by ctid`,
    );
    for (const row of rows) versions[`${name} ${row.ctid}`] = `${row.xmin} ${JSON.stringify(row)}`;
  }
  return versions;
}

/** The version of every object in the namespaces of a world. */
export async function objectVersions({
  stage: { cluster },
  namespace,
  systemNamespace,
}: World): Promise<Record<string, string>> {
  const versions: Record<string, string> = {};
  const note = (what: string, { resourceVersion }: ObjectMeta, object: unknown) =>
    (versions[what] = `${resourceVersion} ${JSON.stringify(object)}`);
  for (const where of [namespace, systemNamespace]) {
    for (const kind of Object.values(kinds)) {
      for (const found of await cluster.list(kind, where)) {
        const object = kind === kinds.pod ? asStarted(found) : found;
        note(`${kind.kind} ${where}/${object.metadata.name}`, object.metadata, object);
      }
    }
    const found = await cluster.kube.get({ apiVersion: "v1", kind: "Namespace", name: where });
    if (found) note(`Namespace ${where}`, found.metadata, found);
  }
  return versions;
}

/** Whether a pod of a world's applications is on its way out. */
export async function isAPodEnding({ stage: { cluster }, namespace }: World): Promise<boolean> {
  const pods = await cluster.list(kinds.pod, namespace);
  return pods.some(({ metadata }) => metadata.deletionTimestamp !== undefined);
}

/** A pod without what its kubelet measures of it now and then. */
function asStarted({ metadata, status, ...rest }: KubeObject): KubeObject {
  const { managedFields: _, resourceVersion: __, ...meta } = metadata;
  return { ...rest, metadata: meta, status: { ...status, resources: undefined } } as KubeObject;
}

/** What differs between two looks at versions. */
export function changes(before: Record<string, string>, after: Record<string, string>): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => before[key] !== after[key])
    .map((key) => `${key}:\n  before ${before[key]}\n  after  ${after[key]}`);
}
