import { createHash } from "node:crypto";

/** What was asked of a registry, for tests that look at who said what. */
export interface RegistryRequest {
  method: string;
  path: string;
  authorization: string | null;
}

export interface OciRegistry {
  /** `127.0.0.1:1234` */
  host: string;
  /** `oci://127.0.0.1:1234/NAME`, as a driver names a chart. */
  url(repository: string): string;
  requests: RegistryRequest[];
  /** Sends other bytes than it was given for every blob. */
  tampered: boolean;
  /** Pushes a packed chart, as `helm push` does. Answers the digest of its manifest. */
  push(repository: string, version: string, archive: Uint8Array): Promise<string>;
  stop(): Promise<void>;
}

export interface OciRegistryOptions {
  /** Wants this user and password: by `Basic`, or by a token for which they are exchanged (`Bearer`). */
  auth?: { user: string; password: string; kind?: "Basic" | "Bearer" };
  tls?: { cert: string; key: string };
}

interface Stored {
  type: string;
  bytes: Uint8Array;
}

const manifestType = "application/vnd.oci.image.manifest.v1+json";
const sha256 = (bytes: Uint8Array | string) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/**
 * A registry on loopback that speaks the OCI distribution protocol as far as charts need it: uploads, blobs,
 * manifests by tag and by digest, tags. Good enough for `helm push` and `helm pull`.
 */
export async function startOciRegistry({ auth, tls }: OciRegistryOptions = {}): Promise<OciRegistry> {
  const blobs = new Map<string, Uint8Array>();
  const manifests = new Map<string, Stored>();
  const uploads = new Map<string, Uint8Array[]>();
  const token = crypto.randomUUID();
  const basic = auth ? `Basic ${btoa(`${auth.user}:${auth.password}`)}` : null;

  const listener = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    ...(tls ? { tls } : {}),
    async fetch(request) {
      const url = new URL(request.url);
      const authorization = request.headers.get("authorization");
      registry.requests.push({ method: request.method, path: url.pathname + url.search, authorization });
      if (url.pathname === "/token") {
        return authorization === basic ? Response.json({ token }) : new Response(null, { status: 401 });
      }
      const refused = challenge(authorization);
      if (refused) return refused;
      if (/^\/v2\/?$/.test(url.pathname)) return Response.json({});
      const [, repository = "", what = "", name = ""] =
        /^\/v2\/(.+)\/(blobs|manifests|tags)\/(.*)$/.exec(url.pathname) ?? [];
      if (what === "blobs" && name.startsWith("uploads")) return upload(request, repository, name, url);
      if (what === "blobs") return blob(request, name);
      if (what === "manifests") return manifest(request, repository, name);
      if (what === "tags") {
        const tags = [...manifests.keys()].filter(
          (key) => key.startsWith(`${repository}:`) && !key.includes("sha256:"),
        );
        return Response.json({ name: repository, tags: tags.map((key) => key.slice(repository.length + 1)) });
      }
      return fault(404, "NAME_UNKNOWN");
    },
  });
  const { origin } = listener.url;

  function challenge(given: string | null): Response | undefined {
    if (!auth || given === (auth.kind === "Bearer" ? `Bearer ${token}` : basic)) return undefined;
    const how =
      auth.kind === "Bearer"
        ? `Bearer realm="${origin}/token",service="test",scope="repository:any:pull"`
        : 'Basic realm="test"';
    return fault(401, "UNAUTHORIZED", { "www-authenticate": how });
  }

  async function upload(request: Request, repository: string, name: string, url: URL): Promise<Response> {
    const id = name.split("/")[1] || crypto.randomUUID();
    const parts = uploads.get(id) ?? [];
    uploads.set(id, parts);
    const bytes = new Uint8Array(await request.arrayBuffer());
    if (bytes.byteLength > 0) parts.push(bytes);
    const location = `/v2/${repository}/blobs/uploads/${id}`;
    if (request.method !== "PUT") {
      const range = `0-${Math.max(0, Buffer.concat(parts).byteLength - 1)}`;
      return new Response(null, { status: 202, headers: { location, range } });
    }
    const whole = Buffer.concat(parts);
    const digest = url.searchParams.get("digest") ?? "";
    uploads.delete(id);
    if (sha256(whole) !== digest) return fault(400, "DIGEST_INVALID");
    blobs.set(digest, whole);
    // Older helms read what was stored from this header, and not from the place.
    const headers = { location: `/v2/${repository}/blobs/${digest}`, "docker-content-digest": digest };
    return new Response(null, { status: 201, headers });
  }

  function blob(request: Request, digest: string): Response {
    const bytes = blobs.get(digest);
    if (!bytes) return fault(404, "BLOB_UNKNOWN");
    const sent = registry.tampered ? new Uint8Array(bytes.byteLength) : bytes;
    return answer(request, { type: "application/octet-stream", bytes: sent }, digest);
  }

  async function manifest(request: Request, repository: string, name: string): Promise<Response> {
    if (request.method !== "PUT") {
      const stored = manifests.get(`${repository}:${name}`);
      return stored ? answer(request, stored, sha256(stored.bytes)) : fault(404, "MANIFEST_UNKNOWN");
    }
    const bytes = new Uint8Array(await request.arrayBuffer());
    const digest = sha256(bytes);
    const stored = { type: request.headers.get("content-type") ?? manifestType, bytes };
    for (const key of [name, digest]) manifests.set(`${repository}:${key}`, stored);
    const headers = { location: `/v2/${repository}/manifests/${digest}`, "docker-content-digest": digest };
    return new Response(null, { status: 201, headers });
  }

  const registry: OciRegistry = {
    host: listener.url.host,
    url: (repository) => `oci://${listener.url.host}/${repository}`,
    requests: [],
    tampered: false,
    async push(repository, version, archive) {
      const config = new TextEncoder().encode(JSON.stringify({ name: repository, version }));
      for (const bytes of [config, archive]) blobs.set(sha256(bytes), bytes);
      const layer = (type: string, bytes: Uint8Array) => ({
        mediaType: type,
        digest: sha256(bytes),
        size: bytes.byteLength,
      });
      const bytes = new TextEncoder().encode(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: manifestType,
          config: layer("application/vnd.cncf.helm.config.v1+json", config),
          layers: [layer("application/vnd.cncf.helm.chart.content.v1.tar+gzip", archive)],
        }),
      );
      const digest = sha256(bytes);
      // A plus sign cannot stand in a tag.
      const tag = version.replaceAll("+", "_");
      for (const key of [tag, digest]) manifests.set(`${repository}:${key}`, { type: manifestType, bytes });
      return digest;
    },
    stop: () => listener.stop(true),
  };
  return registry;
}

function answer(request: Request, { type, bytes }: Stored, digest: string): Response {
  const headers = {
    "content-type": type,
    "content-length": String(bytes.byteLength),
    "docker-content-digest": digest,
  };
  return new Response(request.method === "HEAD" ? null : (bytes as BodyInit), { headers });
}

function fault(status: number, code: string, headers: Record<string, string> = {}): Response {
  return Response.json({ errors: [{ code, message: code }] }, { status, headers });
}
