import { isDeepStrictEqual } from "node:util";
import type { KubeObject, ResourceName } from "../types.ts";
import { validateMetadata } from "./metadata-validate.ts";
import { isRecord, records } from "./pod-defaults.ts";
import { validatePodSpec, validateQuantity } from "./pod-validate.ts";
import {
  duplicate,
  type FieldProblem,
  forbidden,
  invalid,
  required,
  unsupported,
  wrongType,
} from "./problem.ts";
import { validateBinding, validateRole } from "./rbac-validate.ts";
import { validateService } from "./service-validate.ts";
import { configKey } from "./syntax.ts";
import { validateCronJob, validateWorkload } from "./workload-validate.ts";

/**
 * What is wrong with an object of a built-in kind after its defaults were filled in; `before` is the stored
 * object when this is an update. Custom resources get their metadata checked here and the rest by
 * `structural.ts`. Never throws, whatever the shape.
 */
export function validateObject(
  resource: ResourceName,
  object: KubeObject,
  before?: KubeObject,
): FieldProblem[] {
  const metadata = validateMetadata(resource, object);
  const key = resource.group === "" ? resource.resource : `${resource.resource}.${resource.group}`;
  const check = checks[key];
  if (!check) return metadata;
  if ("spec" in object && !isRecord(object.spec))
    return [...metadata, wrongType("spec", object.spec, "object")];
  return [...metadata, ...check({ ...object, spec: object.spec ?? {} }, before)];
}

type Check = (object: KubeObject, before?: KubeObject) => FieldProblem[];

const checks: Record<string, Check> = {
  pods: validatePod,
  services: validateService,
  configmaps: (object, before) => validateData(object, before, ["data", "binaryData"]),
  secrets: validateSecret,
  persistentvolumeclaims: validateClaim,
  "deployments.apps": validateWorkload,
  "replicasets.apps": validateWorkload,
  "statefulsets.apps": validateWorkload,
  "daemonsets.apps": validateWorkload,
  "jobs.batch": validateWorkload,
  "cronjobs.batch": validateCronJob,
  "ingresses.networking.k8s.io": validateIngress,
  "roles.rbac.authorization.k8s.io": validateRole,
  "clusterroles.rbac.authorization.k8s.io": validateRole,
  "rolebindings.rbac.authorization.k8s.io": validateBinding,
  "clusterrolebindings.rbac.authorization.k8s.io": validateBinding,
};

const podMayChange = [
  "activeDeadlineSeconds",
  "tolerations",
  "terminationGracePeriodSeconds",
  "schedulingGates",
];

function validatePod(pod: KubeObject, before?: KubeObject): FieldProblem[] {
  const problems = validatePodSpec(pod.spec, "spec");
  if (!before) return problems;
  const bare = (each: KubeObject) => {
    const spec = structuredClone(each.spec ?? {});
    for (const key of podMayChange) delete spec[key];
    if (!before.spec?.nodeName) delete spec.nodeName; // binding
    for (const list of [spec.containers, spec.initContainers]) {
      for (const container of records(list)) delete container.image;
    }
    return spec;
  };
  if (!isDeepStrictEqual(bare(pod), bare(before))) {
    const may = "pod updates may not change fields other than `spec.containers[*].image`,";
    problems.push(forbidden("spec", `${may} \`${podMayChange.map((key) => `spec.${key}`).join("`,`")}\``));
  }
  return problems;
}

function validateData(object: KubeObject, before: KubeObject | undefined, maps: string[]): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const seen = new Set<string>();
  for (const map of maps) {
    const data = object[map];
    if (data === undefined || data === null) continue;
    if (!isRecord(data)) {
      problems.push(wrongType(map, data, "object"));
      continue;
    }
    for (const [key, value] of Object.entries(data)) {
      const field = `${map}[${key}]`;
      if (configKey(key)) problems.push(invalid(field, key, configKey(key)!));
      if (typeof value !== "string") problems.push(wrongType(field, value, "string"));
      if (seen.has(key)) problems.push(duplicate(field, key));
      seen.add(key);
    }
  }
  if (before?.immutable !== true) return problems;
  if (object.immutable !== true) problems.push(immutable("immutable"));
  for (const map of maps) {
    if (!isDeepStrictEqual(object[map] ?? {}, before[map] ?? {})) problems.push(immutable(map));
  }
  return problems;
}

function immutable(field: string): FieldProblem {
  return forbidden(field, "field is immutable when `immutable` is set");
}

function validateSecret(secret: KubeObject, before?: KubeObject): FieldProblem[] {
  const problems = validateData(secret, before, ["data"]);
  if (before && before.type !== secret.type)
    problems.push(invalid("type", secret.type, "field is immutable"));
  const needed = neededKeys[secret.type] ?? [];
  for (const key of needed) if (secret.data?.[key] === undefined) problems.push(required(`data[${key}]`));
  return problems;
}

const neededKeys: Record<string, string[]> = {
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
};

const accessModes = ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"];

function validateClaim(claim: KubeObject, before?: KubeObject): FieldProblem[] {
  const { spec } = claim;
  const problems: FieldProblem[] = [];
  if (!Array.isArray(spec.accessModes) || spec.accessModes.length === 0) {
    problems.push(required("spec.accessModes", "at least 1 access mode is required"));
  } else {
    for (const mode of spec.accessModes) {
      if (!accessModes.includes(mode)) problems.push(unsupported("spec.accessModes", mode, accessModes));
    }
  }
  const storage = spec.resources?.requests?.storage;
  if (storage === undefined) problems.push(required("spec.resources[storage]"));
  else problems.push(...validateQuantity(storage, "spec.resources[storage]"));
  if (!before) return problems;
  const bare = (each: KubeObject) => {
    const { resources: _, volumeName, ...rest } = each.spec ?? {};
    return before.spec?.volumeName ? { ...rest, volumeName } : rest;
  };
  if (!isDeepStrictEqual(bare(claim), bare(before))) {
    problems.push(
      forbidden("spec", "spec is immutable after creation except resources.requests for bound claims"),
    );
  }
  return problems;
}

const pathTypes = ["Exact", "Prefix", "ImplementationSpecific"];

function validateIngress(ingress: KubeObject): FieldProblem[] {
  const { spec } = ingress;
  const problems: FieldProblem[] = [];
  if (records(spec.rules).length === 0 && !spec.defaultBackend) {
    problems.push(invalid("spec", spec, "either `defaultBackend` or `rules` must be specified"));
  }
  for (const [index, rule] of records(spec.rules).entries()) {
    for (const [at, path] of records(rule.http?.paths).entries()) {
      const field = `spec.rules[${index}].http.paths[${at}]`;
      if (!pathTypes.includes(path.pathType)) {
        problems.push(unsupported(`${field}.pathType`, path.pathType, pathTypes));
      }
      if (path.pathType !== "ImplementationSpecific" && !String(path.path ?? "").startsWith("/")) {
        problems.push(invalid(`${field}.path`, path.path, "must be an absolute path"));
      }
      const service = path.backend?.service;
      if (!service && !path.backend?.resource) problems.push(required(`${field}.backend`));
      else if (service && !service.name) problems.push(required(`${field}.backend.service.name`));
      else if (service && service.port?.number === undefined && !service.port?.name) {
        problems.push(required(`${field}.backend.service.port`, "port name or number is required"));
      }
    }
  }
  return problems;
}
