import {
  type KubeObjectLike,
  type Renderer,
  sampleContext,
  sampleParameters,
} from "../../../../drivers/kit/index.ts";
import type { Sound } from "../folder.ts";

export const releaseName = "lint-release";
/** What is put in for each secret, before its name, to find where it goes. */
export const secretMark = "lint-secret-";

/** The objects of one version of the application. */
export interface Rendering {
  version: string;
  objects: KubeObjectLike[];
}

export interface Sample {
  /** The application's. */
  version: string | undefined;
  parameters?: Record<string, string>;
  cluster?: Record<string, unknown>;
  /** The deployment's. */
  config?: Record<string, unknown>;
  /** The secret parameter that has another value than usual. */
  changed?: string;
}

const namedCluster = { fqdn_suffix: "example.org", ingress_class: "sample" };

/** What a driver renders for a sample; undefined when it does not. */
export async function sampleObjects(
  renderer: Renderer,
  { spec, files, charts = {} }: Sound,
  { version, parameters = {}, cluster = namedCluster, config = {}, changed }: Sample,
  signal: AbortSignal,
): Promise<KubeObjectLike[] | undefined> {
  const { values, secrets } = sampleParameters(spec);
  for (const name of Object.keys(secrets))
    secrets[name] = `${name === changed ? "other-" : ""}${secretMark}${name}`;
  const context = sampleContext(spec, {
    version,
    releaseName,
    cluster,
    config,
    parameters: { ...values, ...parameters },
    secrets: Object.keys(secrets),
  });
  return (await renderer.render({ spec, files, context, secrets, charts }, signal)).objects;
}

/** An object for people, without the release's name. */
export const title = ({ kind, metadata }: KubeObjectLike) =>
  `${kind} ${metadata.name.replaceAll(releaseName, "…")}`;
