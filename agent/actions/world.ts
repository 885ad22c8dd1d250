import { existsSync, lstatSync, readlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { programCommand, sourceFolders, sources } from "./program.ts";

/** Inside, the user that the runner is; outside it is whoever started the agent, without any right. */
const uid = 1000;
const systemFolders = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];
const devices = ["null", "zero", "random", "urandom"];
const kernelSettings = ["acpi", "bus", "driver", "fs", "irq", "sys", "sysrq-trigger"];
const socketFolder = "/run/styrmin-actions";
/** Bun, or the compiled agent. */
const programInside = "/styrmin/program";
const sourcesInside = "/styrmin/source";

/**
 * The command that runs the runner where the agent is no pod: in user, mount, PID, IPC, UTS and network namespaces of
 * its own, as a container would. It sees this machine's `/usr` read-only, its own program, an empty `/tmp` of 64 MiB
 * and the folder of its socket; the rest is unmounted before it begins. The network has not even a loopback that is
 * up. It ends as a user without capabilities, below which no more user namespaces can be made.
 */
export function worldCommand(folder: string, extra: readonly string[] = []): string[] {
  const program = programCommand("action-runner", programInside, sources && sourcesInside);
  const script = worldScript(folder);
  return [
    ...["setpriv", "--pdeathsig", "KILL", "unshare"],
    ...[
      "--user",
      "--map-root-user",
      "--mount",
      "--pid",
      "--ipc",
      "--uts",
      "--net",
      "--fork",
      "--kill-child",
      "--",
    ],
    ...["sh", "-c", script, "actions"],
    ...["unshare", "--user", `--map-user=${uid}`, `--map-group=${uid}`, "--"],
    ...["setpriv", "--no-new-privs", "--"],
    ...[...program, "--socket", join(socketFolder, "runner.sock"), ...extra],
  ];
}

function worldScript(folder: string): string {
  const root = join(folder, "root");
  const mounts: [from: string, to: string][] = [
    ["/usr", "usr"],
    [process.execPath, programInside.slice(1)],
    ...(sources === undefined
      ? []
      : sourceFolders.map((name): [string, string] => [
          join(sources!, name),
          `${sourcesInside.slice(1)}/${name}`,
        ])),
    ...systemFolders
      .filter((name) => isFolder(`/${name}`))
      .map((name): [string, string] => [`/${name}`, name]),
  ];
  const links = systemFolders.filter((name) => existsSync(`/${name}`) && !isFolder(`/${name}`));
  return [
    "set -e; umask 022",
    `mkdir -p ${quote(root)}; mount -t tmpfs -o mode=755,nosuid,nodev,size=1m actions ${quote(root)}; cd ${quote(root)}`,
    "mkdir -p proc dev etc tmp old run/styrmin-actions",
    ...links.map((name) => `ln -s ${quote(readlinkSync(`/${name}`))} ${name}`),
    ...mounts.flatMap(([from, to]) => [
      isFolder(from) ? `mkdir -p ${quote(to)}` : `mkdir -p ${quote(dirname(to))}; : > ${quote(to)}`,
      `mount --bind ${quote(from)} ${quote(to)}; mount -o remount,bind,ro,nosuid,nodev ${quote(to)}`,
    ]),
    ...devices.map((name) => `: > dev/${name}; mount --bind /dev/${name} dev/${name}`),
    "[ ! -e /etc/ld.so.cache ] || cp /etc/ld.so.cache etc/",
    "mount -t tmpfs -o mode=1777,nosuid,nodev,noexec,size=64m actions tmp",
    `mount --bind ${quote(join(folder, "socket"))} run/styrmin-actions`,
    "mount -t proc -o nosuid,nodev,noexec proc proc",
    // One more namespace: the one it ends in.
    "echo 1 > proc/sys/user/max_user_namespaces",
    // Outside, its user may be root, to whom the kernel's settings belong.
    `for name in ${kernelSettings.join(" ")}; do [ ! -e proc/$name ] || { mount --bind proc/$name proc/$name; mount -o remount,bind,ro,nosuid,nodev,noexec proc/$name; }; done`,
    "mount -o remount,bind,ro .; pivot_root . old; cd /; umount -l /old",
    'exec "$@"',
  ].join("\n");
}

const isFolder = (path: string) => existsSync(path) && lstatSync(path).isDirectory();
const quote = (value: string) => `'${value.replaceAll("'", "'\\''")}'`;
