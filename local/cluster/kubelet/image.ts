import { join } from "node:path";
import { postgresBinaries } from "../../postgres/binaries.ts";
import type { Mount } from "./sandbox/protocol.ts";

/** What an image stands for here: programs that are on this machine, with the public image's own settings. */
export interface Image {
  /** Without the registry's prefix: `postgres:16`. */
  name: string;
  entrypoint: string[];
  command: string[];
  env: Record<string, string>;
  workdir: string;
  uid: number;
  /** Folders the image has and programs expect. */
  directories: string[];
  programs: Mount[];
}

/** `missing`: there is no such image; `unknown`: there may be, but not here, so it is simulated. */
export type Pulled = { known: Image } | "missing" | "unknown";

const systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const plain = {
  entrypoint: [],
  env: { PATH: systemPath },
  workdir: "/",
  uid: 0,
  directories: [],
  programs: [],
};

/** Finds what stands for an image reference. The tag `missing` is an image nobody has, for trying that out. */
export function pull(reference: string): Pulled {
  const { name, tag } = parseReference(reference);
  if (tag === "missing") return "missing";
  const image = { ...plain, name: `${name}:${tag}` };
  if (name === "busybox") return { known: { ...image, command: ["sh"] } };
  if (name === "oven/bun") {
    const entrypoint = ["/opt/images/bun-entrypoint.sh"];
    const programs = [script("bun-entrypoint.sh")];
    return { known: { ...image, entrypoint, command: ["bun"], workdir: "/home/bun/app", programs } };
  }
  return name === "postgres" ? postgres(image, tag) : "unknown";
}

/** Since 18 the public image keeps its data in a folder named by the version. */
function postgres(image: Omit<Image, "command">, tag: string): Pulled {
  const version = Number.parseInt(tag, 10) || 18;
  const data = version >= 18 ? `/var/lib/postgresql/${version}/docker` : "/var/lib/postgresql/data";
  let binaries: string;
  try {
    binaries = postgresBinaries();
  } catch {
    return "unknown"; // no build of Postgres for this machine
  }
  const known: Image = {
    ...image,
    entrypoint: ["/opt/images/postgres-entrypoint.sh"],
    command: ["postgres"],
    env: { PATH: `/opt/postgres/bin:${systemPath}`, PGDATA: data, LANG: "C.UTF-8" },
    uid: 999,
    directories: [data, "/run/postgresql", "/docker-entrypoint-initdb.d"],
    programs: [
      { source: binaries, target: "/opt/postgres", readOnly: true },
      script("postgres-entrypoint.sh"),
    ],
  };
  return { known };
}

function script(name: string): Mount {
  return { source: join(import.meta.dir, "images", name), target: `/opt/images/${name}`, readOnly: true };
}

/** `docker.io/library/postgres:16@sha256:…` is `postgres`, `16`. */
export function parseReference(reference: string): { name: string; tag: string } {
  const [path = "", digest] = reference.split("@");
  const colon = path.indexOf(":", path.lastIndexOf("/"));
  const tag = colon < 0 ? (digest ?? "latest") : path.slice(colon + 1);
  const name = (colon < 0 ? path : path.slice(0, colon))
    .replace(/^(docker\.io|index\.docker\.io|registry-1\.docker\.io)\//, "")
    .replace(/^library\//, "");
  return { name, tag };
}
