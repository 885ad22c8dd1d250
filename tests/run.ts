// What `npm test` runs: the checks beside all tests against one Postgres, then those that break the whole real cluster,
// if there is one, and then a look at what was left behind.
// The last line is `N passed, N failed`. With arguments (`npm test -- tests/local`) only those tests run.
import { existsSync } from "node:fs";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { tiedToParent } from "../lib/child.ts";
import { startPostgres } from "../local/postgres/postgres.ts";
import { processesUsing, processesWith } from "../local/processes.ts";
import { readJunit } from "./helpers/junit.ts";
import { writeTimings } from "./helpers/timings.ts";

const root = resolve(import.meta.dir, "..");
const wanted = process.argv.slice(2);
/** Ends a run that hangs. The slowest seen to end well, beside a real cluster, took 40 minutes. */
const limitMs = 60 * 60_000;
/**
 * Test files side by side. Tests wait more than they work, so that twice as many as there are processors keep these
 * busy; a real cluster needs them for itself.
 */
const workers = process.env.STYRMIN_TEST_KUBECONFIG
  ? 3
  : Math.min(8, Math.max(4, 2 * availableParallelism()));
/** What runs alone and last, since it breaks the cluster that the other tests share. */
const disruptive = "tests/disruptive/";

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());

// Sockets below the folder must fit 107 characters, so it stays short.
const scratch = await mkdtemp(join(tmpdir(), "styrmin-"));
// A test that plays another user must be able to pass through; what lies in it is closed by itself.
await chmod(scratch, 0o711);
const runEntry = `STYRMIN_TEST_RUN=${crypto.randomUUID()}`;
const before = await treeState();
try {
  await Promise.all([wanted.length === 0 ? runChecks() : undefined, runTests()]);
} finally {
  await sweep();
  await rm(scratch, { recursive: true, force: true });
}
await compareTree();
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : "";
console.log(`${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exit(totals.failed > 0 || stop.signal.aborted ? 1 : 0);

async function runChecks(): Promise<void> {
  await check("types", ["check", "--no-script"]);
  await check("format", ["fmt", "--no-script", "--check"]);
  if (existsSync(join(root, "codegen.ts"))) {
    await check("generated code is fresh", ["--no-install", "codegen.ts", "--check"]);
  }
}

async function check(name: string, args: string[]): Promise<void> {
  if (stop.signal.aborted) return;
  const child = Bun.spawn([process.execPath, ...args], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) console.log(`${out}${err}`.trim());
  count(name, code === 0);
}

async function runTests(): Promise<void> {
  if (stop.signal.aborted) return;
  const server = await startPostgres({ dir: join(scratch, "pg"), durable: false });
  try {
    const timings = await writeTimings(root, join(scratch, "timings.json"));
    const beside = wanted.some((path) => path.startsWith(disruptive))
      ? []
      : [`--parallel=${workers}`, `--timings=${timings}`];
    if (wanted.length > 0) return await runFiles(server.url, "wanted tests", [...beside, ...wanted]);
    await runFiles(server.url, "tests", [...beside, `--path-ignore-patterns=${disruptive}**`]);
    if (existsSync(join(root, disruptive))) await runFiles(server.url, "disruptive tests", [disruptive]);
  } finally {
    await server.stop();
  }
}

/** Runs `bun test` once and counts its results. */
async function runFiles(postgres: string, name: string, args: string[]): Promise<void> {
  if (stop.signal.aborted) return;
  const from = performance.now();
  const report = join(scratch, `${name}.xml`);
  // What the preload says of time limits holds only for the first file of a process.
  const limit = "--timeout=600000";
  const common = ["test", limit, "--only-failures", "--reporter=junit", `--reporter-outfile=${report}`];
  const child = Bun.spawn(tiedToParent([process.execPath, ...common, ...args]), {
    cwd: root,
    env: {
      ...process.env,
      [runEntry.split("=")[0]!]: runEntry.split("=")[1]!,
      STYRMIN_TEST_POSTGRES: postgres,
      TMPDIR: scratch,
      BUN_CONFIG_MAX_HTTP_REQUESTS: "2000",
    },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const kill = () => child.kill("SIGKILL");
  stop.signal.addEventListener("abort", kill);
  const timer = setTimeout(kill, limitMs);
  const code = await child.exited;
  clearTimeout(timer);
  const result = existsSync(report) ? readJunit(await Bun.file(report).text()) : undefined;
  if (result) {
    totals.passed += result.passed;
    totals.failed += result.failed;
    totals.skipped += result.skipped;
    const slowest = result.files.slice(0, 10).map((one) => `${one.file} ${one.seconds.toFixed(1)} s`);
    const seconds = Math.round((performance.now() - from) / 1000);
    if (wanted.length === 0) console.log(`${name}: ${seconds} s; slowest: ${slowest.join(", ")}`);
    for (const failure of result.failures) console.log(`✗ ${failure}`);
  }
  if (code !== 0 && !result?.failed && !stop.signal.aborted) {
    count(`${name} ended with ${child.signalCode ?? code} although no test failed`, false);
  }
}

/** Everything the tests started must have ended by itself; what has not is named, ended, and is a failure. */
async function sweep(): Promise<void> {
  const left = () => [...new Map(found().map((one) => [one.pid, one])).values()];
  const found = () => [...processesWith(runEntry), ...processesUsing(scratch)];
  for (let waited = 0; waited < 15_000 && left().length > 0; waited += 100) await Bun.sleep(100);
  const strays = left();
  for (const { pid, command } of strays) {
    console.log(`left running: ${pid} ${command}`);
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself in the meantime.
    }
  }
  if (wanted.length === 0) count("no process is left behind", strays.length === 0);
}

/** Tests must leave the tree as it was, ignored files included. */
async function compareTree(): Promise<void> {
  if (before === undefined || wanted.length > 0) return;
  const after = (await treeState()) ?? [];
  const fresh = after.filter((line) => !before.includes(line));
  for (const line of fresh) console.log(`left behind: ${line}`);
  const gone = await readdir(scratch).then(
    () => false,
    () => true,
  );
  count("no file is left behind", fresh.length === 0 && gone);
}

async function treeState(): Promise<string[] | undefined> {
  if (!Bun.which("git") || !existsSync(join(root, ".git"))) return undefined;
  // An unknown owner of the clone (a mounted folder, say) is no reason for git to refuse to look.
  const command = [
    "git",
    "-c",
    `safe.directory=${root}`,
    "status",
    "--porcelain",
    "--ignored",
    "--untracked-files=normal",
  ];
  const child = Bun.spawn(command, { cwd: root, stdio: ["ignore", "pipe", "ignore"] });
  const out = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) return undefined;
  return out.split("\n").filter((line) => !/^!! (node_modules|\.toolchain)\//.test(line));
}

function count(name: string, good: boolean): void {
  if (good) totals.passed++;
  else totals.failed++;
  console.log(`${good ? "✓" : "✗"} ${name}`);
}
