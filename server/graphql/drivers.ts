import {
  clusterRoleText,
  compareVersions,
  isRun,
  latestVersion,
  type ParameterSpec,
} from "../../drivers/kit/index.ts";
import { deploymentsPinned } from "../db/deployments.ts";
import {
  type DriverVersionOrder,
  driverVersionOrders,
  driverVersionsById,
  findDriver,
  listDrivers,
} from "../db/drivers.ts";
import { isId } from "../db/sql.ts";
import { deleteDriver, deleteDriverVersion, type Loaded, loadDriverVersion } from "../deploy/drivers.ts";
import { readChartPins } from "../deploy/driver-files.ts";
import { needDriver } from "../deploy/find.ts";
import type { RequestContext } from "./context.ts";
import type {
  ApplicationDriverResolvers,
  ApplicationDriverVersionResolvers,
  MutationResolvers,
  QueryResolvers,
} from "./generated.ts";
import { found, pageOf } from "./page.ts";
import { withProgress } from "./progress.ts";
import { requestOf } from "./request-key.ts";

export const driverQueries: Pick<
  QueryResolvers,
  "applicationDrivers" | "applicationDriver" | "applicationDriverVersions" | "applicationDriverVersion"
> = {
  applicationDrivers: (_, args, { deps }) =>
    listDrivers(deps.sql, { name: args.filter?.name ?? null, ...pageOf(args) }),
  applicationDriver: async (_, { id, name }, { deps }) => {
    const which = id ?? name;
    return which ? await findDriver(deps.sql, which) : null;
  },
  applicationDriverVersions: async (_, args, { deps, loaders }) => {
    const { driver, version = null } = args.filter ?? {};
    const { first, after } = pageOf(args);
    const driverIds = driver ? [(await needDriver(deps.sql, driver, "filter.driver")).id] : undefined;
    const ordered = (await driverVersionOrders(deps.sql, { driverIds, version })).sort(byDriverAndVersion);
    const from = after === null ? 0 : ordered.findIndex((row) => row.id === after) + 1;
    const ids = ordered.slice(from, from + first).map((row) => row.id);
    return Promise.all(
      ids.map(async (id) => found(await loaders.driverVersion().load(id), "driver version")),
    );
  },
  applicationDriverVersion: async (_, { id, driver, version }, { deps, loaders }) => {
    if (id) return isId(id) ? await loaders.driverVersion().load(id) : null;
    const row = driver ? await findDriver(deps.sql, driver) : undefined;
    if (!row) return null;
    const latest = latestVersion(
      await driverVersionOrders(deps.sql, { driverIds: [row.id], version: version ?? null }),
    );
    return latest ? ((await driverVersionsById(deps.sql, [latest.id]))[0] ?? null) : null;
  },
};

export const driverMutations: Pick<
  MutationResolvers,
  | "loadApplicationDriverVersion"
  | "loadLocalApplicationDriverVersion"
  | "deleteApplicationDriverVersion"
  | "deleteApplicationDriver"
> = {
  loadApplicationDriverVersion: async (_, { input }, context) => {
    const { progress, ...asked } = input;
    const request = requestOf(context, "loadApplicationDriverVersion", asked);
    const source = { kind: "git", url: input.url, ref: input.ref, path: input.path ?? null } as const;
    const loaded = await withProgress(context.deps, progress, (onProgress) =>
      loadDriverVersion(context.deps, request, source, { signal: context.signal, onProgress }),
    );
    return versionOf(context, loaded);
  },
  loadLocalApplicationDriverVersion: async (_, args, context) => {
    const request = requestOf(context, "loadLocalApplicationDriverVersion", args);
    const source = { kind: "directory", path: args.path } as const;
    const { deps, signal } = context;
    return versionOf(context, await loadDriverVersion(deps, request, source, { signal }));
  },
  deleteApplicationDriverVersion: async (_, args, context) => {
    const request = requestOf(context, "deleteApplicationDriverVersion", args);
    const { version, driver } = await deleteDriverVersion(context.deps, request, args.id);
    context.loaders.driver().prime(driver.id, driver);
    return version;
  },
  deleteApplicationDriver: async (_, args, context) => {
    const request = requestOf(context, "deleteApplicationDriver", args);
    const { driver, versions } = await deleteDriver(context.deps, request, args.driver);
    const { loaders } = context;
    for (const version of versions) loaders.driverVersion().prime(version.id, version);
    const orders = versions.map((version) => ({ ...version, driverName: driver.name }));
    loaders.driver().prime(driver.id, driver);
    loaders.versionsOfDriver().prime(driver.id, orders);
    return driver;
  },
};

export const ApplicationDriver: ApplicationDriverResolvers = {
  versions: async ({ id }, _, { loaders }) => {
    const ordered = (await loaders.versionsOfDriver().load(id)).toSorted(byDriverAndVersion);
    return Promise.all(
      ordered.map(async (row) => found(await loaders.driverVersion().load(row.id), "driver version")),
    );
  },
  latest: async ({ id }, _, { loaders }) => {
    const latest = latestVersion(await loaders.versionsOfDriver().load(id));
    return found(latest && (await loaders.driverVersion().load(latest.id)), "driver's last version");
  },
};

export const ApplicationDriverVersion: ApplicationDriverVersionResolvers = {
  driver: async ({ driverId }, _, { loaders }) => found(await loaders.driver().load(driverId), "driver"),
  parameters: ({ spec }) => spec.parameters.map(shownParameter),
  envVars: ({ spec }) => spec.envVars,
  containerOverrides: ({ spec }) => spec.containerOverrides,
  actions: ({ spec }) =>
    spec.actions.map(({ name, hook, mode, when, location, description, prompts }) => ({
      name,
      hook,
      mode,
      when: when ?? null,
      location,
      description,
      runs: isRun({ hook, mode }),
      prompts: prompts.map(shownParameter),
    })),
  charts: (version, _, { deps }) => readChartPins(deps, version),
  outcome: ({ outcome }) => outcome ?? null,
  replaced: async ({ id, driverId, version, loadedAt }, _, { loaders }) => {
    const others = (await loaders.versionsOfDriver().load(driverId)).filter(
      (one) => one.id !== id && one.version === version && one.loadedAt < loadedAt,
    );
    const before = latestVersion(others);
    return before ? ((await loaders.driverVersion().load(before.id)) ?? null) : null;
  },
  pinned: (version, _, { deps }) => deploymentsPinned(deps.sql, version, maxPinned),
  clusterRole: async ({ driverId, rights }, _, { loaders }) => {
    if (!rights?.length) return null;
    const { name } = found(await loaders.driver().load(driverId), "driver");
    return clusterRoleText(`styrmin-agent-driver-${name}`, rights);
  },
};

/** So many are told by name; see the schema. */
const maxPinned = 100;

const shownParameter = (parameter: ParameterSpec) => ({
  name: parameter.name,
  label: parameter.label,
  description: parameter.description,
  kind: parameter.kind,
  required: parameter.required && parameter.default === undefined && parameter.generate === undefined,
  default: parameter.kind === "secret" ? null : (parameter.default ?? null),
  values: parameter.values ?? null,
  // A version that was loaded long ago was kept without these.
  group: parameter.group ?? null,
  advanced: parameter.advanced ?? false,
  items: parameter.kind === "list" ? (parameter.items ?? "string") : null,
  min: parameter.min ?? null,
  max: parameter.max ?? null,
  minLength: parameter.minLength ?? null,
  maxLength: parameter.maxLength ?? null,
  pattern: parameter.pattern ?? null,
  generated: parameter.generate !== undefined,
});

const byDriverAndVersion = (a: DriverVersionOrder, b: DriverVersionOrder) =>
  (a.driverName < b.driverName ? -1 : a.driverName > b.driverName ? 1 : 0) ||
  compareVersions(b.version, a.version) ||
  new Date(b.loadedAt).getTime() - new Date(a.loadedAt).getTime();

async function versionOf({ loaders }: RequestContext, { id, outcome }: Loaded) {
  return { ...found(await loaders.driverVersion().clear(id).load(id), "driver version"), outcome };
}
