import type postgres from "postgres";
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

const resources = [
  ["", "configmaps"],
  ["", "namespaces"],
  ["", "persistentvolumeclaims"],
  ["", "pods"],
  ["", "secrets"],
  ["apps", "deployments"],
  ["apps", "replicasets"],
  ["styrmin.io", "styrmindeployments"],
] as const;

/** The version of every object in the namespaces of a world. */
export function objectVersions({ stage, namespace, systemNamespace }: World): Record<string, string> {
  const versions: Record<string, string> = {};
  for (const [group, resource] of resources) {
    for (const object of stage.cluster.api.list({ group, resource })) {
      const { name, namespace: where = name, resourceVersion } = object.metadata;
      if (where !== namespace && where !== systemNamespace) continue;
      versions[`${resource} ${where}/${name}`] = `${resourceVersion} ${JSON.stringify(object)}`;
    }
  }
  return versions;
}

/** What differs between two looks at versions. */
export function changes(before: Record<string, string>, after: Record<string, string>): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => before[key] !== after[key])
    .map((key) => `${key}:\n  before ${before[key]}\n  after  ${after[key]}`);
}
