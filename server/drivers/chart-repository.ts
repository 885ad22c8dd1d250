import { archiveDigest } from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";
import type { ChartHttp } from "./chart-http.ts";
import type { PulledChart, PullRequest } from "./chart-request.ts";
import { chooseVersion } from "./chart-version.ts";

interface IndexEntry {
  version: string;
  urls: string[];
  digest?: string;
}

/**
 * Pulls a chart from an HTTP repository: its `index.yaml` says where the archive is, and the digest that it must have.
 */
export async function pullFromRepository(http: ChartHttp, request: PullRequest): Promise<PulledChart> {
  const { location, chart, version, access } = request;
  const base = `${location.replace(/\/+$/, "")}/`;
  const { credential, ca } = access;
  const authorization =
    credential && `Basic ${Buffer.from(`${credential.username}:${credential.token}`).toString("base64")}`;
  const get = async (url: string) => {
    const own = new URL(url).origin === new URL(base).origin;
    const answer = await http(url, own ? { authorization, ca } : {});
    if (answer.status === 200) return answer;
    if (answer.status === 404) throw missing(`There is no ${shown(url)}`);
    if (answer.status !== 401 && answer.status !== 403) {
      const message = `${shown(url)} is answered with status ${answer.status}. Try again later.`;
      throw new AppError("UNAVAILABLE", message);
    }
    const known = credential
      ? "The credentials that are recorded for it are not taken"
      : "It wants credentials";
    const message = `${shown(url)} cannot be read. ${known}: see styrminctl repositories.`;
    throw new AppError("FORBIDDEN", message, { field: "helm" });
  };

  const index = await get(new URL("index.yaml", base).href);
  const entries = entriesOf(index.body, chart ?? "", location);
  const wanted = chooseVersion(
    entries.map((one) => one.version),
    version,
  );
  const entry = entries.find((one) => one.version === wanted);
  if (entry === undefined) throw missing(`${location} has no chart ${chart} ${version ?? ""}`.trim());
  const url = URL.parse(entry.urls[0] ?? "", index.url);
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== "")
    throw new AppError("INVALID", `${location} names no usable address for ${chart} ${wanted}.`, {
      field: "helm",
    });
  const { body } = await get(url.href);
  const digest = entry.digest?.replace(/^sha256:/, "");
  if (digest !== undefined && archiveDigest(body) !== `sha256:${digest}`) {
    const message = `The chart ${chart} ${wanted} is not the one that the index of ${location} names; it was tampered with.`;
    throw new AppError("INVALID", message, { field: "helm" });
  }
  return { archive: body, location };
}

/** The versions of a chart; what is not right among them is left out. */
function entriesOf(body: Uint8Array, chart: string, location: string): IndexEntry[] {
  let index: { entries?: Record<string, unknown> } | null;
  try {
    index = Bun.YAML.parse(Buffer.from(body).toString("utf8")) as typeof index;
  } catch {
    throw new AppError("INVALID", `${location} is no chart repository: its index.yaml cannot be read.`, {
      field: "helm",
    });
  }
  const entries = index?.entries;
  const own = entries && Object.hasOwn(entries, chart) ? entries[chart] : undefined;
  return (Array.isArray(own) ? own : []).flatMap((one) => {
    const { version, urls, digest } = (one ?? {}) as Record<string, unknown>;
    if (version === undefined || !Array.isArray(urls)) return [];
    return {
      version: String(version),
      urls: urls.map(String),
      ...(digest ? { digest: String(digest) } : {}),
    };
  });
}

/** An address without its query, where tokens may stand. */
function shown(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

const missing = (what: string) => new AppError("NOT_FOUND", `${what}.`, { field: "helm" });
