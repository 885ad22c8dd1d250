import { isRecord, records } from "./pod-defaults.ts";
import { duplicate, type FieldProblem, invalid, required, unsupported, wrongType } from "./problem.ts";
import { dnsLabel, envName, portName } from "./syntax.ts";

type Loose = Record<string, any>;

const restartPolicies = ["Always", "OnFailure", "Never"];
const pullPolicies = ["Always", "IfNotPresent", "Never"];
const protocols = ["TCP", "UDP", "SCTP"];

/** Checks a pod's spec. `restart` are the restart policies its owner allows; all for a pod of its own. */
export function validatePodSpec(
  spec: unknown,
  field: string,
  restart: readonly string[] = restartPolicies,
): FieldProblem[] {
  if (spec === undefined || spec === null) return [required(`${field}.containers`)];
  if (!isRecord(spec)) return [wrongType(field, spec, "object")];
  const problems: FieldProblem[] = [];
  if (!restart.includes(spec.restartPolicy)) {
    problems.push(unsupported(`${field}.restartPolicy`, spec.restartPolicy, restart));
  }
  const volumes = new Set<string>();
  for (const [index, volume] of records(spec.volumes).entries()) {
    problems.push(...validateVolume(volume, `${field}.volumes[${index}]`, volumes));
  }
  if (!Array.isArray(spec.containers) || spec.containers.length === 0) {
    problems.push(required(`${field}.containers`));
  }
  const names = new Set<string>();
  for (const key of ["initContainers", "containers"]) {
    for (const [index, container] of records(spec[key]).entries()) {
      problems.push(...validateContainer(container, `${field}.${key}[${index}]`, names, volumes));
    }
  }
  problems.push(...wholeNumber(spec.terminationGracePeriodSeconds, `${field}.terminationGracePeriodSeconds`));
  problems.push(...wholeNumber(spec.activeDeadlineSeconds, `${field}.activeDeadlineSeconds`, 1));
  return problems;
}

function validateVolume(volume: Loose, field: string, seen: Set<string>): FieldProblem[] {
  if (!volume.name) return [required(`${field}.name`)];
  if (seen.has(volume.name)) return [duplicate(`${field}.name`, volume.name)];
  seen.add(volume.name);
  const sources = Object.keys(volume).filter((key) => key !== "name");
  if (sources.length > 1) return [invalid(field, sources, "may not specify more than 1 volume type")];
  if (isRecord(volume.persistentVolumeClaim) && !volume.persistentVolumeClaim.claimName) {
    return [required(`${field}.persistentVolumeClaim.claimName`)];
  }
  if (isRecord(volume.secret) && !volume.secret.secretName) return [required(`${field}.secret.secretName`)];
  const wrong = dnsLabel(String(volume.name));
  return wrong ? [invalid(`${field}.name`, volume.name, wrong)] : [];
}

function validateContainer(
  container: Loose,
  field: string,
  names: Set<string>,
  volumes: Set<string>,
): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const { name, image } = container;
  if (!name) problems.push(required(`${field}.name`));
  else if (names.has(name)) problems.push(duplicate(`${field}.name`, name));
  else if (dnsLabel(String(name))) problems.push(invalid(`${field}.name`, name, dnsLabel(String(name))!));
  names.add(name);
  if (!image) problems.push(required(`${field}.image`));
  else if (typeof image !== "string") problems.push(wrongType(`${field}.image`, image, "string"));
  else if (image.trim() !== image) {
    problems.push(invalid(`${field}.image`, image, "must not have leading or trailing whitespace"));
  }
  for (const key of ["command", "args"]) {
    if (container[key] != null && !isStrings(container[key])) {
      problems.push(wrongType(`${field}.${key}`, container[key], "array of strings"));
    }
  }
  for (const [index, port] of records(container.ports).entries()) {
    const at = `${field}.ports[${index}]`;
    // Go cannot tell a port 0 from none.
    problems.push(...validatePort(port.containerPort || undefined, `${at}.containerPort`));
    if (!protocols.includes(port.protocol)) {
      problems.push(unsupported(`${at}.protocol`, port.protocol, protocols));
    }
    if (port.name && portName(String(port.name))) {
      problems.push(invalid(`${at}.name`, port.name, portName(String(port.name))!));
    }
  }
  for (const [index, env] of records(container.env).entries()) {
    problems.push(...validateEnv(env, `${field}.env[${index}]`));
  }
  const paths = new Set<string>();
  for (const [index, mount] of records(container.volumeMounts).entries()) {
    const at = `${field}.volumeMounts[${index}]`;
    if (!mount.name) problems.push(required(`${at}.name`));
    else if (!volumes.has(mount.name)) {
      problems.push(invalidReference(`${at}.name`, mount.name));
    }
    if (!mount.mountPath) problems.push(required(`${at}.mountPath`));
    else if (paths.has(mount.mountPath))
      problems.push(invalid(`${at}.mountPath`, mount.mountPath, "must be unique"));
    paths.add(mount.mountPath);
  }
  if (container.imagePullPolicy !== undefined && !pullPolicies.includes(container.imagePullPolicy)) {
    problems.push(unsupported(`${field}.imagePullPolicy`, container.imagePullPolicy, pullPolicies));
  }
  problems.push(...validateResources(container.resources, `${field}.resources`));
  for (const key of ["livenessProbe", "readinessProbe", "startupProbe"]) {
    problems.push(...validateProbe(container[key], `${field}.${key}`, key));
  }
  return problems;
}

function isStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

/** Kubernetes answers "Not found" for a mount without its volume, with the reason of that kind. */
function invalidReference(field: string, name: unknown): FieldProblem {
  return { ...invalid(field, name, ""), message: `Not found: ${JSON.stringify(name)}` };
}

function validateEnv(env: Loose, field: string): FieldProblem[] {
  if (!env.name) return [required(`${field}.name`)];
  if (envName(String(env.name))) return [invalid(`${field}.name`, env.name, envName(String(env.name))!)];
  if (env.value != null && typeof env.value !== "string") {
    return [wrongType(`${field}.value`, env.value, "string")];
  }
  if (env.valueFrom == null) return [];
  if (env.value) return [invalid(`${field}.valueFrom`, "", "may not be specified when `value` is not empty")];
  const sources = Object.keys(env.valueFrom);
  if (sources.length !== 1) {
    return [invalid(`${field}.valueFrom`, sources, "must specify exactly one source")];
  }
  const ref = env.valueFrom.configMapKeyRef ?? env.valueFrom.secretKeyRef;
  return ref && !ref.key ? [required(`${field}.valueFrom.${sources[0]}.key`)] : [];
}

function validateResources(resources: unknown, field: string): FieldProblem[] {
  if (!isRecord(resources)) return [];
  const problems: FieldProblem[] = [];
  for (const kind of ["limits", "requests"]) {
    for (const [name, value] of Object.entries(isRecord(resources[kind]) ? resources[kind] : {})) {
      problems.push(...validateQuantity(value, `${field}.${kind}.${name}`));
    }
  }
  return problems;
}

/** A resource quantity is not below zero; that it is one, the field's type has seen to. */
export function validateQuantity(value: unknown, field: string): FieldProblem[] {
  return String(value).startsWith("-") ? [invalid(field, value, "must be greater than or equal to 0")] : [];
}

function validateProbe(probe: unknown, field: string, kind: string): FieldProblem[] {
  if (!isRecord(probe)) return [];
  const problems: FieldProblem[] = [];
  const handlers = ["exec", "httpGet", "tcpSocket", "grpc"].filter((key) => probe[key] != null);
  if (handlers.length === 0) problems.push(required(field, "must specify a handler type"));
  if (handlers.length > 1)
    problems.push(invalid(field, handlers, "may not specify more than 1 handler type"));
  if (probe.httpGet) problems.push(...validateTarget(probe.httpGet.port, `${field}.httpGet.port`));
  if (probe.tcpSocket) problems.push(...validateTarget(probe.tcpSocket.port, `${field}.tcpSocket.port`));
  if (probe.exec && !isStrings(probe.exec.command)) problems.push(required(`${field}.exec.command`));
  problems.push(...wholeNumber(probe.initialDelaySeconds, `${field}.initialDelaySeconds`));
  for (const key of ["timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"]) {
    problems.push(...wholeNumber(probe[key], `${field}.${key}`, 1));
  }
  if (kind !== "readinessProbe" && Number(probe.successThreshold) > 1) {
    problems.push(invalid(`${field}.successThreshold`, probe.successThreshold, "must be 1"));
  }
  return problems;
}

/** A port given by number or by name. */
export function validateTarget(port: unknown, field: string): FieldProblem[] {
  if (typeof port !== "string") return validatePort(port, field);
  const wrong = portName(port);
  return wrong ? [invalid(field, port, wrong)] : [];
}

export function validatePort(port: unknown, field: string): FieldProblem[] {
  if (port === undefined || port === null) return [required(field)];
  if (typeof port === "number" && Number.isInteger(port) && port >= 1 && port <= 65_535) return [];
  return [invalid(field, port, "must be between 1 and 65535, inclusive")];
}

/** Absent, or a whole number of at least `min`. */
export function wholeNumber(value: unknown, field: string, min = 0): FieldProblem[] {
  if (value === undefined || value === null) return [];
  if (typeof value !== "number" || !Number.isInteger(value)) return [wrongType(field, value, "integer")];
  return value >= min ? [] : [invalid(field, value, `must be greater than or equal to ${min}`)];
}
