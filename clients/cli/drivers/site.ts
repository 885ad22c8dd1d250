import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Client, createClient } from "../../sdk/index.ts";
import { type Cli, Exit, exitCodes } from "../io.ts";

/** Where cases are deployed. */
export interface Site {
  client: Client;
  environment: string;
  /** Whether the server is another's: then it stays, and what is deployed there stays until it is deleted. */
  isLasting: boolean;
  /** Takes everything away that it brought. */
  end(): Promise<void>;
}

const startFile = resolve(import.meta.dir, "../../../local/start.ts");

/**
 * Starts all of Styrmin in a folder of its own that goes away afterwards: embedded Postgres, embedded cluster, server
 * and agent. Nothing of the user's (a running Styrmin, a database, a kubeconfig) is touched.
 */
export async function startSite(cli: Cli, driverFolder: string): Promise<Site> {
  if (!existsSync(startFile)) {
    const hint = "Use --environment with a server that runs.";
    throw new Exit(exitCodes.refused, `Styrmin cannot be started from here: it is not a clone. ${hint}`);
  }
  const home = await mkdtemp(join(tmpdir(), "styrmin-case-"));
  const own = ["HOME", "PATH", "TMPDIR", "LANG", "STYRMIN_HELM"];
  const child = Bun.spawn([...tied(), process.execPath, "--no-install", startFile], {
    env: {
      ...Object.fromEntries(own.map((name) => [name, process.env[name]])),
      PORT: "0",
      STYRMIN_HOME: home,
      STYRMIN_DRIVER_ROOTS: driverFolder,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed = Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  const end = async () => {
    child.kill("SIGTERM");
    await child.exited;
    await rm(home, { recursive: true, force: true });
  };
  try {
    const url = await serverOf(cli, child, join(home, "run.json"));
    if (url === undefined) {
      const said = (await printed).join("").trim().split("\n").slice(-5).join("\n");
      throw new Exit(exitCodes.refused, `Styrmin did not start:\n${said}`);
    }
    return { client: createClient({ url }), environment: "demo", isLasting: false, end };
  } catch (thrown) {
    await end();
    throw thrown;
  }
}

/** Dies with this process, by whatever means it dies. */
function tied(): string[] {
  const setpriv = process.platform === "linux" ? Bun.which("setpriv") : null;
  return setpriv ? [setpriv, "--pdeathsig", "TERM", "--"] : [];
}

/** The server's address, as soon as everything is ready; undefined when the child has ended before. */
async function serverOf(cli: Cli, child: Bun.Subprocess, runFile: string): Promise<string | undefined> {
  while (child.exitCode === null && child.signalCode === null) {
    if (existsSync(runFile)) {
      const run = JSON.parse(readFileSync(runFile, "utf8")) as { serverUrl: string };
      return run.serverUrl;
    }
    cli.io.signal.throwIfAborted();
    await Bun.sleep(50);
  }
  return undefined;
}
