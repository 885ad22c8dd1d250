import { ageOf } from "./duration.ts";
import { readJsonPath } from "./json-path.ts";
import type { PrinterColumn } from "./schema/crd.ts";
import { builtInColumns, type Column } from "./table-columns.ts";
import type { KubeObject, ResourceName } from "./types.ts";

export interface TableOptions {
  /** What each row carries beside its cells; kubectl asks for `Object` when it sorts. */
  includeObject?: "Metadata" | "Object" | "None";
  /** The CRD's `additionalPrinterColumns`; a custom resource without any gets Name and Age. */
  columns?: PrinterColumn[];
  now?: Date;
}

/**
 * The meta.k8s.io/v1 Table that kubectl prints. The metadata is that of a single object (its
 * resourceVersion); for a list the caller sets the list's.
 */
export function tableOf(resource: ResourceName, objects: KubeObject[], options: TableOptions = {}) {
  const { includeObject = "Metadata", now = new Date() } = options;
  const columns = columnsOf(resource, options.columns);
  const resourceVersion = objects.length === 1 ? objects[0]!.metadata.resourceVersion : undefined;
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: resourceVersion === undefined ? {} : { resourceVersion },
    columnDefinitions: columns.map(({ cell: _, ...definition }) => ({
      format: "",
      description: "",
      priority: 0,
      ...definition,
    })),
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, now)),
      ...rowObject(object, includeObject),
    })),
  };
}

function rowObject(object: KubeObject, include: TableOptions["includeObject"]) {
  if (include === "None") return {};
  if (include === "Object") return { object };
  const { metadata } = object;
  return { object: { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata } };
}

const name: Column = {
  name: "Name",
  type: "string",
  format: "name",
  cell: (object) => object.metadata.name,
};
const age: Column = {
  name: "Age",
  type: "string",
  cell: (object, now) => ageOf(object.metadata.creationTimestamp, now),
};

function columnsOf({ group, resource }: ResourceName, custom?: PrinterColumn[]): Column[] {
  if (custom && custom.length > 0) return [name, ...custom.map(customColumn)];
  const own = builtInColumns[group === "" ? resource : `${resource}.${group}`];
  return own ? own(name, age) : [name, age];
}

function customColumn({ name, type, format, description, priority, jsonPath }: PrinterColumn): Column {
  return {
    name,
    type,
    format: format ?? "",
    description: description ?? "",
    priority: priority ?? 0,
    cell(object, now) {
      const value = readJsonPath(object, jsonPath);
      if (value === undefined) return type === "date" ? "<unknown>" : null;
      if (type === "date") return ageOf(value, now);
      if (type === "string") return typeof value === "string" ? value : JSON.stringify(value);
      return value;
    },
  };
}
