import { packTar } from "modern-tar";
import { digestOf, epoch, type Layer } from "./layer.ts";

export interface ImageConfig {
  User: string;
  Entrypoint: string[];
  Env: string[];
  WorkingDir: string;
  ExposedPorts?: Record<string, object>;
  Labels: Record<string, string>;
}

const type = (kind: string) => `application/vnd.oci.image.${kind}`;

/**
 * An image as one tar: an OCI image layout (image-spec 1.1, image-layout.md) that `ctr images import`, `skopeo` and
 * `podman load` read, with the `manifest.json` beside it that `docker load` wants. `name` is whole:
 * `docker.io/styrmin/agent:0.1.0`.
 */
export async function packImage(name: string, layers: readonly Layer[], config: ImageConfig) {
  const created = epoch.toISOString();
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const blobs = new Map(layers.map(({ digest, blob }) => [digest, blob]));
  const add = (kind: string, value: unknown) => {
    const blob = new TextEncoder().encode(JSON.stringify(value));
    const digest = digestOf(blob);
    blobs.set(digest, blob);
    return { mediaType: type(kind), digest, size: blob.byteLength };
  };

  const described = add("config.v1+json", {
    created,
    architecture,
    os: "linux",
    config,
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(() => ({ created, created_by: "bun run image" })),
  });
  const manifest = add("manifest.v1+json", {
    schemaVersion: 2,
    mediaType: type("manifest.v1+json"),
    config: described,
    layers: layers.map(({ digest, blob }) => ({
      mediaType: type("layer.v1.tar+gzip"),
      digest,
      size: blob.byteLength,
    })),
  });
  const annotations = {
    "io.containerd.image.name": name,
    "org.opencontainers.image.ref.name": name.slice(name.lastIndexOf(":") + 1),
  };
  const index = {
    schemaVersion: 2,
    mediaType: type("index.v1+json"),
    manifests: [{ ...manifest, platform: { architecture, os: "linux" }, annotations }],
  };
  const forDocker = [
    {
      Config: pathOf(described.digest),
      RepoTags: [name.replace(/^docker\.io\//, "")],
      Layers: layers.map(({ digest }) => pathOf(digest)),
    },
  ];
  const files: [string, string | Uint8Array][] = [
    ["oci-layout", JSON.stringify({ imageLayoutVersion: "1.0.0" })],
    ["index.json", JSON.stringify(index)],
    ["manifest.json", JSON.stringify(forDocker)],
    ...[...blobs].map(([digest, blob]) => [pathOf(digest), blob] as [string, Uint8Array]),
  ];
  const tar = await packTar(
    files.map(([path, body]) => ({
      header: { name: path, size: Buffer.byteLength(body), mode: 0o644, mtime: epoch, type: "file" },
      body,
    })),
  );
  return { tar, digest: manifest.digest };
}

const pathOf = (digest: string) => `blobs/sha256/${digest.slice("sha256:".length)}`;
