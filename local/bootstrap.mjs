// What `npm start`, `npm test` and `npm run styrminctl` run first. Plain Node without a dependency, because in
// a fresh clone nothing else is there: it installs the pinned Bun and the packages where they are missing, and
// then hands over to a program of ours on Bun. It must parse on an old Node, to be able to say that it is old.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const toolchain = join(root, ".toolchain");
const installed = join(root, "node_modules", ".styrmin-installed");

const programs = {
  start: "local/start.ts",
  test: "tests/run.ts",
  bench: "tests/bench/main.ts",
  fuzz: "tests/fuzz/main.ts",
  image: "k8s/image/main.ts",
  styrminctl: "clients/cli/main.ts",
};

/** The child that runs now; a signal that reaches us is passed on to it, and we end when it has ended. */
let child;
let stoppedBy;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => stop(signal));
// npm that is killed outright passes nothing on; then it is no longer our parent.
const parent = process.ppid;
if (process.env.npm_lifecycle_event)
  setInterval(() => process.ppid !== parent && stop("SIGTERM"), 500).unref();

/** A failure that is told in one sentence; anything else that is thrown is a mistake of ours and shows its stack. */
class Refusal extends Error {}

try {
  await main(process.argv.slice(2));
} catch (thrown) {
  if (!(thrown instanceof Refusal)) throw thrown;
  console.error(`styrmin: ${thrown.message}`);
  process.exitCode = stoppedBy ? exitCodeOf(stoppedBy) : 1;
}

function stop(signal) {
  stoppedBy = signal;
  if (child) child.kill(signal);
}

async function main([name, ...args]) {
  const program = programs[name];
  if (!program) throw new Refusal(`"${name}" is none of: ${Object.keys(programs).join(", ")}.`);
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 20) {
    throw new Refusal(`Node ${process.versions.node} is too old; install Node 20 or newer and try again.`);
  }
  const bun = isInstalled() ? findBun() : undefined;
  await run(bun ?? (await install()), program, args, name);
}

/** The version in package.json, such as `1.4.5` of `bun@1.4.5`. */
function bunVersion() {
  return JSON.parse(fs.readFileSync(join(root, "package.json"), "utf8")).packageManager.split("@")[1];
}

/** What the installed packages depend on; when it is as it was at the last success, nothing need be done. */
function fingerprint() {
  const hash = createHash("sha256");
  for (const file of ["package.json", "bun.lock"]) hash.update(fs.readFileSync(join(root, file)));
  return hash.digest("hex");
}

function isInstalled() {
  try {
    return fs.readFileSync(installed, "utf8") === fingerprint();
  } catch {
    return false;
  }
}

/**
 * The pinned Bun, if it is here. With npm's install scripts switched off `bun` itself is a stub that refuses to
 * run, and the real program still lies in the package of the platform; there may be several of those (glibc and
 * musl, old processors), of which the first that runs is taken.
 */
function findBun() {
  const modules = join(toolchain, `bun-${bunVersion()}`, "node_modules");
  const chosen = join(modules, ".chosen");
  if (fs.existsSync(chosen)) {
    const bun = join(modules, fs.readFileSync(chosen, "utf8"));
    if (fs.existsSync(bun)) return bun;
  }
  const platforms = fs.existsSync(join(modules, "@oven")) ? fs.readdirSync(join(modules, "@oven")) : [];
  const places = [
    join("bun", "bin", "bun.exe"),
    ...platforms.map((name) => join("@oven", name, "bin", "bun")),
  ];
  for (const place of places) {
    const bun = join(modules, place);
    if (!fs.existsSync(bun)) continue;
    const answer = spawnSync(bun, ["--version"], { encoding: "utf8" });
    if (answer.status !== 0 || answer.stdout.trim() !== bunVersion()) continue;
    fs.writeFileSync(chosen, place);
    return bun;
  }
  return undefined;
}

/** Installs what is missing, one run at a time; returns the path of Bun. */
async function install() {
  try {
    fs.mkdirSync(toolchain, { recursive: true });
    fs.accessSync(root, fs.constants.W_OK);
    fs.accessSync(toolchain, fs.constants.W_OK);
  } catch (thrown) {
    throw new Refusal(
      `${root} cannot be written to (${thrown.code}); Bun and the packages are installed inside it, ` +
        "so clone to a folder of your own.",
    );
  }
  const unlock = await lock(join(toolchain, "lock"));
  try {
    const bun = findBun() ?? (await installBun());
    if (!isInstalled()) await installPackages(bun);
    return bun;
  } finally {
    unlock();
  }
}

/** Installs to a folder of its own that is moved to its place when complete: a kill leaves nothing half done. */
async function installBun() {
  const version = bunVersion();
  const target = join(toolchain, `bun-${version}`);
  const making = `${target}.new`;
  say(`installing Bun ${version} with npm into .toolchain/ (about 100 MB, once)`);
  fs.rmSync(making, { recursive: true, force: true });
  fs.mkdirSync(making, { recursive: true });
  fs.writeFileSync(join(making, "package.json"), '{ "private": true }\n');
  const cli = process.env.npm_execpath;
  const [npm, ...first] = cli && cli.endsWith("npm-cli.js") ? [process.execPath, cli] : ["npm"];
  const args = ["install", "--prefix", making, "--no-audit", "--no-fund", "--no-package-lock"];
  // Without the shorter pauses npm tries for minutes before it says that there is no network.
  const pauses = ["--fetch-retries=2", "--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=2000"];
  const answer = await output(
    [npm, ...first, ...args, ...pauses, "--loglevel=error", `bun@${version}`],
    making,
  );
  if (answer.code !== 0) {
    throw new Refusal(
      `npm could not install Bun ${version}: ${answer.said}\n` +
        "The first start needs the npm registry; check the network or npm's registry setting and try again.",
    );
  }
  fs.rmSync(target, { recursive: true, force: true });
  fs.renameSync(making, target);
  const bun = findBun();
  if (!bun) throw new Refusal(`npm installed Bun ${version}, but it does not run on this machine.`);
  return bun;
}

async function installPackages(bun) {
  say("installing the packages with Bun");
  const answer = await output([bun, "install", "--frozen-lockfile", "--no-progress"], root);
  if (answer.code !== 0) {
    throw new Refusal(
      `The packages could not be installed: ${answer.said}\n` +
        "Check the network, the free space and that bun.lock fits package.json, then try again.",
    );
  }
  fs.mkdirSync(dirname(installed), { recursive: true });
  fs.writeFileSync(installed, fingerprint());
}

/** Where there is no home folder to write to, npm and Bun keep their caches inside the clone. */
function installEnvironment() {
  const home = process.env.HOME;
  try {
    if (!home) throw new Error("unset");
    fs.accessSync(home, fs.constants.W_OK | fs.constants.X_OK);
    return process.env;
  } catch {
    const own = join(toolchain, "home");
    fs.mkdirSync(own, { recursive: true });
    // What the npm that runs us found for that home would reach the inner one as npm_config_*.
    const kept = Object.entries(process.env).filter(
      ([key]) =>
        !["npm_config_cache", "npm_config_userconfig", "npm_config_prefix"].includes(key.toLowerCase()),
    );
    return { ...Object.fromEntries(kept), HOME: own };
  }
}

/** Runs a program of ours until it ends, and ends as it ended. */
async function run(bun, program, args, name) {
  const env = {
    ...process.env,
    PATH: `${dirname(bun)}:${process.env.PATH ?? ""}`,
    BUN_CONFIG_MAX_HTTP_REQUESTS: process.env.BUN_CONFIG_MAX_HTTP_REQUESTS ?? "2000",
    BUN_RUNTIME_TRANSPILER_CACHE_PATH: join(toolchain, "transpiled"),
  };
  // npm runs scripts in the package's folder; a path that was typed is meant from where it was typed.
  const cwd = name === "styrminctl" || name === "image" ? (process.env.INIT_CWD ?? process.cwd()) : root;
  const command = [bun, "--no-install", join(root, program), ...args];
  const { code, signal } = await ended(tied(command, "TERM"), { cwd, env, stdio: "inherit" });
  process.exitCode = code ?? exitCodeOf(signal);
}

/** Runs a step of the installation; what it printed last says why it failed. */
async function output(command, cwd) {
  let text = "";
  const options = { cwd, env: installEnvironment(), stdio: ["ignore", "pipe", "pipe"] };
  const { code, error } = await ended(tied(command, "KILL"), options, (chunk) => (text += chunk));
  if (stoppedBy) throw new Refusal("the installation was stopped; the next start goes on with it.");
  return { code, said: error ? error.message : text.trim().split("\n").slice(-6).join("\n") };
}

function ended(command, options, onText) {
  return new Promise((done) => {
    child = spawn(command[0], command.slice(1), options);
    for (const stream of [child.stdout, child.stderr]) if (stream && onText) stream.on("data", onText);
    child.on("error", (error) => done({ code: 127, error }));
    child.on("close", (code, signal) => done({ code, signal }));
  });
}

/** Should this Node be killed outright, the child is ended by the kernel (Linux). */
function tied(command, signal) {
  if (process.platform !== "linux" || spawnSync("setpriv", ["--version"]).status !== 0) return command;
  return ["setpriv", "--pdeathsig", signal, ...command];
}

function exitCodeOf(signal) {
  return 128 + ({ SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 0);
}

/**
 * Takes a lock file that names its holder, and waits while the holder lives. `link` makes it appear with its
 * content at once, so that nobody reads half of it.
 */
async function lock(path) {
  const own = `${path}.${process.pid}`;
  const holder = `${process.pid} ${startOf(process.pid)}`;
  let told = false;
  for (;;) {
    fs.writeFileSync(own, holder);
    try {
      fs.linkSync(own, path);
      return () => fs.rmSync(path, { force: true });
    } catch (thrown) {
      if (thrown.code !== "EEXIST") throw thrown;
    } finally {
      fs.rmSync(own, { force: true });
    }
    if (!isHeld(path)) {
      removeStale(path);
      continue;
    }
    if (stoppedBy) throw new Refusal("stopped while waiting for another installation.");
    if (!told) say("another run is installing here; waiting for it");
    told = true;
    await new Promise((wake) => setTimeout(wake, 100));
  }
}

function isHeld(path) {
  try {
    const [pid, started] = fs.readFileSync(path, "utf8").split(" ");
    process.kill(Number(pid), 0);
    return startOf(pid) === started;
  } catch (thrown) {
    return thrown.code === "EPERM";
  }
}

/** Moves the lock of a dead run away; a lock that somebody took in the same moment is put back. */
function removeStale(path) {
  const away = `${path}.stale.${process.pid}`;
  try {
    fs.renameSync(path, away);
  } catch {
    return;
  }
  if (isHeld(away)) fs.linkSync(away, path);
  fs.rmSync(away, { force: true });
}

/** When a process began, which tells it from a later one with its number; empty where the system does not say. */
function startOf(pid) {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return "";
  }
}

function say(text) {
  console.error(`styrmin: ${text}`);
}
