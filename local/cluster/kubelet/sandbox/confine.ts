import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { $ } from "bun";
import type { ContainerSpec, Mount } from "./protocol.ts";

/**
 * A container's world, built by a shell script that runs as root of the sandbox's user namespace, in mount,
 * PID, IPC and UTS namespaces of the container, and ends by becoming the container's process. What keeps it in:
 *
 * - its mount namespace holds a tmpfs, this machine's `/usr` read-only and the pod's volumes; the rest of the
 *   machine is unmounted (`pivot_root`) before any path that a driver wrote is looked at, so that no link in a
 *   volume leads out;
 * - it ends in a user namespace of its own that maps one uid, with no capability and none to be had. It is
 *   also chrooted there, because the kernel lets no chrooted process make further user namespaces;
 * - `/proc` is new and read-only as a whole: as root on the machine, the process is the machine's uid 0 and
 *   could write settings such as `core_pattern` without any capability;
 * - the container's variables come by a file in memory that is read at the very last step, so that LD_PRELOAD
 *   and its like have no hold on the tools used here, and no secret stands in a command line.
 */
export interface Confinement {
  /**
   * The command that becomes the container. File descriptor 3 must be its variables (`envScript`); to 4 it
   * writes an empty line when everything stands and its program is about to start, or why it cannot be.
   */
  container(spec: ContainerSpec): string[];
  /** The command that runs another process in a running container, given its process there; 3 and 4 as above. */
  exec(spec: ContainerSpec, process: number, argv: string[]): string[];
}

const systemFolders = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];
const dieWithParent = ["setpriv", "--pdeathsig", "KILL"];

/** Prepares, once, what all containers share, in this process's own mount namespace. */
export async function prepareConfinement(run: string, bun: string): Promise<Confinement> {
  const base = join(run, "base");
  const root = join(run, "root");
  for (const folder of [base, root]) mkdirSync(folder, { recursive: true });
  await $`mount -t tmpfs -o mode=755,nosuid styrmin ${base}`.quiet();
  for (const folder of ["usr", "dev/shm", "skeleton"]) mkdirSync(join(base, folder), { recursive: true });
  await $`mount -o bind,ro,nosuid,nodev /usr ${base}/usr`.quiet();
  await $`mount -t tmpfs -o mode=755,nosuid,nodev styrmin ${base}/usr/local`.quiet();
  mkdirSync(`${base}/usr/local/bin`);
  const program = `${base}/usr/local/bin/bun`;
  writeFileSync(program, "");
  await $`mount -o bind,ro,nosuid,nodev ${bun} ${program}`.quiet();
  for (const name of ["bunx", "node"]) symlinkSync("bun", `${base}/usr/local/bin/${name}`);
  await $`mount -o remount,bind,ro ${base}/usr/local`.quiet();
  for (const device of ["null", "zero", "full", "random", "urandom", "tty"]) {
    writeFileSync(`${base}/dev/${device}`, "");
    await $`mount --bind /dev/${device} ${base}/dev/${device}`.quiet();
  }
  const links = { fd: "", stdin: "/0", stdout: "/1", stderr: "/2" };
  for (const [name, end] of Object.entries(links)) symlinkSync(`/proc/self/fd${end}`, `${base}/dev/${name}`);
  await makeSkeleton(`${base}/skeleton`);

  return {
    container: (spec) => [
      ...dieWithParent,
      ...["unshare", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child", "--"],
      ...["sh", "-c", containerScript(base, root, spec), "container"],
      ...["unshare", "--user", `--map-user=${spec.uid}`, `--map-group=${spec.gid}`, "--root=/c", "--"],
      ...lastSteps(spec, spec.argv),
    ],
    exec: (spec, process, argv) => [
      ...dieWithParent,
      ...["nsenter", `--target=${process}`, "--user", "--mount", "--pid", "--ipc", "--uts"],
      ...["--root", "--wd", "--preserve-credentials", "--", ...dieWithParent],
      ...lastSteps(spec, argv),
    ],
  };
}

/** Variables as a shell script; names a shell cannot hold are left out. */
export function envScript(env: Record<string, string>): string {
  return Object.entries(env)
    .filter(([name]) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    .map(([name, value]) => `export ${name}=${quote(value)}\n`)
    .join("");
}

/** A program that is not there is told by name, as container engines do. */
const reportReady = `{ command -v "$1" >/dev/null 2>&1 || {
  case $1 in
    */*) printf 'exec: "%s": stat %s: no such file or directory' "$1" "$1" >&4 ;;
    *) printf 'exec: "%s": executable file not found in $PATH' "$1" >&4 ;;
  esac
  exit 127
}; } && echo >&4 && exec 4>&- && `;

/** With uid 0 the process still holds all capabilities of its own namespace: their ceiling goes first. */
function lastSteps(spec: ContainerSpec, argv: string[]): string[] {
  const ceiling = spec.uid === 0 ? ["--bounding-set=-all", "--inh-caps=-all"] : [];
  const script = `. /proc/self/fd/3; exec 3<&-; cd ${quote(spec.workdir)} && unset PWD OLDPWD && ${reportReady}exec "$@"`;
  return ["setpriv", "--no-new-privs", ...ceiling, "--", "sh", "-c", script, "sh", ...argv];
}

function containerScript(base: string, root: string, spec: ContainerSpec): string {
  const folders = [...spec.directories, spec.workdir].map((folder) => quote(`c/${inside(folder)}`));
  const lines = [
    "set -e; trap 'exit 125' EXIT; umask 022",
    `mount -t tmpfs -o mode=755,nosuid,nodev,size=1g styrmin ${quote(root)}; cd ${quote(root)}`,
    `cp -a ${quote(base)}/skeleton/. .; mkdir -p ${folders.join(" ")}`,
    ...systemFolders.flatMap((name) => systemFolder(name)),
    `mount --rbind ${quote(base)}/usr usr; mount --rbind ${quote(base)}/usr c/usr`,
    `mount --rbind ${quote(base)}/dev c/dev; mount -t tmpfs -o mode=1777,nosuid,nodev shm c/dev/shm`,
    `echo ${quote(`user:x:${spec.uid}:${spec.gid}::/:/bin/sh`)} >> c/etc/passwd`,
    `echo ${quote(spec.hostname)} > c/etc/hostname; hostname ${quote(spec.hostname)} 2>/dev/null || true`,
    `: > c/etc/hosts; mount -o ${readOnlyBind(spec.hostsFile)} ${quote(spec.hostsFile)} c/etc/hosts`,
    ...spec.programs.flatMap(({ source, target }) => [
      ...mountPoint(`c/${inside(target)}`, !lstatSync(source).isDirectory()),
      `mount -o bind,ro,nosuid,nodev ${quote(source)} ${quote(`c/${inside(target)}`)}`,
    ]),
    ...spec.mounts.flatMap(({ source }, n) => [
      ...mountPoint(`v/${n}`, !lstatSync(source).isDirectory()),
      `mount --bind ${quote(source)} v/${n}`,
    ]),
    "mount -t proc -o nosuid,nodev,noexec proc proc; mount -o bind,ro,nosuid,nodev,noexec proc c/proc",
    "pivot_root . old; cd /; umount -l /old; rmdir /old",
    ...spec.mounts.flatMap((mount, n) => volumeMount(mount, `v/${n}`)),
    ...(spec.readOnlyRoot ? ["mount --bind c v; mount --rbind c c; mount -o remount,bind,ro c"] : []),
    'exec "$@"',
  ];
  return lines.join("\n");
}

/** Runs after the root was changed: whatever link `subPath` or the target meets, it ends inside this tree. */
function volumeMount({ source: origin, target, subPath, readOnly }: Mount, volume: string): string[] {
  const place = `c/${inside(target)}`;
  const source = subPath === undefined ? volume : `${volume}/${inside(subPath)}`;
  const create = subPath === undefined ? [] : [`[ -e ${quote(source)} ] || mkdir -p ${quote(source)}`];
  return [
    ...create,
    `if [ -d ${quote(source)} ]; then mkdir -p ${quote(place)}; else mkdir -p ${quote(dirname(place))}; [ -e ${quote(place)} ] || : > ${quote(place)}; fi`,
    `mount -o ${readOnly ? readOnlyBind(origin) : "bind"} ${quote(source)} ${quote(place)}`,
  ];
}

/** A flag that the source's mount carries is locked in a user namespace: leaving it out would be refused. */
function readOnlyBind(source: string): string {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").trim().split("\n");
  const over = mounts
    .map((line) => line.split(" "))
    .filter(([, , , , at = ""]) => at === "/" || source === at || source.startsWith(`${at}/`))
    .reduce((best, next) => (next[4]!.length >= best[4]!.length ? next : best));
  return `bind,ro,nosuid,nodev${over[5]!.split(",").includes("noexec") ? ",noexec" : ""}`;
}

function mountPoint(place: string, file: boolean): string[] {
  return file ? [`mkdir -p ${quote(dirname(place))}; : > ${quote(place)}`] : [`mkdir -p ${quote(place)}`];
}

/** `/bin` and its like are links into `/usr` nowadays; where they are folders they are shown read-only. */
function systemFolder(name: string): string[] {
  const path = `/${name}`;
  if (!existsSync(path) || lstatSync(path).isSymbolicLink()) return [];
  return ["", "c/"].map((at) => `mkdir -p ${at}${name}; mount -o bind,ro,nosuid,nodev ${path} ${at}${name}`);
}

/**
 * The tree that each container's tmpfs begins as: `c` is what the container will see, and what lies beside it
 * is for the tools that build it, so that no volume mounted in `c` can change them.
 */
async function makeSkeleton(skeleton: string): Promise<void> {
  const folders = ["v", "old", "proc", "usr", "etc"];
  const seen = ["dev", "proc", "tmp", "run", "usr", "etc", "var/tmp"].map((folder) => `c/${folder}`);
  for (const folder of [...folders, ...seen]) mkdirSync(join(skeleton, folder), { recursive: true });
  for (const folder of ["c/tmp", "c/var/tmp"]) chmodSync(join(skeleton, folder), 0o1777);
  symlinkSync("../run", `${skeleton}/c/var/run`);
  for (const name of systemFolders) {
    const path = `/${name}`;
    if (!existsSync(path) || !lstatSync(path).isSymbolicLink()) continue;
    for (const at of ["", "c/"]) symlinkSync(readlinkSync(path), `${skeleton}/${at}${name}`);
  }
  const etc = `${skeleton}/c/etc`;
  const shared = [
    "ld.so.cache",
    "ld.so.conf",
    "ssl",
    "ca-certificates",
    "localtime",
    "services",
    "protocols",
  ];
  for (const name of shared.filter((name) => existsSync(`/etc/${name}`))) {
    await $`cp -aL /etc/${name} ${etc}/`.quiet().nothrow();
  }
  if (existsSync(`${etc}/ld.so.cache`)) copyFileSync(`${etc}/ld.so.cache`, `${skeleton}/etc/ld.so.cache`);
  const users = ["root:x:0:0::/:/bin/sh", "postgres:x:999:999::/var/lib/postgresql:/bin/sh"];
  users.push("bun:x:1000:1000::/:/bin/sh", "nobody:x:65534:65534::/:/bin/sh");
  writeFileSync(`${etc}/passwd`, `${users.join("\n")}\n`);
  writeFileSync(`${etc}/group`, "root:x:0:\npostgres:x:999:\nbun:x:1000:\nnogroup:x:65534:\n");
  writeFileSync(`${etc}/nsswitch.conf`, "passwd: files\ngroup: files\nhosts: files\nservices: files\n");
  writeFileSync(`${etc}/resolv.conf`, "# names of Services are in /etc/hosts\n");
}

const inside = (path: string) => path.replace(/^\/+/, "");
const quote = (value: string) => `'${value.replaceAll("'", "'\\''")}'`;
