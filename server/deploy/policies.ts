import { AppError } from "../../lib/errors.ts";
import { checkedNewVersions, defaultNewVersionPolicy, type NewVersionPolicy } from "./new-version-policy.ts";

/** How the operator treats what it finds of a deployment; see `DeploymentPolicies` in the schema. */
export interface DeploymentPolicies {
  drift: "REPAIR" | "REPORT" | "IGNORE";
  conflicts: "REFUSE" | "TAKE_OVER";
  prune: boolean;
  ignore: IgnoredFields[];
  /** Of no concern to the operator: the server looks at it. */
  newVersions: NewVersionPolicy;
}

export interface IgnoredFields {
  kind: string;
  name?: string;
  fields: string[];
}

type Nullable<T> = { [key in keyof T]?: T[key] | null | undefined };

/** What a client sends. */
export type PoliciesInput = Nullable<
  Omit<DeploymentPolicies, "ignore" | "newVersions"> & {
    newVersions: Parameters<typeof checkedNewVersions>[0];
    ignore: readonly { kind: string; name?: string | null; fields: readonly string[] }[];
  }
>;

const defaults: DeploymentPolicies = {
  drift: "REPAIR",
  conflicts: "REFUSE",
  prune: true,
  ignore: [],
  newVersions: defaultNewVersionPolicy,
};

/** All policies of what is recorded. */
export const allPolicies = (recorded: Partial<DeploymentPolicies>): DeploymentPolicies => ({
  ...defaults,
  ...recorded,
});

/**
 * What is recorded after a change: what is named changes, null takes a policy back to its default, and defaults are
 * not recorded. Throws INVALID.
 */
export function changedPolicies(
  before: Partial<DeploymentPolicies>,
  input: PoliciesInput,
): Partial<DeploymentPolicies> {
  const { ignore, newVersions, ...rest } = input;
  const named = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const rules = ignore === undefined ? {} : { ignore: ignore?.map(checkedRule) ?? null };
  if ((ignore?.length ?? 0) > most) throw invalid(`at most ${most} entries are possible`);
  const versions =
    newVersions === undefined ? {} : { newVersions: newVersions && checkedNewVersions(newVersions) };
  const after = { ...before, ...named, ...rules, ...versions };
  const isDefault = ([key, value]: [string, unknown]) =>
    value === null || Bun.deepEquals(value, defaults[key as keyof DeploymentPolicies]);
  return Object.fromEntries(Object.entries(after).filter((entry) => !isDefault(entry)));
}

const most = 100;

function checkedRule({
  kind,
  name,
  fields,
}: {
  kind: string;
  name?: string | null;
  fields: readonly string[];
}) {
  if (!/^[A-Z][A-Za-z0-9]{0,62}$/.test(kind)) {
    throw invalid(`"${kind.slice(0, 80)}" is no kind; write it as in a manifest, like Deployment`);
  }
  if (name && !/^[a-z0-9]([-a-z0-9.:]{0,251}[a-z0-9])?$/i.test(name)) {
    throw invalid(`"${name.slice(0, 80)}" cannot be the name of an object`);
  }
  if (fields.length === 0 || fields.length > most) throw invalid(`${kind} must name 1 to ${most} fields`);
  const wrong = fields.find((field) => !/^\.[^\s.[]\S*$/.test(field) || field.length > 500);
  if (wrong !== undefined) {
    throw invalid(`"${wrong.slice(0, 80)}" is no path of a field; write it like .spec.replicas`);
  }
  return { kind, ...(name ? { name } : {}), fields: [...fields] };
}

const invalid = (what: string) =>
  new AppError("INVALID", `policies.ignore: ${what}.`, { field: "policies.ignore" });

const words = {
  REPAIR: "Repair",
  REPORT: "Report",
  IGNORE: "Ignore",
  REFUSE: "Refuse",
  TAKE_OVER: "TakeOver",
} as const;

/** The policies as the resource spells them; defaults are left to the cluster. Pure. */
export function policiesOfSpec({ drift, conflicts, prune, ignore }: Partial<DeploymentPolicies>) {
  return {
    ...(drift ? { drift: words[drift] } : {}),
    ...(conflicts ? { conflicts: words[conflicts] } : {}),
    ...(prune === undefined ? {} : { prune }),
    ...(ignore ? { ignore } : {}),
  };
}
