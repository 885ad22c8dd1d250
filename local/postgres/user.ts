import { readFileSync } from "node:fs";

/**
 * What to put before a Postgres program so that it runs: Postgres refuses root and users without an entry in
 * /etc/passwd. Such callers get a user namespace in which they are some listed user; the files still belong to
 * the caller, so it works below a folder of mode 0700 and needs no system user. Empty for everybody else.
 */
export function postgresUser(): string[] {
  const uid = process.getuid?.() ?? 1;
  const known = listedUsers();
  if (uid !== 0 && (known.length === 0 || known.includes(uid))) return [];
  const stand = known.includes(65534) ? 65534 : known.find((other) => other !== 0);
  if (stand === undefined || !Bun.which("unshare")) return [];
  return ["unshare", "--user", `--map-user=${stand}`, "--"];
}

function listedUsers(): number[] {
  try {
    const lines = readFileSync("/etc/passwd", "utf8").split("\n");
    return lines.map((line) => Number(line.split(":")[2])).filter((uid) => Number.isInteger(uid));
  } catch {
    return [];
  }
}
