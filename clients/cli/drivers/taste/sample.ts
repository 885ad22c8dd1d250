import {
  type KubeObjectLike,
  type Renderer,
  sampleContext,
  sampleParameters,
} from "../../../../drivers/kit/index.ts";
import type { Sound } from "../folder.ts";

export const releaseName = "lint-release";
/** What is put in for each secret, to find where it goes. */
export const secretMark = "lint-secret-";

export interface Sample {
  /** The application's. */
  version: string | undefined;
  parameters?: Record<string, string>;
  cluster?: Record<string, unknown>;
  /** What each secret begins with. */
  mark?: string;
}

const namedCluster = { fqdn_suffix: "example.org", ingress_class: "sample" };

/** What a driver renders for a sample; undefined when it does not. */
export async function sampleObjects(
  renderer: Renderer,
  { spec, files, charts = {} }: Sound,
  { version, parameters = {}, cluster = namedCluster, mark = secretMark }: Sample,
  signal: AbortSignal,
): Promise<KubeObjectLike[] | undefined> {
  const { values, secrets } = sampleParameters(spec);
  for (const name of Object.keys(secrets)) secrets[name] = `${mark}${name}`;
  const context = sampleContext(spec, {
    version,
    releaseName,
    cluster,
    parameters: { ...values, ...parameters },
    secrets: Object.keys(secrets),
  });
  return (await renderer.render({ spec, files, context, secrets, charts }, signal)).objects;
}

/** An object for people, without the release's name. */
export const title = ({ kind, metadata }: KubeObjectLike) =>
  `${kind} ${metadata.name.replaceAll(releaseName, "…")}`;
