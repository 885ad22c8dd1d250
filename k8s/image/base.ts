import { readFile } from "node:fs/promises";
import { rootCertificates } from "node:tls";
import type { Entry } from "./layer.ts";

/** The user that both programs run as; nothing in the images belongs to it but where it may write. */
export const uid = 10_001;

const loaders: Record<string, string> = {
  x64: "/lib64/ld-linux-x86-64.so.2",
  arm64: "/lib/ld-linux-aarch64.so.1",
};

/** Of util-linux: they put a program's children under its fate and a limit (`cagedCommand`). */
const tools = ["setpriv", "prlimit"];

/**
 * What a compiled program finds beside itself: the C library it is linked to, the certificates that the world
 * trusts, the two tools for its children, a user, and a few folders. There is no shell. The library and the tools
 * are this machine's, the certificates are those of Bun. Throws on a machine that is not Linux with glibc.
 */
export async function baseEntries(program: string): Promise<Entry[]> {
  const cage = tools.map((tool) => ({ tool, from: Bun.which(tool) })).filter(({ from }) => from !== null);
  if (cage.length < tools.length)
    console.log("! No setpriv or no prlimit (util-linux): children have one limit less in the images.");
  const libraries = await Promise.all([program, ...cage.map(({ from }) => from!)].map(librariesOf));
  const files = new Set(libraries.flat());
  return [
    ...(await Promise.all([...files].map((path) => fileOf(path, path.slice(1))))),
    ...(await Promise.all(cage.map(({ tool, from }) => fileOf(from!, `usr/local/bin/${tool}`)))),
    { path: "etc/ssl/certs/ca-certificates.crt", content: `${rootCertificates.join("\n")}\n` },
    { path: "etc/passwd", content: `root:x:0:0::/:\nstyrmin:x:${uid}:${uid}::/var/lib/styrmin:\n` },
    { path: "etc/group", content: `root:x:0:\nstyrmin:x:${uid}:\n` },
    { path: "etc/nsswitch.conf", content: "hosts: files dns\n" },
    { path: "tmp", directory: true, mode: 0o1777 },
    { path: "var/lib/styrmin", directory: true, mode: 0o700, uid },
  ];
}

/** The loader and the libraries that a program asks for, under the paths where it will look for them. */
async function librariesOf(program: string): Promise<string[]> {
  const loader = loaders[process.arch];
  const child = loader && (await Bun.file(loader).exists()) && Bun.spawn([loader, "--list", program]);
  if (!child || (await child.exited) !== 0) {
    throw new Error(
      "Images can be made on Linux with glibc only, on x86_64 or aarch64. Elsewhere use k8s/Dockerfile.",
    );
  }
  const listed = await new Response(child.stdout).text();
  return [loader, ...[...listed.matchAll(/=> (\/\S+)/g)].map((match) => match[1]!)];
}

async function fileOf(from: string, path: string): Promise<Entry> {
  return { path, content: await readFile(from), mode: 0o755 };
}
