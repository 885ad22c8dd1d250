import { join } from "node:path";
import type { Api, KubeObject } from "../types.ts";
import { ConfigError, expand, hostnameOf, resolveEnv } from "./env.ts";
import { quantityOf } from "../quantity.ts";
import type { Image } from "./image.ts";
import { lastWordsMount } from "./last-words.ts";
import type { ContainerSpec } from "./sandbox/protocol.ts";
import type { Volumes } from "./volumes.ts";

/** What the processes of one pod have in common. */
export interface SpecContext {
  api: Api;
  /** The pod as last seen. */
  pod: () => KubeObject;
  ip: string;
  /** The pod's folder. */
  dir: string;
  volumes: Volumes;
}

/** Decides everything about one container's process. Throws ConfigError while something it names is missing. */
export function containerSpec(
  { api, pod: podOf, ip, dir, volumes }: SpecContext,
  spec: any,
  image: Image,
  logFile: string,
): ContainerSpec {
  const pod = podOf();
  const env = resolveEnv(api, { ...pod, status: { ...pod.status, podIP: ip } }, spec, image.env);
  const security = { ...pod.spec.securityContext, ...spec.securityContext };
  const uid = security.runAsUser ?? image.uid;
  if (security.runAsNonRoot && uid === 0) {
    const { name, namespace, uid: id } = pod.metadata;
    const where = `(pod: "${name}_${namespace}(${id})", container: ${spec.name})`;
    throw new ConfigError(`container has runAsNonRoot and image will run as root ${where}`);
  }
  const memory = spec.resources?.limits?.memory;
  const words = [
    ...(spec.command ?? image.entrypoint),
    ...(spec.args ?? (spec.command ? [] : image.command)),
  ];
  return {
    key: `${pod.metadata.uid}/${spec.name}`,
    pod: pod.metadata.uid,
    hostname: hostnameOf(pod),
    uid,
    gid: security.runAsGroup ?? uid,
    argv: words.map((word) => expand(word, env)),
    env,
    workdir: spec.workingDir ?? image.workdir,
    directories: image.directories,
    programs: image.programs,
    mounts: [...volumes.mountsOf(pod, spec, env), lastWordsMount(dir, spec)],
    ...(memory === undefined ? {} : { memoryLimit: quantityOf(memory) }),
    readOnlyRoot: security.readOnlyRootFilesystem === true,
    hostsFile: join(dir, "hosts"),
    logFile,
  };
}

/** Stands for an image that is not here: enough to say what would be run. */
export function unknownImage(name: string): Image {
  return {
    name,
    entrypoint: [],
    command: [],
    env: {},
    workdir: "/",
    uid: 1,
    directories: [],
    programs: [],
  };
}
