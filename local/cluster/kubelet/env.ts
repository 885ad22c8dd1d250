import { services } from "../controllers/names.ts";
import { quantityOf } from "../quantity.ts";
import type { Api, KubeObject } from "../types.ts";

/** A container cannot be started as its pod says; it may be later, when the object it names is there. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

const configMaps = { group: "", resource: "configmaps" };
const secrets = { group: "", resource: "secrets" };

const kindNames = { configmap: "ConfigMap", secret: "Secret" };

/** A key of a ConfigMap or Secret as bytes; undefined when it is missing and may be. Throws ConfigError. */
export function readKey(
  api: Api,
  namespace: string,
  kind: "configmap" | "secret",
  {
    name,
    key,
    optional,
    textOnly,
  }: { name: string; key: string; optional?: boolean | undefined; textOnly?: boolean | undefined },
): Buffer | undefined {
  const data = readData(api, namespace, kind, { name, optional: optional === true, textOnly });
  if (data === undefined) return undefined;
  const value = data.get(key);
  if (value === undefined && !optional)
    throw new ConfigError(`couldn't find key ${key} in ${kindNames[kind]} ${namespace}/${name}`);
  return value;
}

/**
 * All of a ConfigMap or Secret; undefined when it is missing and may be. Variables take no `binaryData`
 * (`textOnly`). Throws ConfigError.
 */
export function readData(
  api: Api,
  namespace: string,
  kind: "configmap" | "secret",
  {
    name,
    optional = false,
    textOnly = false,
  }: { name: string; optional?: boolean | undefined; textOnly?: boolean | undefined },
): Map<string, Buffer> | undefined {
  const object = api.get(kind === "secret" ? secrets : configMaps, name, namespace);
  if (!object) {
    if (optional) return undefined;
    throw new ConfigError(`${kind} "${name}" not found`);
  }
  const base64 = kind === "secret" ? object.data : textOnly ? {} : object.binaryData;
  const text = kind === "secret" ? {} : object.data;
  return new Map([
    ...Object.entries<string>(text ?? {}).map(([key, value]) => [key, Buffer.from(value)] as const),
    ...Object.entries<string>(base64 ?? {}).map(
      ([key, value]) => [key, Buffer.from(value, "base64")] as const,
    ),
  ]);
}

/** The variables of a container, in Kubernetes' order: image, Services, envFrom, env. Throws ConfigError. */
export function resolveEnv(
  api: Api,
  pod: KubeObject,
  container: any,
  imageEnv: Record<string, string>,
): Record<string, string> {
  const namespace = pod.metadata.namespace!;
  const env: Record<string, string> = { ...imageEnv, HOSTNAME: hostnameOf(pod), HOME: "/" };
  if (pod.spec.enableServiceLinks !== false) Object.assign(env, serviceEnv(api, namespace));
  for (const { prefix = "", configMapRef, secretRef } of container.envFrom ?? []) {
    const data = configMapRef
      ? readData(api, namespace, "configmap", { ...configMapRef, textOnly: true })
      : readData(api, namespace, "secret", secretRef);
    for (const [key, value] of data ?? []) env[`${prefix}${key}`] = value.toString();
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const found = valueFrom ? readSource(api, pod, container, valueFrom) : expand(value ?? "", env);
    if (found !== undefined) env[name] = found;
  }
  return env;
}

function readSource(api: Api, pod: KubeObject, container: any, source: any): string | undefined {
  const namespace = pod.metadata.namespace!;
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = source;
  if (configMapKeyRef)
    return readKey(api, namespace, "configmap", { ...configMapKeyRef, textOnly: true })?.toString();
  if (secretKeyRef) return readKey(api, namespace, "secret", secretKeyRef)?.toString();
  if (fieldRef) return readField(pod, fieldRef.fieldPath);
  if (resourceFieldRef) return readResource(pod, container, resourceFieldRef);
  throw new ConfigError("a variable's valueFrom names no source this cluster knows");
}

/** `$(NAME)` becomes the variable's value, `$$(NAME)` the text `$(NAME)`; an unknown one stays as it is. */
export function expand(text: string, env: Record<string, string>): string {
  return text.replace(/\$\$|\$\(([^()]*)\)/g, (whole, name) => (whole === "$$" ? "$" : (env[name] ?? whole)));
}

/** A field of a pod, as the downward API names it. Throws ConfigError. */
export function readField(pod: KubeObject, path: string): string {
  const one = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (one) return pod.metadata[one[1] as "labels"]?.[one[2]!] ?? "";
  const all = /^metadata\.(labels|annotations)$/.exec(path);
  if (all) {
    const entries = Object.entries(pod.metadata[all[1] as "labels"] ?? {}).sort();
    return entries.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join("\n");
  }
  const fields: Record<string, string | undefined> = {
    "metadata.name": pod.metadata.name,
    "metadata.namespace": pod.metadata.namespace,
    "metadata.uid": pod.metadata.uid,
    "spec.nodeName": pod.spec.nodeName,
    "spec.serviceAccountName": pod.spec.serviceAccountName,
    "status.podIP": pod.status?.podIP,
    "status.podIPs": pod.status?.podIP,
    "status.hostIP": pod.status?.hostIP ?? "127.0.0.1",
    "status.hostIPs": pod.status?.hostIP ?? "127.0.0.1",
  };
  if (!(path in fields)) throw new ConfigError(`unsupported fieldPath: ${path}`);
  return fields[path] ?? "";
}

/** A request or limit of a container in units of `divisor`, rounded up. */
export function readResource(pod: KubeObject, container: any, ref: any): string {
  const { containerName, resource = "", divisor } = ref;
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  const of = containerName ? containers.find(({ name }: any) => name === containerName) : container;
  const [which = "limits", name = ""] = resource.split(".");
  const value = of?.resources?.[which]?.[name] ?? (which === "limits" ? "0" : undefined);
  const unit = divisor && divisor !== "0" ? quantityOf(divisor) : 1;
  return String(Math.ceil(quantityOf(value ?? "0") / unit));
}

/** Docker's old way of naming Services: `WEB_SERVICE_HOST`, `WEB_SERVICE_PORT`, `WEB_PORT_80_TCP_ADDR`, … */
function serviceEnv(api: Api, namespace: string): Record<string, string> {
  const env: Record<string, string> = {};
  for (const { metadata, spec } of api.list(services, { namespace })) {
    if (!spec.clusterIP || spec.clusterIP === "None") continue;
    const name = metadata.name.toUpperCase().replaceAll("-", "_");
    const first = spec.ports?.[0];
    env[`${name}_SERVICE_HOST`] = spec.clusterIP;
    if (!first) continue;
    env[`${name}_SERVICE_PORT`] = String(first.port);
    env[`${name}_PORT`] = `tcp://${spec.clusterIP}:${first.port}`;
    for (const port of spec.ports) {
      const protocol = (port.protocol ?? "TCP") as string;
      const prefix = `${name}_PORT_${port.port}_${protocol}`;
      if (port.name)
        env[`${name}_SERVICE_PORT_${port.name.toUpperCase().replaceAll("-", "_")}`] = String(port.port);
      env[prefix] = `${protocol.toLowerCase()}://${spec.clusterIP}:${port.port}`;
      env[`${prefix}_PROTO`] = protocol.toLowerCase();
      env[`${prefix}_PORT`] = String(port.port);
      env[`${prefix}_ADDR`] = spec.clusterIP;
    }
  }
  return env;
}

export function hostnameOf(pod: KubeObject): string {
  return (pod.spec.hostname ?? pod.metadata.name).slice(0, 63).replace(/[-.]+$/, "");
}
