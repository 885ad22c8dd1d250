import { readFileSync } from "node:fs";

/** As whom the programs of Postgres run. */
export interface PostgresUser {
  /** What to put before a program; empty where nothing need be done. */
  command: string[];
  /** To whom the data must belong, as this process sees it; undefined where that needs no care. */
  owner: number | undefined;
}

/**
 * Postgres refuses root and users without an entry in /etc/passwd. Such callers get a user namespace in which they are
 * some listed user; the files still belong to the caller, so it works below a folder of mode 0700 and needs no system
 * user. Where the machine forbids namespaces (most containers do), root becomes a listed user who keeps one capability:
 * to pass and write where root can.
 */
export function postgresUser(): PostgresUser {
  const plain = { command: [], owner: undefined };
  const uid = process.getuid?.() ?? 1;
  const known = listedUsers();
  if (uid !== 0 && (known.length === 0 || known.includes(uid))) return plain;
  const stand = known.includes(65534) ? 65534 : known.find((other) => other !== 0);
  if (stand === undefined) return plain;
  const namespace = ["unshare", "--user", `--map-user=${stand}`, "--"];
  if (Bun.which("unshare") && Bun.spawnSync([...namespace, "true"]).success)
    return { command: namespace, owner: uid };
  if (uid !== 0 || !Bun.which("setpriv")) return plain;
  const capability = "+dac_override";
  const command = ["setpriv", `--reuid=${stand}`, `--regid=${stand}`, "--clear-groups"];
  // A change of user loosens the tie to the parent; see `tiedToParent`.
  command.push(`--inh-caps=${capability}`, `--ambient-caps=${capability}`, "--pdeathsig", "KILL", "--");
  return { command, owner: stand };
}

function listedUsers(): number[] {
  try {
    const lines = readFileSync("/etc/passwd", "utf8").split("\n");
    return lines.map((line) => Number(line.split(":")[2])).filter((uid) => Number.isInteger(uid));
  } catch {
    return [];
  }
}
