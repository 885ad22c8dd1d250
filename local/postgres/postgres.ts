import { existsSync } from "node:fs";
import {
  lchown,
  mkdir,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { tiedToParent } from "../../lib/child.ts";
import { AppError } from "../../lib/errors.ts";
import { sleep } from "../../lib/loop.ts";
import { howItEnds, settlesWithin } from "../program.ts";
import { readLines } from "../lines.ts";
import { postgresBinaries } from "./binaries.ts";
import { type PostgresUser, postgresUser } from "./user.ts";

export interface PostgresOptions {
  /** The folder that keeps the data and the password; made when absent. Only one server at a time may use it. */
  dir: string;
  /** Whether a committed row survives a loss of power. Only tests say no: it is twice as fast without. */
  durable: boolean;
  /** The port on 127.0.0.1; a free one by default. */
  port?: number;
  /** Added to the small environment the server runs with. */
  env?: Record<string, string>;
  /** Gets each line the server writes about something unusual. */
  onLine?: (line: string) => void;
}

export interface Postgres {
  /** `postgres://styrmin:…@127.0.0.1:<port>/postgres` */
  url: string;
  port: number;
  pid: number;
  /** Settles when the process has ended, for whatever reason. */
  exited: Promise<string>;
  /** Breaks off open transactions, writes everything down and ends; forced when that takes longer than `graceMs`. */
  stop(graceMs?: number): Promise<void>;
}

/**
 * Starts the embedded Postgres, making its data folder the first time, and returns when it takes connections.
 * A data folder left by a crash is recovered by Postgres itself.
 * Throws UNAVAILABLE with what Postgres said when it will not start.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { dir, durable, port, env = {} } = options;
  const bin = join(postgresBinaries(), "bin");
  const environment = { PATH: process.env.PATH ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC", ...env };
  const data = join(dir, "data");
  const passwordFile = join(dir, "password");
  const user = postgresUser();
  if (!existsSync(data)) await initialise({ dir, data, passwordFile, bin, durable, environment, user });
  await endStray(data);
  if (user.owner !== undefined) await giveTo(user.owner, data);
  const password = (await readFile(passwordFile, "utf8")).trim();

  for (let tries = 1; ; tries++) {
    const chosen = port ?? freePort();
    const answer = await launch({ options, bin, data, environment, user, port: chosen });
    if (answer.child) {
      const { child } = answer;
      const url = `postgres://styrmin:${password}@127.0.0.1:${chosen}/postgres`;
      return {
        url,
        port: chosen,
        pid: child.pid,
        exited: howItEnds(child),
        stop: (graceMs) => end(child, graceMs),
      };
    }
    const portTaken = answer.said.includes("could not create any TCP/IP sockets");
    // After a kill the old backends may need a moment to notice that their parent is gone.
    const backendsLeft = answer.said.includes("shared memory block");
    if (tries >= 20 || !(portTaken || backendsLeft)) {
      throw new AppError("UNAVAILABLE", `The embedded Postgres in ${dir} does not start: ${answer.said}`);
    }
    await sleep(100);
  }
}

interface Places {
  dir: string;
  data: string;
  passwordFile: string;
  bin: string;
  durable: boolean;
  environment: Record<string, string>;
  user: PostgresUser;
}

/** Makes the data folder under another name first: a kill in the middle leaves nothing that looks finished. */
async function initialise({
  dir,
  data,
  passwordFile,
  bin,
  durable,
  environment,
  user,
}: Places): Promise<void> {
  const making = `${data}.new`;
  await rm(making, { recursive: true, force: true });
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const password = Buffer.from(crypto.getRandomValues(new Uint8Array(24))).toString("base64url");
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  const command = [join(bin, "initdb"), "-D", making, "-U", "styrmin", `--pwfile=${passwordFile}`];
  command.push("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-instructions");
  if (!durable) command.push("--no-sync");
  const child = Bun.spawn(tiedToParent([...user.command, ...command]), {
    cwd: dir,
    env: environment,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const said = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) {
    throw new AppError(
      "UNAVAILABLE",
      `The embedded Postgres cannot make its data folder in ${dir}: ${said.trim()}. ` +
        "Start a Postgres of your own and give its address in DATABASE_URL.",
    );
  }
  await rename(making, data);
}

interface Launch {
  options: PostgresOptions;
  bin: string;
  data: string;
  environment: Record<string, string>;
  user: PostgresUser;
  port: number;
}

async function launch({ options, bin, data, environment, user, port }: Launch) {
  const settings: Record<string, string | number> = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: "",
    max_connections: 200,
    // One machine, no replicas: the log of changes need only serve recovery.
    wal_level: "minimal",
    max_wal_senders: 0,
    // Compiling short queries costs more than running them.
    jit: "off",
    timezone: "UTC",
    ...(options.durable ? {} : { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const child = Bun.spawn(tiedToParent([...user.command, join(bin, "postgres"), "-D", data, ...flags]), {
    cwd: options.dir,
    env: environment,
    stdio: ["ignore", "ignore", "pipe"],
    // A session of its own, so that Ctrl-C in the terminal reaches only the one who ends it in order.
    detached: true,
  });
  const said: string[] = [];
  const ready = Promise.withResolvers<boolean>();
  void readLines(child.stderr, (line) => {
    if (line.includes("database system is ready to accept connections")) ready.resolve(true);
    if (said.length < 20) said.push(line);
    if (!line.includes(" LOG: ")) options.onLine?.(line);
  });
  void child.exited.then(() => ready.resolve(false));
  if (await ready.promise) return { child };
  await sleep(20); // the last lines may still be in the pipe
  const worst = said.filter((line) => /FATAL|ERROR|could not|cannot/.test(line));
  return { child: undefined, said: (worst.length > 0 ? worst : said).join(" ") };
}

async function end(child: Bun.Subprocess, graceMs = 3000): Promise<void> {
  for (const [signal, waitMs] of [
    ["SIGINT", graceMs],
    ["SIGQUIT", 500],
    ["SIGKILL", 1000],
  ] as const) {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    if (await settlesWithin(child.exited, waitMs)) return;
  }
}

/**
 * Deals with the `postmaster.pid` of a server that was killed. Its number may by now be another process of the
 * same user, which Postgres would take for itself; or the server may really have outlived its supervisor.
 */
async function endStray(data: string): Promise<void> {
  const file = join(data, "postmaster.pid");
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined || process.platform !== "linux") return;
  const pid = Number(text.split("\n")[0]);
  const folderOf = async () => readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  const own = await realpath(data);
  if ((await folderOf()) === own) {
    process.kill(pid, "SIGKILL");
    for (let waited = 0; waited < 3000 && (await folderOf()) === own; waited += 20) await sleep(20);
  }
  await rm(file, { force: true });
}

/** The data may have been made on a machine, or in a container, that allowed more or less than this one. */
async function giveTo(owner: number, data: string): Promise<void> {
  if ((await stat(data)).uid === owner || process.getuid?.() !== 0) return;
  const entries = await readdir(data, { recursive: true });
  for (const entry of ["", ...entries]) await lchown(join(data, entry), owner, owner);
}

function freePort(): number {
  const probe = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = probe;
  probe.stop(true);
  return port;
}
