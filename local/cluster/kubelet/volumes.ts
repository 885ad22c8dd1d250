import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, normalize } from "node:path";
import { claims } from "../controllers/names.ts";
import type { Api, KubeObject } from "../types.ts";
import { ConfigError, expand, readData, readField, readKey, readResource } from "./env.ts";
import type { Mount } from "./sandbox/protocol.ts";

/** The files of a volume by path, with their mode when it is not the default. */
type Files = Map<string, { content: Buffer; mode: number }>;

export interface Volumes {
  /** Makes the folders and files of all volumes, or brings them up to date. Throws ConfigError when it cannot yet. */
  fill(pod: KubeObject): void;
  mountsOf(pod: KubeObject, container: any, env: Record<string, string>): Mount[];
}

/** A pod's volumes as folders: under `podDir`, and of claims under `<clusterDir>/volumes`, where they outlive it. */
export function createVolumes(api: Api, clusterDir: string, podDir: string): Volumes {
  const folderOf = (pod: KubeObject, volume: any): string => {
    if (!volume.persistentVolumeClaim) return join(podDir, "volumes", volume.name);
    const { claimName } = volume.persistentVolumeClaim;
    const claim = api.get(claims, claimName, pod.metadata.namespace);
    if (!claim) throw new ConfigError(`persistentvolumeclaim "${claimName}" not found`);
    if (claim.status?.phase !== "Bound")
      throw new ConfigError(`persistentvolumeclaim "${claimName}" is not bound`);
    return join(clusterDir, "volumes", claim.spec.volumeName);
  };

  return {
    fill(pod) {
      for (const volume of pod.spec.volumes ?? []) {
        const folder = folderOf(pod, volume);
        mkdirSync(folder, { recursive: true });
        try {
          const files = filesOf(api, pod, volume);
          if (files) writeFiles(folder, files);
        } catch (thrown) {
          if (!(thrown instanceof ConfigError)) throw thrown;
          throw new ConfigError(`for volume "${volume.name}" : ${thrown.message}`);
        }
      }
    },
    mountsOf(pod, container, env) {
      return (container.volumeMounts ?? []).map((mount: any): Mount => {
        const volume = (pod.spec.volumes ?? []).find(({ name }: any) => name === mount.name);
        if (!volume) throw new ConfigError(`no volume is named ${mount.name}`);
        const subPath = mount.subPathExpr ? expand(mount.subPathExpr, env) : mount.subPath;
        if (subPath && normalize(subPath).startsWith(".."))
          throw new ConfigError(`subPath leads out: ${subPath}`);
        return {
          source: folderOf(pod, volume),
          target: normalize(join("/", mount.mountPath)),
          ...(subPath ? { subPath: normalize(subPath) } : {}),
          readOnly: mount.readOnly === true || isGenerated(volume),
        };
      });
    },
  };
}

const isGenerated = ({ configMap, secret, projected, downwardAPI }: any) =>
  Boolean(configMap ?? secret ?? projected ?? downwardAPI);

/** The content of a volume that Kubernetes makes; undefined for one that belongs to the pod. */
function filesOf(api: Api, pod: KubeObject, volume: any): Files | undefined {
  const { configMap, secret, projected, downwardAPI, emptyDir, persistentVolumeClaim } = volume;
  if (emptyDir ?? persistentVolumeClaim) return undefined;
  const files: Files = new Map();
  const source = projected ?? {
    sources: [{ configMap, secret, downwardAPI }],
    ...(configMap ?? secret ?? downwardAPI),
  };
  if (!isGenerated(volume)) {
    const kind = Object.keys(volume).find((key) => key !== "name");
    throw new ConfigError(`volumes of kind ${kind} are not to be had in this cluster: "${volume.name}"`);
  }
  const mode = source.defaultMode ?? 0o644;
  for (const each of source.sources ?? []) {
    if (each.configMap) addKeys(files, api, pod, "configmap", each.configMap, mode);
    // A volume's own secret is named by `secretName`, a projected one by `name`.
    if (each.secret)
      addKeys(files, api, pod, "secret", { name: each.secret.secretName, ...each.secret }, mode);
    if (each.downwardAPI) addFields(files, pod, each.downwardAPI, mode);
    if (each.serviceAccountToken) {
      // The API server is out of reach for pods here; programs only look whether there is a token.
      files.set(each.serviceAccountToken.path, { content: Buffer.from("none"), mode });
    }
  }
  return files;
}

function addKeys(
  files: Files,
  api: Api,
  pod: KubeObject,
  kind: "configmap" | "secret",
  source: any,
  mode: number,
) {
  const { namespace = "" } = pod.metadata;
  if (!source.items) {
    for (const [key, content] of readData(api, namespace, kind, source) ?? [])
      files.set(key, { content, mode });
    return;
  }
  for (const { key, path, mode: own } of source.items) {
    const content = readKey(api, namespace, kind, { ...source, key });
    if (content) files.set(safe(path), { content, mode: own ?? mode });
  }
}

function addFields(files: Files, pod: KubeObject, source: any, mode: number) {
  for (const { path, fieldRef, resourceFieldRef, mode: own } of source.items ?? []) {
    const text = fieldRef
      ? readField(pod, fieldRef.fieldPath)
      : readResource(pod, undefined, resourceFieldRef);
    files.set(safe(path), { content: Buffer.from(text), mode: own ?? mode });
  }
}

function safe(path: string): string {
  const clean = normalize(path);
  if (clean.startsWith("..") || clean.startsWith("/"))
    throw new ConfigError(`a path leads out of its volume: ${path}`);
  return clean;
}

/**
 * Changes all files of a volume at once, as Kubernetes does: they lie in a folder of their own, the names a
 * program sees are links through `..data`, and only that one link is replaced.
 */
function writeFiles(folder: string, files: Files): void {
  const data = join(folder, "..data");
  const before = existsSync(data) ? readlinkSync(data) : undefined;
  if (before !== undefined && isSame(join(folder, before), files)) return;
  const next = `..${process.hrtime.bigint().toString(36)}`;
  for (const [path, { content, mode }] of files) {
    const file = join(folder, next, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, mode | 0o400);
  }
  mkdirSync(join(folder, next), { recursive: true });
  symlinkSync(next, join(folder, "..data_tmp"));
  renameSync(join(folder, "..data_tmp"), data);
  const tops = new Set([...files.keys()].map((path) => path.split("/")[0]!));
  for (const top of tops) {
    if (!existsSync(join(folder, top))) symlinkSync(join("..data", top), join(folder, top));
  }
  if (before === undefined) return;
  for (const top of readdirSync(join(folder, before))) {
    if (!tops.has(top)) rmSync(join(folder, top), { force: true });
  }
  rmSync(join(folder, before), { recursive: true, force: true });
}

function isSame(version: string, files: Files): boolean {
  const present = readdirSync(version, { recursive: true, withFileTypes: true });
  if (present.filter((entry) => entry.isFile()).length !== files.size) return false;
  return [...files].every(
    ([path, { content }]) =>
      existsSync(join(version, path)) && content.equals(readFileSync(join(version, path))),
  );
}
