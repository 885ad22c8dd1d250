/** What the API server itself does for single kinds when their objects are written. */
import { allotClusterIP } from "./controllers/service-ip.ts";
import { forbidden } from "./errors.ts";
import { apiVersionOf, type CustomVersion, type Registry, type Resource, resourceKey } from "./resources.ts";
import { records } from "./schema/pod-defaults.ts";
import { establishCrd, validateCrd } from "./schema/crd.ts";
import type { FieldProblem } from "./schema/problem.ts";
import type { Store } from "./store.ts";
import type { KubeObject, NewObject } from "./types.ts";

/** Holds a CRD until its objects are gone. */
export const cleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io";

/** Refuses a new pod whose service account is not there. */
export function requireServiceAccount(store: Store, resource: Resource, { metadata, spec }: NewObject): void {
  if (resourceKey(resource) !== "pods") return;
  const name = spec?.serviceAccountName ?? spec?.serviceAccount ?? "default";
  if (store.get({ group: "", resource: "serviceaccounts" }, name, metadata.namespace)) return;
  const account = `${metadata.namespace}/${name}: serviceaccount "${name}" not found`;
  const pod = metadata.name || metadata.generateName || "";
  throw forbidden(resource, pod, `error looking up service account ${account}`);
}

/** Completes an object before its defaults are filled in, in place. */
export function complete(store: Store, resource: Resource, object: KubeObject, before?: KubeObject): void {
  switch (resourceKey(resource)) {
    case "secrets":
      return encodeStringData(object);
    case "services":
      return allotAddress(store, resource, object, before);
    case "customresourcedefinitions.apiextensions.k8s.io":
      return establishCrd(object);
  }
}

/** The rules that `validateObject` does not know. */
export function validateKind(resource: Resource, object: KubeObject, before?: KubeObject): FieldProblem[] {
  switch (resourceKey(resource)) {
    case "customresourcedefinitions.apiextensions.k8s.io":
      return validateCrd(object, before);
    case "secrets":
    case "configmaps":
      return validateSize(object);
  }
  return [];
}

const maxDataBytes = 1024 * 1024;

/** What is written as base64 (a Secret's data, a ConfigMap's binaryData) counts as the bytes it stands for. */
function validateSize({ kind, data, binaryData }: KubeObject): FieldProblem[] {
  const texts = Object.values({ ...(kind === "Secret" ? {} : data) }).map(String);
  const coded = Object.values({ ...(kind === "Secret" ? data : binaryData) }).map(String);
  let bytes = 0;
  for (const text of texts) bytes += Buffer.byteLength(text);
  for (const text of coded) bytes += Buffer.byteLength(text, "base64");
  if (bytes <= maxDataBytes) return [];
  const message = `Too long: may not be more than ${maxDataBytes} bytes`;
  return [{ field: "[]", message, reason: "FieldValueTooLong" }];
}

function encodeStringData(secret: KubeObject): void {
  const { stringData } = secret;
  if (typeof stringData !== "object" || stringData === null) return;
  secret.data ??= {};
  for (const [key, value] of Object.entries(stringData)) {
    secret.data[key] = Buffer.from(String(value)).toString("base64");
  }
  delete secret.stringData;
}

function allotAddress(store: Store, resource: Resource, service: KubeObject, before?: KubeObject): void {
  const { spec } = service;
  if (typeof spec !== "object" || spec === null || spec.type === "ExternalName") return;
  // A client that replaces a Service without its address means the one it has.
  if (!spec.clusterIP && before?.spec?.clusterIP && before.spec.type !== "ExternalName") {
    spec.clusterIP = before.spec.clusterIP;
    if (before.spec.clusterIPs) spec.clusterIPs ??= [...before.spec.clusterIPs];
  }
  if (!spec.clusterIP) {
    const used = new Set(store.list(resource).map(({ object }) => object.spec?.clusterIP as string));
    spec.clusterIP = allotClusterIP(used);
  }
  spec.clusterIPs ??= [spec.clusterIP];
  if (spec.type === "NodePort" || spec.type === "LoadBalancer")
    allotNodePorts(store, resource, service, before);
}

/** Nobody listens there: pods are reached by the Service's address and by Ingress. */
function allotNodePorts(store: Store, resource: Resource, service: KubeObject, before?: KubeObject): void {
  const portsOf = ({ spec }: KubeObject) => records(spec?.ports);
  const used = new Set(
    store.list(resource).flatMap(({ object }) => portsOf(object).map((one) => one.nodePort)),
  );
  for (const port of portsOf(service)) {
    const known = before && portsOf(before).find((one) => one.port === port.port);
    port.nodePort ??= known?.nodePort ?? freeNodePort(used);
    used.add(port.nodePort);
  }
}

function freeNodePort(used: Set<unknown>): number {
  for (let port = 30_000; port < 32_768; port++) if (!used.has(port)) return port;
  throw new Error("every node port is in use: delete Services that are not needed");
}

/** Serves the kind of a CRD, or no longer. */
export function serveCrd(registry: Registry, crd: KubeObject, gone = false): void {
  const { group, names, scope, versions } = crd.spec;
  const name = { group, resource: names.plural };
  registry.set(name, gone ? [] : versionsOf(crd.spec, { group, names, scope, versions }));
}

function versionsOf(
  spec: KubeObject["spec"],
  { group, names, scope, versions }: KubeObject["spec"],
): Resource[] {
  const storage = versions.find((version: any) => version.storage)?.name ?? versions[0].name;
  return versions
    .filter((version: any) => version.served)
    .map((version: any): Resource => {
      const { scale } = version.subresources ?? {};
      const custom: CustomVersion = {
        schema: version.schema?.openAPIV3Schema,
        preserve: spec.preserveUnknownFields === true,
        columns: version.additionalPrinterColumns,
        selectableFields: (version.selectableFields ?? []).map((field: any) => field.jsonPath),
      };
      return {
        group,
        version: version.name,
        resource: names.plural,
        kind: names.kind,
        singular: names.singular ?? names.kind.toLowerCase(),
        shortNames: names.shortNames ?? [],
        categories: names.categories ?? [],
        namespaced: scope === "Namespaced",
        type: "",
        status: version.subresources?.status !== undefined,
        ...(scale
          ? {
              scale: {
                specReplicas: scale.specReplicasPath,
                statusReplicas: scale.statusReplicasPath,
                ...(scale.labelSelectorPath ? { selector: scale.labelSelectorPath } : {}),
              },
            }
          : {}),
        generation: true,
        verbs: ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"],
        storageVersion: storage,
        custom,
      };
    });
}

/** An object as a version of its kind shows it: conversion of CRDs is by name only. */
export function inVersion(resource: Resource, object: KubeObject): KubeObject {
  const apiVersion = apiVersionOf(resource);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}
