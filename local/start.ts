// What `npm start` runs. It only wires: settings, signals, what is printed, the exit code.
import { resolve } from "node:path";
import { AppError } from "../lib/errors.ts";
import packageJson from "../package.json" with { type: "json" };
import { readSettings, type StartSettings, usage } from "./arguments.ts";
import { createConsole } from "./console.ts";
import { homeAt } from "./home.ts";
import { runStyrmin, type Started } from "./run.ts";

const root = resolve(import.meta.dir, "..");
const startedAt = performance.now();
const stop = new AbortController();
// Ctrl-C arrives more than once: from the terminal, from npm and from the bootstrap.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => stop.abort(new Error(signal)));

try {
  const settings = readSettings(process.argv.slice(2), process.env, root);
  if (settings.help) console.log(usage);
  else await start(settings);
} catch (thrown) {
  if (!(thrown instanceof AppError)) throw thrown;
  console.error(`styrmin: ${thrown.message}`);
  process.exitCode = 1;
}
// Nothing may hold the process up: a request that was under way when everything ended, say.
process.exit();

async function start(settings: StartSettings): Promise<void> {
  const home = homeAt(settings.home);
  const out = createConsole({ logs: home.logs });
  out.say(`Styrmin ${packageJson.version} starts; its state is in ${home.dir}`);
  stop.signal.addEventListener("abort", () => out.say("\nStyrmin ends"), { once: true });
  const options = { settings, home, root, env: process.env, console: out, signal: stop.signal };
  try {
    await runStyrmin(options, (started) => {
      for (const line of greeting(settings, started)) out.say(line);
      out.showAll();
    });
  } finally {
    await out.close();
  }
}

function greeting({ port, home }: StartSettings, { run, simulated }: Started): string[] {
  const { serverUrl, kubeconfig } = run();
  const took = ((performance.now() - startedAt) / 1000).toFixed(1);
  // What styrminctl must be told to find this run: its server, and in its folder the kubeconfig.
  const address = port === 8000 ? "" : `STYRMIN_SERVER_ADDRESS=${serverUrl} `;
  const place = home === resolve(root, ".styrmin") ? "" : `STYRMIN_HOME=${quoted(home)} `;
  const lines = [
    "",
    `Styrmin is ready after ${took} s: ${serverUrl}`,
    "",
    "Deploy a first application, in another terminal:",
    `  ${place}${address}npm run -s styrminctl -- deployments create hello 1.0.0 demo --name hello --wait`,
    "",
    `Kubeconfig: ${kubeconfig}`,
    "Ctrl-C ends everything; the next start finds it as it was.",
    "",
  ];
  if (simulated)
    lines.push(
      "! Pods are simulated: this machine does not allow to confine processes (user namespaces).",
      "",
    );
  return lines;
}

/** As one word of a POSIX shell. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
