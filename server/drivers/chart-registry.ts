import { archiveDigest } from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";
import type { ChartAccess, PulledChart, PullRequest } from "./chart-request.ts";
import type { ChartHttp, ChartHttpAnswer } from "./chart-http.ts";
import { chooseVersion, isExact } from "./chart-version.ts";

const chartLayer = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
const manifestTypes = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.artifact.manifest.v1+json",
].join(", ");

interface Manifest {
  layers?: { mediaType?: string; digest?: string; size?: number }[];
}

/**
 * Pulls a chart from an OCI registry (`oci://host/path/name`, also with `@sha256:…`): its manifest by tag or digest,
 * then the one layer that is the chart. What comes must have the digest it is called by.
 */
export async function pullFromRegistry(http: ChartHttp, request: PullRequest): Promise<PulledChart> {
  const { location, version, access } = request;
  const { origin, repository, digest } = parseLocation(location, access);
  const get = authorised(http, { repository, access, location });

  const reference = digest ?? tagOf(await versionOf(version));
  const manifest = await get(`${origin}/v2/${repository}/manifests/${reference}`, manifestTypes);
  if (manifest.status === 404) throw missing(`${location} has no version ${version ?? reference}`);
  expectOk(manifest, location);
  if (digest !== undefined && archiveDigest(manifest.body) !== digest) throw tampered(location);
  const layer = parseManifest(manifest.body)?.layers?.find(({ mediaType }) => mediaType === chartLayer);
  if (!layer?.digest || !/^sha256:[0-9a-f]{64}$/.test(layer.digest)) {
    throw new AppError("INVALID", `${location} ${version ?? ""} is no Helm chart.`, { field: "helm" });
  }
  const blob = await get(`${origin}/v2/${repository}/blobs/${layer.digest}`, "*/*");
  expectOk(blob, location);
  if (archiveDigest(blob.body) !== layer.digest) throw tampered(location);
  return { archive: blob.body, location };

  async function versionOf(wanted: string | null): Promise<string> {
    if (wanted !== null && isExact(wanted)) return wanted;
    const answer = await get(`${origin}/v2/${repository}/tags/list?n=10000`, "application/json");
    if (answer.status === 404) throw missing(`${location} is not there`);
    expectOk(answer, location);
    const tags = (parseManifest(answer.body) as { tags?: unknown })?.tags;
    const versions = (Array.isArray(tags) ? tags : []).map((tag) => String(tag).replaceAll("_", "+"));
    const chosen = chooseVersion(versions, wanted);
    if (chosen === undefined) throw missing(`${location} has no version ${wanted ?? "that is released"}`);
    return chosen;
  }
}

/** A plus sign cannot stand in a tag. */
const tagOf = (version: string) => encodeURIComponent(version.replaceAll("+", "_"));

function parseLocation(location: string, access: ChartAccess) {
  const parsed = URL.parse(location.replace(/^oci:/, "https:"));
  const [, path = "", digest] = /^\/(.+?)(?:@(sha256:[0-9a-f]{64}))?$/.exec(parsed?.pathname ?? "") ?? [];
  if (!parsed || parsed.username !== "" || !/^[a-z0-9]+([._/-]+[a-z0-9]+)*$/.test(path)) {
    const message = `${location} is no address of a chart in a registry. Use oci://host/path/name.`;
    throw new AppError("INVALID", message, { field: "helm" });
  }
  return { origin: `${schemeFor(parsed.hostname, access)}//${parsed.host}`, repository: path, digest };
}

/** A registry on this machine speaks http, as Docker and containerd take it, unless it has a certificate of its own. */
function schemeFor(host: string, { ca }: ChartAccess): string {
  const local = host === "localhost" || host.startsWith("127.") || host === "[::1]";
  return local && !ca ? "http:" : "https:";
}

/** GETs as the registry wants it: first as anybody, then as it asks for (`Basic`, or a token of its realm). */
function authorised(
  http: ChartHttp,
  { repository, access, location }: { repository: string; access: ChartAccess; location: string },
) {
  const { credential, ca } = access;
  const basic =
    credential && `Basic ${Buffer.from(`${credential.username}:${credential.token}`).toString("base64")}`;
  let authorization: string | undefined;

  return async function get(url: string, accept: string): Promise<ChartHttpAnswer> {
    const headers = { accept };
    const answer = await http(url, { headers, authorization, ca });
    if (answer.status !== 401 || authorization !== undefined) return refusedOr(answer);
    authorization = await authorizationFor(answer.headers["www-authenticate"] ?? "", url);
    return refusedOr(authorization ? await http(url, { headers, authorization, ca }) : answer);
  };

  async function authorizationFor(challenge: string, url: string): Promise<string | undefined> {
    if (/^basic/i.test(challenge)) return basic;
    const part = (name: string) => new RegExp(`${name}="([^"]*)"`, "i").exec(challenge)?.[1];
    const realm = URL.parse(part("realm") ?? "");
    if (!/^bearer/i.test(challenge) || !realm || !/^https?:$/.test(realm.protocol)) return undefined;
    realm.searchParams.set("service", part("service") ?? "");
    realm.searchParams.set("scope", part("scope") ?? `repository:${repository}:pull`);
    const own = realm.origin === new URL(url).origin;
    // A password is said to the registry's own host, or over https where the registry says its tokens are.
    const trusted = own || realm.protocol === "https:";
    const answer = await http(realm.href, {
      ...(trusted ? { authorization: basic } : {}),
      ...(own ? { ca } : {}),
    });
    const { token, access_token } = (parseManifest(answer.body) ?? {}) as Record<string, unknown>;
    const given = typeof token === "string" ? token : access_token;
    return answer.status === 200 && typeof given === "string" ? `Bearer ${given}` : undefined;
  }

  function refusedOr(answer: ChartHttpAnswer): ChartHttpAnswer {
    if (answer.status !== 401 && answer.status !== 403) return answer;
    const known = credential
      ? "The credentials that are recorded for it are not taken"
      : "It wants credentials";
    const message = `${location} cannot be read. ${known}: see styrminctl repositories.`;
    throw new AppError("FORBIDDEN", message, { field: "helm" });
  }
}

function parseManifest(body: Uint8Array): Manifest | undefined {
  try {
    return JSON.parse(Buffer.from(body).toString("utf8")) as Manifest;
  } catch {
    return undefined;
  }
}

function expectOk({ status }: ChartHttpAnswer, location: string): void {
  if (status === 404) throw missing(`${location} is not there`);
  if (status !== 200)
    throw new AppError("UNAVAILABLE", `${location} answers with status ${status}. Try again later.`);
}

const missing = (what: string) => new AppError("NOT_FOUND", `${what}.`, { field: "helm" });
const tampered = (location: string) =>
  new AppError(
    "INVALID",
    `The chart of ${location} is not the one that its digest names; it was tampered with.`,
    {
      field: "helm",
    },
  );
