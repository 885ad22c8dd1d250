import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { tiedToParent } from "../../lib/child.ts";
import type { RunFile } from "../../local/run-file.ts";
import { testDatabase } from "./postgres.ts";

const ownRoot = resolve(import.meta.dir, "../..");

export interface ProductOptions {
  /** The STYRMIN_HOME; a temporary one, removed by `stop`, when it is not given. */
  home?: string;
  /** Who writes the resources of the cluster `local`. */
  intent?: "direct" | "pull";
  /** More variables for `npm start`; `STYRMIN_…` ones reach the server and the agent. */
  env?: Record<string, string>;
  args?: string[];
  /**
   * A database in the Postgres of the tests instead of a Postgres of its own, whose making is a third of a start: for
   * what has nothing to do with Postgres. A restart keeps it.
   */
  isDatabaseShared?: boolean;
  /** The folder of the code, and the Bun that runs it; those of this test by default. */
  root?: string;
  bun?: string;
  /** A command that changes something about the machine, or the user, and then becomes the command after it: all are run through it. */
  via?: string[];
}

export interface CliResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Everything that `npm start` starts, on ports of its own. */
export interface Product {
  home: string;
  serverUrl: string;
  kubeconfig: string;
  ingressPort: number;
  /** The processes as they are now; read anew at each look. */
  readonly pids: RunFile["pids"];
  /** All that was printed so far. */
  output(): string;
  /** Runs `styrminctl` against this product. */
  cli(...args: string[]): Promise<CliResult>;
  kill(part: keyof RunFile["pids"], signal?: NodeJS.Signals): void;
  /** Ends the run; answers its exit code. A second call does nothing. */
  stop(): Promise<number>;
  /** Stops, unless it has ended already, and starts again in the same home, with other variables if given. */
  restart(env?: Record<string, string>): Promise<void>;
  /** Settles when the run has ended. */
  ended(): Promise<number>;
}

/** Starts the product as `npm start` does and returns when it is ready. Throws with its output when it does not start. */
export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const { root = ownRoot, bun = process.execPath, via = [] } = options;
  const home = options.home ?? (await mkdtemp(join(tmpdir(), "p-")));
  const runFile = join(home, "run.json");
  const database = options.isDatabaseShared ? await testDatabase() : undefined;
  let extra = options.env ?? {};
  let running = await launch();
  let run = readRun();

  async function launch() {
    const command = [bun, "--no-install", join(root, "local/start.ts"), ...(options.args ?? [])];
    const child = Bun.spawn(tiedToParent([...via, ...command]), {
      cwd: root,
      env: {
        ...process.env,
        PORT: "0",
        STYRMIN_HOME: home,
        STYRMIN_LOCAL_INTENT: options.intent ?? "direct",
        ...(database ? { DATABASE_URL: database.url } : {}),
        ...extra,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const printed = { text: "" };
    const read = Promise.all([collect(child.stdout, printed), collect(child.stderr, printed)]);
    for (;;) {
      if (child.exitCode !== null || child.signalCode !== null) {
        await Promise.race([read, Bun.sleep(500)]);
        throw new Error(`npm start ended with ${child.signalCode ?? child.exitCode}:\n${printed.text}`);
      }
      if (existsSync(runFile) && readRun().pids.supervisor === child.pid) return { child, printed };
      await Bun.sleep(20);
    }
  }

  function readRun(): RunFile {
    return JSON.parse(readFileSync(runFile, "utf8")) as RunFile;
  }

  async function end(): Promise<number> {
    const { child } = running;
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    return child.exited;
  }

  return {
    home,
    get serverUrl() {
      return run.serverUrl;
    },
    get kubeconfig() {
      return run.kubeconfig;
    },
    get ingressPort() {
      return run.ingressPort ?? 0;
    },
    get pids() {
      return readRun().pids;
    },
    output: () => running.printed.text,
    async cli(...args) {
      const command = [...via, bun, "--no-install", join(root, "clients/cli/main.ts"), ...args];
      const child = Bun.spawn(tiedToParent(command), {
        cwd: root,
        env: { ...process.env, STYRMIN_HOME: home, STYRMIN_SERVER_ADDRESS: run.serverUrl },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const [stdout, stderr, code] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
        child.exited,
      ]);
      return { code, stdout, stderr };
    },
    kill(part, signal = "SIGKILL") {
      const pid = readRun().pids[part];
      if (pid === null) throw new Error(`there is no ${part} in this run`);
      process.kill(pid, signal);
    },
    async stop() {
      const code = await end();
      await database?.drop();
      if (options.home === undefined) await rm(home, { recursive: true, force: true });
      return code;
    },
    async restart(env) {
      await end();
      if (env) extra = env;
      running = await launch();
      run = readRun();
    },
    ended: () => running.child.exited,
  };
}

async function collect(stream: ReadableStream<Uint8Array>, into: { text: string }): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) into.text += decoder.decode(chunk, { stream: true });
}
