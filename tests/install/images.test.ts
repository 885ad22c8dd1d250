import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { unpackTar } from "modern-tar";
import { root } from "../../k8s/image/compile.ts";
import { configOf, type Image, makeImage } from "../../k8s/image/images.ts";
import { packLayer } from "../../k8s/image/layer.ts";
import { copySources } from "./copy.ts";

let dir: string;
/** With a driver of the user's own baked in. */
let options: { helm: undefined; tag: string; level: number; drivers: string[] };
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "styrmin-images-"));
  const driver = join(dir, "notes-of-mine");
  cpSync(join(root, "drivers/notes"), driver, { recursive: true });
  options = { helm: undefined, tag: "9.9.9", level: 1, drivers: [driver] };
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const sha256 = (bytes: Uint8Array) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** The files of a tar by their paths. */
async function filesOf(tar: Uint8Array) {
  const entries = await unpackTar(tar as Uint8Array<ArrayBuffer>, { strict: true });
  return new Map(entries.map(({ header, data }) => [header.name, { header, data: data! }]));
}

describe.skipIf(process.platform !== "linux")("the images", () => {
  test("are the same, byte for byte, made twice and of sources in another folder", async () => {
    const copy = await copySources(join(dir, "copy"));
    const [here, there] = await Promise.all([
      makeServer(),
      copy.makeImage("server", { ...options, scratch: join(dir, "there") }),
    ]);
    expect(there.digest).toBe(here.digest);
    expect(sha256(there.tar)).toBe(sha256(here.tar));
  });

  test("have layers that do not tell when, by whom and in which order they were made", async () => {
    const files = [
      { path: "a/b", content: "one" },
      { path: "a/c", content: "two", mode: 0o755 },
    ];
    const layer = await packLayer(files);
    expect((await packLayer(files.toReversed())).digest).toBe(layer.digest);
    // RFC 1952: bytes 4 to 7 are the time, byte 9 the system.
    expect([...layer.blob.slice(4, 8), layer.blob[9]]).toEqual([0, 0, 0, 0, 255]);
    for (const { header } of (await filesOf(gunzipSync(layer.blob))).values())
      expect(header).toMatchObject({ uid: 0, gid: 0, mtime: new Date(0) });
  });

  test("are OCI image layouts whose digests hold", async () => {
    const image = await makeServer();
    const files = await filesOf(image.tar);
    const read = (path: string) => JSON.parse(new TextDecoder().decode(files.get(path)!.data));
    const blob = ({ digest }: { digest: string }) => `blobs/sha256/${digest.slice(7)}`;
    expect(read("oci-layout")).toEqual({ imageLayoutVersion: "1.0.0" });
    const [head] = read("index.json").manifests;
    expect(head.annotations["io.containerd.image.name"]).toBe("docker.io/styrmin/server:9.9.9");
    const manifest = read(blob(head));
    for (const each of [head, manifest.config, ...manifest.layers]) {
      const { data } = files.get(blob(each))!;
      expect({ digest: sha256(data), size: data.byteLength }).toEqual({
        digest: each.digest,
        size: each.size,
      });
    }
    const { rootfs, config } = read(blob(manifest.config));
    const layers = manifest.layers.map((each: { digest: string }) => files.get(blob(each))!.data);
    expect(rootfs.diff_ids).toEqual(layers.map((bytes: Uint8Array) => sha256(gunzipSync(bytes))));
    expect(config.User).toBe("10001:10001");
    const [docker] = read("manifest.json");
    expect(docker).toMatchObject({ RepoTags: ["styrmin/server:9.9.9"], Layers: manifest.layers.map(blob) });
  });

  test("hold the program, certificates, a C library, drivers, and no shell", async () => {
    const paths: string[] = [];
    for (const { blob } of (await makeServer()).layers)
      paths.push(...(await filesOf(gunzipSync(blob))).keys());
    expect(paths).toContain("usr/local/bin/styrmin-server");
    for (const tool of ["setpriv", "prlimit"]) expect(paths).toContain(`usr/local/bin/${tool}`);
    expect(paths).toContain("etc/ssl/certs/ca-certificates.crt");
    expect(paths).toContain("drivers/hello/manifests/web.yaml");
    expect(paths).toContain("drivers/notes-of-mine/driver.styrmin.yml");
    expect(paths.some((path) => path.includes("libc.so"))).toBe(true);
    expect(paths.filter((path) => /(^|\/)bin\/(ba|da)?sh$/.test(path))).toEqual([]);
  });

  test("are configured in the Dockerfile as they are here", async () => {
    const dockerfile = await Bun.file(join(root, "k8s/Dockerfile")).text();
    for (const program of ["server", "agent"] as const) {
      const { User, Env, Entrypoint, WorkingDir } = configOf(program, "1");
      const lines = [`USER ${User}`, `WORKDIR ${WorkingDir}`, ...Env.map((each) => `ENV ${each}`)];
      for (const line of [...lines, `ENTRYPOINT ${JSON.stringify(Entrypoint)}`])
        expect(dockerfile).toContain(`\n${line}\n`);
    }
  });

  let server: Promise<Image> | undefined;
  const makeServer = () => (server ??= makeImage("server", { ...options, scratch: dir }));
});
