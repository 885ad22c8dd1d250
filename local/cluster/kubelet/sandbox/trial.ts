import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Containers } from "./containers.ts";
import type { PodNetworks } from "./network.ts";
import type { ContainerSpec } from "./protocol.ts";

/**
 * Runs one container that does nothing, so that a machine on which some step is forbidden (a masked `/proc`,
 * say) is known before the first pod. Throws with what the step said.
 */
export async function tryContainer(
  run: string,
  networks: PodNetworks,
  containers: Containers,
): Promise<void> {
  const pod = "trial";
  const [hostsFile, logFile] = [join(run, "trial-hosts"), join(run, "trial.log")];
  writeFileSync(hostsFile, "");
  const spec: ContainerSpec = {
    key: `${pod}/trial`,
    pod,
    hostname: pod,
    uid: 1000,
    gid: 1000,
    argv: ["true"],
    env: { PATH: "/usr/bin:/bin" },
    workdir: "/",
    directories: [],
    programs: [],
    mounts: [],
    readOnlyRoot: false,
    hostsFile,
    logFile,
  };
  networks.add(pod, "10.244.255.254");
  try {
    await containers.start(spec);
  } catch {
    const said = readFileSync(logFile, "utf8").trim().split("\n").at(-1);
    throw new Error(
      `a container cannot be confined: ${said?.replace(/^\S+ \S+ \S /, "") || "no reason given"}`,
    );
  } finally {
    networks.remove(pod);
    for (const file of [hostsFile, logFile]) rmSync(file, { force: true });
  }
}
