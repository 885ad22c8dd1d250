import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError, messageOf } from "../lib/errors.ts";
import { type Lock, type LockHolder, takeLock } from "./lock.ts";

/** The version of the folder's layout that this program reads and writes. */
const layoutVersion = 1;

/** Where everything of an installation lies; see docs/architecture.md. */
export interface Home {
  dir: string;
  version: string;
  lock: string;
  runFile: string;
  postgres: string;
  cluster: string;
  agent: string;
  server: string;
  sealingKey: string;
  agentToken: string;
  /** The kubeconfigs of agent and server, with tokens of their own. */
  accounts: string;
  /** The id that the database remembers too: it tells when the two do not belong together. */
  installation: string;
  logs: string;
}

export function homeAt(dir: string): Home {
  return {
    dir,
    version: join(dir, "version"),
    lock: join(dir, "lock"),
    runFile: join(dir, "run.json"),
    postgres: join(dir, "postgres"),
    cluster: join(dir, "cluster"),
    agent: join(dir, "agent"),
    server: join(dir, "server"),
    sealingKey: join(dir, "server", "sealing.key"),
    agentToken: join(dir, "agent-token"),
    accounts: join(dir, "accounts"),
    installation: join(dir, "installation"),
    logs: join(dir, "logs"),
  };
}

/**
 * Makes the folder the first time and takes it for this run.
 * Throws CONFLICT when another run uses it, INVALID when a newer version wrote it or a part of it is lost.
 */
export function openHome(home: Home, holder: LockHolder): Lock {
  try {
    mkdirSync(home.dir, { recursive: true, mode: 0o700 });
    mkdirSync(home.logs, { recursive: true });
  } catch (cause) {
    throw new AppError(
      "INVALID",
      `${home.dir} cannot be made (${messageOf(cause)}); set STYRMIN_HOME to a folder of yours.`,
      {
        cause,
      },
    );
  }
  const answer = takeLock(home.lock, holder);
  if (!("lock" in answer)) {
    const who = answer.heldBy ? ` (process ${answer.heldBy.pid})` : "";
    throw new AppError(
      "CONFLICT",
      `${home.dir} is in use by another run${who}; end that one, or set STYRMIN_HOME to another folder.`,
    );
  }
  try {
    checkVersion(home);
    checkWhole(home);
  } catch (thrown) {
    answer.lock.release();
    throw thrown;
  }
  return answer.lock;
}

function checkVersion(home: Home): void {
  if (!existsSync(home.version)) return writeFileSync(home.version, `${layoutVersion}\n`);
  const found = Number(readFileSync(home.version, "utf8"));
  if (found === layoutVersion) return;
  throw new AppError(
    "INVALID",
    found > layoutVersion
      ? `${home.dir} was written by a newer version of Styrmin (layout ${found}; this one knows ${layoutVersion}); ` +
          "update this clone, or set STYRMIN_HOME to another folder."
      : `${home.version} does not hold a layout version; restore it, or set STYRMIN_HOME to another folder.`,
  );
}

/** An installation that was complete once cannot go on without its keys. */
function checkWhole(home: Home): void {
  if (!existsSync(home.installation)) return;
  const lost = [home.agentToken, home.sealingKey].filter((path) => !existsSync(path));
  if (lost.length === 0) return;
  throw new AppError(
    "INVALID",
    `${lost.join(" and ")} is lost, without which this installation's agent and secrets cannot be used; ` +
      "restore it from a backup, or set STYRMIN_HOME to an empty folder to begin anew.",
  );
}
