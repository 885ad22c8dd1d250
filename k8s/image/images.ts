import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { baseEntries, uid } from "./base.ts";
import { compile, type Program, root } from "./compile.ts";
import { type Entry, type Layer, packLayer } from "./layer.ts";
import { type ImageConfig, packImage } from "./oci.ts";

export interface ImageOptions {
  /** Where the programs are compiled to. */
  scratch: string;
  /** The helm binary, with which the agent renders charts and the server checks them; without it the images have none. */
  helm: string | undefined;
  /** Folders of drivers to bake into the server, beside the bundled ones. */
  drivers?: readonly string[];
  /** What stands before `/server` and `/agent` in the images' names. */
  repository?: string;
  tag?: string;
  /** Gzip's level; see `packLayer`. */
  level?: number;
}

export interface Image {
  program: Program;
  /** `styrmin/server:0.1.0`, as a pod names it. */
  name: string;
  layers: Layer[];
  tar: Uint8Array;
  /** Of the image's manifest: the same sources give the same one. */
  digest: string;
}

/** Makes the image of a program; nothing but the compiled program is written to a disk. */
export async function makeImage(program: Program, options: ImageOptions): Promise<Image> {
  const { repository = "styrmin", tag = packageJson.version } = options;
  const contents = await contentsOf(program, options);
  const layers = await Promise.all(contents.map((entries) => packLayer(entries, options.level)));
  const name = `${repository}/${program}:${tag}`;
  const whole = /^[^/]*[.:][^/]*\//.test(name) ? name : `docker.io/${name}`;
  return { program, name, layers, ...(await packImage(whole, layers, configOf(program, tag))) };
}

/** What is in a program's image, layer by layer, what changes least at the bottom. */
export async function contentsOf(
  program: Program,
  { scratch, helm, drivers = [] }: Pick<ImageOptions, "scratch" | "helm" | "drivers">,
): Promise<Entry[][]> {
  const file = await compile(program, scratch);
  const binary = async (name: string, from: string): Promise<Entry[]> => [
    { path: `usr/local/bin/${name}`, content: await bytesOf(from), mode: 0o755 },
  ];
  return [
    await baseEntries(file),
    ...(helm !== undefined ? [await binary("helm", helm)] : []),
    await binary(`styrmin-${program}`, file),
    ...(program === "server" ? [await driverEntries([...(await bundledDrivers()), ...drivers])] : []),
  ];
}

export function configOf(program: Program, version: string): ImageConfig {
  const ports = { server: ["8000/tcp", "8001/tcp"], agent: ["8080/tcp"] }[program];
  return {
    User: `${uid}:${uid}`,
    Entrypoint: [`/usr/local/bin/styrmin-${program}`],
    Env: [
      "PATH=/usr/local/bin",
      "HOME=/var/lib/styrmin",
      "NODE_ENV=production",
      // Open watches and long polls count against Bun's limit of 256.
      "BUN_CONFIG_MAX_HTTP_REQUESTS=2000",
      "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt",
      ...(program === "server" ? ["STYRMIN_BUNDLED_DRIVERS=/drivers"] : []),
    ],
    WorkingDir: "/var/lib/styrmin",
    ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])),
    Labels: {
      "org.opencontainers.image.title": `Styrmin ${program}`,
      "org.opencontainers.image.version": version,
      "org.opencontainers.image.licenses": packageJson.license,
    },
  };
}

/** The drivers that every server has. */
async function bundledDrivers(): Promise<string[]> {
  const folders = await readdir(join(root, "drivers"));
  const found = [];
  for (const name of folders.sort()) {
    const folder = join(root, "drivers", name);
    if (await Bun.file(join(folder, "driver.styrmin.yml")).exists()) found.push(folder);
  }
  return found;
}

async function driverEntries(folders: readonly string[]): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const folder of folders) {
    if (!(await Bun.file(join(folder, "driver.styrmin.yml")).exists()))
      throw new Error(`${folder} is no driver: it has no driver.styrmin.yml.`);
    for (const file of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!file.isFile() || /(^|\/)(\.git|node_modules)(\/|$)/.test(file.parentPath)) continue;
      const path = join(file.parentPath, file.name);
      const inside = join("drivers", basename(folder), path.slice(folder.length));
      entries.push({ path: inside, content: await bytesOf(path) });
    }
  }
  return entries;
}

const bytesOf = (path: string): Promise<Uint8Array> => Bun.file(path).bytes();
