import type { ActionFailure, ActionRunner } from "../../../agent/actions/runner.ts";
import { logged, type RunOptions, type RunOutcome, runText } from "./job.ts";

/**
 * Actions that mean harm. Each is run by the runner as it is, tries what its name says, and returns what it saw. The
 * table is the same for a runner in namespaces and for the sidecar in a pod, so it knows neither.
 */
export interface HostileCase {
  name: string;
  /** One action, or several that run one after the other. */
  text: string | string[];
  options?: RunOptions;
  /** Whether what happened is harmless. The last outcome, and all of them. */
  held(outcome: RunOutcome & { result?: any }, all: RunOutcome[]): boolean;
}

/** A file beside each action. */
const tools = `import { dlopen, FFIType, ptr } from "bun:ffi";
import { readFileSync } from "node:fs";
const { i64 } = FFIType;
/** What a try gives: its value, or "refused" with the reason. */
export const tried = async (work) => {
  try { return await work() } catch (thrown) { return "refused: " + (thrown?.code ?? thrown?.message ?? thrown) }
};
let libc;
/** A call into the kernel without any library between: its result, or minus the error's number. */
export function call(number, ...args) {
  libc ??= dlopen("libc.so.6", {
    syscall: { args: [i64, i64, i64, i64, i64, i64, i64], returns: i64 },
    __errno_location: { args: [], returns: FFIType.ptr },
  }).symbols;
  const all = [...args, 0, 0, 0, 0, 0, 0].slice(0, 6);
  const result = Number(libc.syscall(number, ...all));
  if (result !== -1) return result;
  const { read } = require("bun:ffi");
  return -read.i32(libc.__errno_location(), 0);
}
export const bytes = (...words) => { const b = Buffer.alloc(8 * Math.max(1, words.length)); words.forEach((w, n) => b.writeBigInt64LE(BigInt(w), 8 * n)); kept.push(b); return ptr(b) };
export const text = (value) => { const b = Buffer.from(value + "\\0"); kept.push(b); return ptr(b) };
const kept = [];
export const arm = process.arch === "arm64";
export const status = (name) => /\\t(.*)/.exec(readFileSync("/proc/self/status", "utf8").split("\\n").find((line) => line.startsWith(name + ":")))[1];
/** Writes to the channel whatever it is given. */
export const channel = 99;
export function frame(value) {
  const body = Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
  const head = Buffer.alloc(4); head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}
`;
const use = 'import { arm, bytes, call, channel, frame, status, text, tried } from "./tools.ts";\n';
const fs = 'import * as fs from "node:fs";\n';
/** An action whose body this is. */
const go = (body: string) => `${fs}${use}export async function go(ctx) {\n${body}\n}`;

const refused = (value: unknown) => typeof value === "string" && value.startsWith("refused");
const allRefused = (value: unknown) =>
  Array.isArray(value) ? value.length > 0 && value.every(refused) : refused(value);
const isEmpty = (value: unknown) =>
  value === "" || (value as { data?: unknown[] } | null)?.data?.length === 0;
const everyMinus = (value: unknown) =>
  Array.isArray(value) && value.length > 0 && value.every((one) => one < 0);
const short = { timeoutMs: 700 };
/**
 * Ended by the runner, in this way and with these words. How long it took decides nothing: on a busy machine a second of
 * the processor's time takes many. What the runner had not ended the agent would give up, and say that it is silent.
 */
const ended =
  (failure: ActionFailure, said = "") =>
  (outcome: RunOutcome) =>
    outcome.failure === failure && isOver(outcome) && outcome.message!.includes(said);
const isOver = ({ failure, message = "" }: RunOutcome) =>
  failure !== undefined && failure !== "unavailable" && !message.includes("silent");

export const hostileCases: HostileCase[] = [
  // Time
  { name: "an endless loop", text: go("for (;;);"), options: short, held: ended("timeout") },
  {
    name: "a promise that never settles",
    text: go("await new Promise(() => {});"),
    options: short,
    held: ended("timeout"),
  },
  {
    name: "microtasks without end",
    text: go("const again = () => Promise.resolve().then(again); await again();"),
    options: short,
    // Each waits for the next, so that it is a matter of speed which limit they meet first.
    held: (outcome) => ended("timeout")(outcome) || ended("memory")(outcome),
  },
  {
    name: "sleeping past the deadline",
    text: go("Bun.sleepSync(60_000);"),
    options: short,
    held: ended("timeout"),
  },
  {
    name: "a regular expression that explodes",
    text: go('return /^(a+)+$/.test("a".repeat(50) + "!");'),
    options: short,
    // An engine that interprets gives up by itself after so many steps.
    held: (outcome) => ended("timeout")(outcome) || outcome.result === false,
  },
  {
    name: "ignoring SIGTERM and the warning",
    text: go(
      'for (const s of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(s, () => {}); ctx.signal.addEventListener("abort", () => { for (;;); }); await new Promise(() => {});',
    ),
    options: short,
    held: ended("timeout"),
  },
  {
    name: "using up the processor",
    text: go("for (;;);"),
    options: { limits: { cpuSeconds: 1 }, timeoutMs: 90_000 },
    held: ended("timeout", "of processor time"),
  },
  // Memory, processes, files
  {
    name: "memory in many pieces",
    text: go("const all = []; for (;;) all.push(new Uint8Array(1e6).fill(1));"),
    held: ended("memory"),
  },
  {
    name: "memory in one piece",
    text: go("const all = Buffer.alloc(900e6, 1); await Bun.sleep(3000); return all.length;"),
    held: ended("memory"),
  },
  {
    name: "a fork bomb",
    text: go(
      'const seen = []; for (let n = 0; n < 50; n++) seen.push(await tried(() => Bun.spawn([process.execPath, "--version"]).pid)); return seen;',
    ),
    held: ({ result }) => allRefused(result),
  },
  {
    name: "a fork bomb without any library",
    text: go(
      "return arm ? [call(220, 17)] : [call(57), call(58), call(56, 17), call(435, bytes(0, 0, 0, 0, 17, 0, 0, 0), 64)];",
    ),
    held: ({ result }) => everyMinus(result),
  },
  {
    name: "a detached grandchild",
    text: go(
      'return [await tried(() => Bun.spawn(["sleep", "1000"], { detached: true }).pid), await tried(() => require("node:child_process").spawnSync("sleep", ["1000"], { detached: true }).error?.code ?? "ran").then((x) => x === "ran" ? x : "refused: " + x)];',
    ),
    held: ({ result }) => allRefused(result),
  },
  {
    name: "a bomb of threads",
    text: go(
      'fs.writeFileSync(process.env.TMPDIR + "/w.ts", "setInterval(() => {}, 1000)"); const all = []; for (let n = 0; n < 200; n++) { all.push(new Worker(process.env.TMPDIR + "/w.ts")); await Bun.sleep(5); } await Bun.sleep(5000); return all.length;',
    ),
    // The kernel may refuse the next thread before the runner has counted them; Bun throws or breaks on that.
    held: isOver,
  },
  {
    name: "a disk full of bytes",
    text: go(
      'for (let n = 0; ; n++) { fs.writeFileSync(process.env.TMPDIR + "/" + n, Buffer.alloc(500_000)); await Bun.sleep(1); }',
    ),
    // Whoever looks how much it wrote may come later than the end of its disk.
    held: (outcome) => ended("output")(outcome) || ended("failed", "ENOSPC")(outcome),
  },
  {
    name: "one file without end",
    text: go(
      'const f = fs.openSync(process.env.TMPDIR + "/a", "w"); for (;;) fs.writeSync(f, Buffer.alloc(100_000));',
    ),
    held: ({ failure }) => failure === "output" || failure === "failed",
  },
  {
    name: "a disk full of files",
    text: go(
      'for (let n = 0; ; n++) { fs.writeFileSync(process.env.TMPDIR + "/" + n, ""); if (n % 100 === 0) await Bun.sleep(1); }',
    ),
    held: ended("output"),
  },
  {
    name: "file descriptors without end, and the action after it",
    text: [
      go(
        'let n = 0; try { for (;;) { fs.openSync("/dev/null"); n++; } } catch (thrown) { return thrown.code + " " + (n < 256); }',
      ),
      go('return fs.openSync("/dev/null") < 64;'),
    ],
    held: ({ result }, [first]) => first!.result === "EMFILE true" && result === true,
  },
  // Output
  {
    name: "1 GB of log",
    text: go('const line = "x".repeat(1e5); for (let n = 0; n < 1e4; n++) console.log(line); return "all";'),
    held: (one) => one.failure === "output" && logged(one).join("").length <= 1_100_000,
  },
  {
    name: "1 GB printed past the log",
    text: go(
      "const piece = Buffer.alloc(1e5, 120); for (let n = 0; n < 1e4; n++) fs.writeSync(2, piece); return 'all';",
    ),
    held: (one) => one.failure === "output" && logged(one).join("").length <= 1_100_000,
  },
  {
    name: "half a million short lines",
    text: go('for (let n = 0; n < 5e5; n++) ctx.log("a"); return "all";'),
    held: ended("output"),
  },
  { name: "a result of 5 MB", text: go('return "x".repeat(5e6);'), held: ended("output") },
  {
    name: "a result 100,000 levels deep",
    text: go("let a = 1; for (let n = 0; n < 1e5; n++) a = [a]; return a;"),
    held: ({ failure }) => failure !== undefined,
  },
  // What it sees
  {
    name: "reading the agent's environment",
    text: go(`const found = [];
for (const pid of fs.readdirSync("/proc").filter((name) => +name > 0 && +name !== process.pid)) for (const file of ["environ", "maps", "mem", "fd", "root", "cwd"])
  found.push(await tried(() => file === "fd" ? fs.readdirSync("/proc/" + pid + "/fd").map((n) => fs.openSync("/proc/" + pid + "/fd/" + n)).join() : file === "root" || file === "cwd" ? fs.readlinkSync("/proc/" + pid + "/" + file) : fs.readFileSync("/proc/" + pid + "/" + file)));
return { env: Object.keys(process.env), found };`),
    // A process that is ending has no memory any more: the kernel opens its files, and they are empty.
    held: ({ result }) =>
      allRefused(result.found.filter((one: unknown) => !isEmpty(one))) &&
      result.env.every((name: string) =>
        [
          "HOME",
          "TMPDIR",
          "PATH",
          "TZ",
          "DO_NOT_TRACK",
          "BUN_RUNTIME_TRANSPILER_CACHE_PATH",
          "NODE_ENV",
        ].includes(name),
      ),
  },
  {
    name: "reading the service account's and the agent's token",
    text: go(
      'const at = ["/var/run/secrets/kubernetes.io/serviceaccount/token", "/run/secrets/kubernetes.io/serviceaccount/token", "/etc/styrmin/agent/token", "/var/lib/styrmin", "/root/.kube/config"]; return Promise.all(at.map((path) => tried(() => fs.readFileSync(path, "utf8"))));',
    ),
    held: ({ result }) => allRefused(result),
  },
  {
    name: "reading files of the machine",
    text: go(
      'const at = ["/etc/passwd", "/etc/shadow", "/etc/hosts", "/proc/1/root/etc/passwd", "/sys/kernel", "/dev/mem", "/dev/shm", "/home", "/root", "/var", "/"]; return Promise.all(at.map((path) => tried(() => fs.statSync(path).isDirectory() ? fs.readdirSync(path).join() : fs.readFileSync(path, "utf8"))));',
    ),
    held: ({ result }) => allRefused(result),
  },
  {
    name: "listing other runs' folders",
    text: go(
      'return Promise.all(["..", "../..", "../../.."].map((path) => tried(() => fs.readdirSync(path).join())));',
    ),
    // Its own folder it may list.
    held: ({ result }) => ["driver,tmp", "tmp,driver"].includes(result[0]) && allRefused(result.slice(1)),
  },
  // Writing
  {
    name: "writing outside its folder",
    text: go(
      'const at = ["/tmp/x", "/usr/local/bin/x", "/etc/x", "/var/tmp/x", "/dev/shm/x", "/run/x", "/run/styrmin-actions/x", "./actions.ts", "../x", "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/self/oom_score_adj"]; return Promise.all(at.map((path) => tried(() => fs.writeFileSync(path, "x") ?? "written")));',
    ),
    held: ({ result }) => allRefused(result),
  },
  {
    name: "links that lead out",
    text: go(
      'const to = ["/etc", "/tmp", "/run/styrmin-actions", "../driver", "/proc/1/root"]; return Promise.all(to.map((path, n) => tried(() => { const link = process.env.TMPDIR + "/l" + n; fs.symlinkSync(path, link); fs.writeFileSync(link + "/actions.ts", "x"); return "written"; })));',
    ),
    held: ({ result }) => allRefused(result),
  },
  {
    name: "sockets, fifos and devices as files",
    text: go(
      "const t = process.env.TMPDIR; const nod = (name, mode) => arm ? call(33, -100, text(t + name), mode, 0) : call(259, -100, text(t + name), mode, 0); return [nod('/f', 0o10644), nod('/s', 0o140644), nod('/c', 0o20644), nod('/b', 0o60644)];",
    ),
    held: ({ result }) => everyMinus(result),
  },
  // Poison for the next
  {
    name: "poisoning the next action through globals, prototypes and modules",
    text: [
      go(
        'globalThis.poison = 1; Object.prototype.poison = 2; require("node:fs").readFileSync = () => "poison"; Array.prototype.map = () => ["poison"]; process.env.POISON = "3"; return 0;',
      ).replace("return 0;", 'ctx.log("poisoned");'),
      go(
        "return [globalThis.poison, {}.poison, process.env.POISON, [1].map((x) => x)[0], typeof fs.readFileSync('/proc/self/stat')].map(String);",
      ),
    ],
    held: ({ result }) => String(result) === "undefined,undefined,undefined,1,object",
  },
  {
    name: "poisoning the next action through files, packages and caches",
    text: [
      go(
        'const t = process.env.TMPDIR; const put = (path) => tried(() => { fs.mkdirSync(path, { recursive: true }); fs.writeFileSync(path + "/index.js", "exports.poison = 1"); return "written"; }); return [await put(t + "/node_modules/left-pad"), await put("/tmp/node_modules/left-pad"), await put("../node_modules/left-pad"), await put("/tmp/bun-cache"), await put(t + "/.bun")];',
      ),
      go('return [await tried(() => import("left-pad")), fs.readdirSync(process.env.TMPDIR).length];'),
    ],
    held: ({ result }, [first]) =>
      String((first!.result as string[]).map(refused)) === "false,true,true,true,false" &&
      refused(result[0]) &&
      result[1] === 0,
  },
  {
    name: "leaving shared memory, queues and keys",
    text: go(
      "const size = 4096; return arm ? [call(194, 4711, size, 0o1666), call(190, 4711, 1, 0o1666), call(186, 4711, 0o1666), call(180, text('/poison'), 0o102, 0o666, 0), call(217, text('user'), text('poison'), text('x'), 1, -4)] : [call(29, 4711, size, 0o1666), call(64, 4711, 1, 0o1666), call(68, 4711, 0o1666), call(240, text('poison'), 0o102, 0o666, 0), call(248, text('user'), text('poison'), text('x'), 1, -4)];",
    ),
    held: ({ result }) => everyMinus(result),
  },
  // Network
  {
    name: "the metadata address",
    text: go(
      'const to = ["http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://metadata.google.internal/", "http://2852039166/"]; return Promise.all(to.map((url) => tried(async () => (await fetch(url)).status)));',
    ),
    held: ({ result }) => allRefused(result),
  },
  {
    name: "the agent's loopback, by every door",
    text: go(
      'const port = ctx.prompts.port; return [await tried(async () => (await fetch("http://127.0.0.1:" + port)).text()), await tried(async () => (await fetch("http://[::1]:" + port)).text()), await tried(() => Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } }).then(() => "connected")), call(arm ? 198 : 41, 2, 1, 0), call(arm ? 198 : 41, 10, 2, 0), call(arm ? 198 : 41, 1, 1, 0), call(arm ? 198 : 41, 17, 3, 0)];',
    ),
    held: ({ result }) => allRefused(result.slice(0, 3)) && everyMinus(result.slice(3)),
  },
  {
    name: "asking for names",
    text: go(
      'return [await tried(() => require("node:dns").promises.lookup("kubernetes.default.svc")), await tried(() => require("node:dns").promises.resolve4("example.com"))];',
    ),
    held: ({ result }) => allRefused(result),
  },
  {
    name: "listening, and leaving the listener behind",
    text: go(
      'return [await tried(() => Bun.serve({ port: 0, fetch: () => new Response() }).port), await tried(() => Bun.listen({ unix: process.env.TMPDIR + "/s", socket: { data() {} } }) && "listening")];',
    ),
    held: ({ result }) => allRefused(result),
  },
  {
    name: "the runner's own socket",
    text: go(
      'return tried(() => new Promise((resolve, reject) => { const s = require("node:net").createConnection({ path: "/run/styrmin-actions/runner.sock" }); s.on("connect", () => resolve("connected")); s.on("error", reject); }));',
    ),
    held: ({ result }) => refused(result),
  },
  // Others
  {
    name: "signals to the runner, to all, and to what may be the agent",
    text: go(
      "const kill = arm ? 129 : 62; const others = fs.readdirSync('/proc').map(Number).filter((pid) => pid > 0 && pid !== process.pid); return [...others.map((pid) => call(kill, pid, 9)), call(kill, 1, 9), call(kill, process.ppid, 9), call(kill, process.ppid, 19), call(kill, -1, 9), call(kill, -process.ppid, 9), call(arm ? 130 : 200, process.ppid, 9), call(424, call(434, process.ppid, 0), 9, 0, 0)];",
    ),
    held: ({ result }) => everyMinus(result),
  },
  {
    name: "a signal to its process group",
    text: go("call(arm ? 129 : 62, 0, 9); return 1;"),
    held: ended("crashed"),
  },
  {
    name: "ptrace and the memory of others",
    text: go(
      "const p = process.ppid; const [trace, read, write] = arm ? [117, 270, 271] : [101, 310, 311]; return [call(trace, 16, p), call(trace, 0x4206, p), call(trace, 16, 1), call(read, p, bytes(0, 8), 1, bytes(4096, 8), 1), call(write, p, bytes(0, 8), 1, bytes(4096, 8), 1), call(438, call(434, p, 0), 0, 0)];",
    ),
    held: ({ result }) => everyMinus(result),
  },
  {
    name: "raising its limits",
    text: go(
      'const at = arm ? 261 : 302; const raised = []; for (const what of [0, 1, 2, 4, 6, 7]) raised.push(call(at, 0, what, bytes(-1, -1), 0)); const limits = fs.readFileSync("/proc/self/limits", "utf8"); return { raised, core: /core file size +0 +0/.test(limits), files: /open files +256 +256/.test(limits) };',
    ),
    held: ({ result }) => everyMinus(result.raised) && result.core && result.files,
  },
  {
    name: "lowering the runner's limits and priority",
    text: go(
      "const at = arm ? 261 : 302; return [call(at, process.ppid, 7, bytes(0, 0), 0), call(at, process.ppid, 0, bytes(1, 1), 0), call(at, 1, 7, bytes(0, 0), 0), call(arm ? 140 : 141, 0, process.ppid, 19), call(arm ? 122 : 203, process.ppid, 8, bytes(1))];",
    ),
    held: ({ result }) => everyMinus(result),
  },
  {
    name: "becoming root",
    text: go(
      'const [uid, gid, groups] = arm ? [146, 144, 159] : [105, 106, 116]; return { calls: [call(uid, 0), call(gid, 0), call(groups, 1, bytes(0))], caps: status("CapEff"), nnp: status("NoNewPrivs"), uid: process.getuid() };',
    ),
    held: ({ result }) =>
      everyMinus(result.calls) && /^0+$/.test(result.caps) && result.nnp === "1" && result.uid !== 0,
  },
  {
    name: "mounts, namespaces and modules",
    text: go(
      "const n = arm ? [40, 97, 268, 51, 41, 280, 241, 282, 105, 142] : [165, 272, 308, 161, 155, 321, 298, 323, 175, 169]; return [call(n[0], text('none'), text('/tmp'), text('tmpfs'), 0), call(n[1], 0x10000000), call(n[1], 0x20000), call(n[2], 0, 0), call(n[3], text('/tmp')), call(n[4], text('.'), text('.')), call(n[5], 0, 0, 0), call(n[6], bytes(0), 0, -1, -1), call(n[7], 0), call(n[8], 0, 0, text('')), call(n[9], 0, 0, 0), call(425, 1, bytes(0)), call(428, -100, text('/'), 1), call(430, text('tmpfs'), 0)];",
    ),
    held: ({ result }) => everyMinus(result),
  },
  // The channel
  {
    name: "garbage on its channel",
    text: go(
      "fs.writeSync(channel, crypto.getRandomValues(Buffer.alloc(5000)).fill(255, 0, 4)); await Bun.sleep(5000);",
    ),
    held: ended("crashed"),
  },
  {
    name: "a message of 4 GB",
    text: go(
      "fs.writeSync(channel, Buffer.from([255, 255, 255, 254])); for (;;) fs.writeSync(channel, Buffer.alloc(60_000));",
    ),
    held: ended("crashed"),
  },
  {
    name: "calls that there are not",
    text: go(
      'fs.writeSync(channel, frame({ call: { kind: "deleteEverything", key: "1" }, id: 1 })); await Bun.sleep(5000);',
    ),
    held: (one) => one.failure === "crashed" && one.calls.length === 0,
  },
  {
    name: "a job of its own making",
    text: go(
      'fs.writeSync(channel, frame({ job: { location: "actions.ts::go", files: {}, timeoutMs: 1e9 } })); await Bun.sleep(5000);',
    ),
    held: ended("crashed"),
  },
  {
    name: "1,000 calls without waiting for an answer",
    text: go(
      'for (let n = 1; n <= 1000; n++) fs.writeSync(channel, frame({ call: { kind: "scale", key: "k", component: "web", replicas: 1 }, id: n })); await Bun.sleep(5000);',
    ),
    options: { answer: () => Bun.sleep(20) },
    held: (one) => one.failure === "crashed" && one.calls.length <= 20,
  },
  {
    name: "a forged end",
    text: go('fs.writeSync(channel, frame({ end: { result: "forged" } })); for (;;);'),
    held: ({ result }) => result === "forged",
  },
  {
    name: "a result that grows when it is read",
    text: go(
      'const body = Buffer.concat([Buffer.from(\'{"end":{"result":"\'), Buffer.alloc(1_000_000, 255), Buffer.from(\'"}}\')]); const head = Buffer.alloc(4); head.writeUInt32BE(body.length); fs.writeSync(channel, head); for (let at = 0; at < body.length; ) at += fs.writeSync(channel, body, at); await Bun.sleep(5000);',
    ),
    held: ended("output"),
  },
  {
    name: "an error of 1 MB, with NUL and halves of characters",
    text: go('throw new Error("a\\0b\\ud800" + "x".repeat(1_000_000));'),
    held: ({ failure, message }) =>
      failure === "failed" && message!.length <= 4_000 && !message!.includes("\0") && message!.isWellFormed(),
  },
  {
    name: "a result nested 400,000 times, written by hand",
    text: go(
      'const body = Buffer.from(\'{"end":{"result":\' + "[".repeat(4e5) + "]".repeat(4e5) + "}}"); const head = Buffer.alloc(4); head.writeUInt32BE(body.length); fs.writeSync(channel, head); for (let at = 0; at < body.length; ) at += fs.writeSync(channel, body, at); await Bun.sleep(5000);',
    ),
    held: isOver,
  },
  {
    name: "asking, and listening to no answer",
    text: go(
      'for (let n = 1; n <= 8; n++) fs.writeSync(channel, frame({ call: { kind: "scale", key: "k", component: "web", replicas: 1 }, id: n })); fs.closeSync(0); await Bun.sleep(500); return 1;',
    ),
    options: { answer: () => "x".repeat(500_000) },
    held: ({ failure }) => failure !== "unavailable",
  },
  {
    name: "folders that nobody may enter, and ever deeper ones",
    text: go(
      'process.chdir(process.env.TMPDIR); fs.mkdirSync("closed/in", { recursive: true }); fs.writeFileSync("closed/in/a", ""); fs.chmodSync("closed/in", 0); fs.chmodSync("closed", 0); for (let n = 0; n < 1500; n++) { fs.mkdirSync("d"); process.chdir("d"); } return "deep";',
    ),
    held: ({ result, failure }) => result === "deep" || failure !== undefined,
  },
  {
    name: "prototypes in results and calls",
    text: go(
      'fs.writeSync(channel, frame(\'{"call":{"kind":"stepEnd","key":"1","result":{"__proto__":{"polluted":1}}},"id":1}\')); await Bun.sleep(50); return JSON.parse(\'{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"a":1}\');',
    ),
    held: ({ result, calls }) =>
      result?.a === 1 &&
      !Object.hasOwn(result, "__proto__") &&
      !("polluted" in result) &&
      !("polluted" in {}) &&
      calls.every((call) => !("polluted" in ((call as { result?: object }).result ?? {}))),
  },
  {
    name: "closing its channel",
    text: go("fs.closeSync(channel); await new Promise(() => {});"),
    held: ended("crashed"),
  },
  {
    name: "closing every file it has",
    text: go("for (let n = 0; n < 256; n++) call(arm ? 57 : 3, n); for (;;);"),
    options: { timeoutMs: 1_500 },
    held: isOver,
  },
  {
    name: "files that others left open",
    text: go(
      'const all = fs.readdirSync("/proc/self/fd").map((n) => tried(() => fs.readlinkSync("/proc/self/fd/" + n))); return (await Promise.all(all)).filter((to) => !/^(socket|pipe|anon_inode):|^refused|^\\/dev\\/null$|^\\/proc\\/\\d+\\/fd$/.test(to) && !to.includes("/driver"));',
    ),
    held: ({ result }) =>
      Array.isArray(result) && result.every((to: string) => !/secret|sock|token|environ/.test(to)),
  },
  // Its own end
  { name: "exit code 0 before it returned", text: go("process.exit(0);"), held: ended("crashed") },
  {
    name: "killing itself",
    text: go('process.kill(process.pid, "SIGKILL"); await Bun.sleep(5000);'),
    held: ended("crashed"),
  },
  {
    name: "reading address 0",
    text: go('const { read } = require("bun:ffi"); return read.u64(8, 0);'),
    held: ended("crashed"),
  },
  {
    name: "other words for JSON and promises",
    text: go(
      'JSON.stringify = () => "}{"; Promise.prototype.then = () => {}; Buffer.from = () => "x"; return 1;',
    ),
    options: short,
    held: ({ failure }) => failure !== undefined,
  },
  // The driver's files
  {
    name: "a file of the driver that lies outside",
    text: go("return 1;"),
    options: { files: { "../../escaped": "x" } },
    held: ({ failure, message }) => failure === "failed" && message!.includes("no path inside it"),
  },
  {
    name: "an absolute file of the driver",
    text: go("return 1;"),
    options: { files: { "/tmp/escaped": "x" } },
    held: ({ failure, message }) => failure === "failed" && message!.includes("no path inside it"),
  },
  {
    name: "a location outside the driver",
    text: go("return 1;"),
    options: { location: "../../../../usr/lib/os-release::go" },
    held: ({ failure, message }) => failure === "failed" && message!.includes("among the driver's files"),
  },
];

/** After all of them: a harmless action, which must see nothing of what was before. */
export const harmless = go(
  // A probe of the kubelet's comes and goes; what another action had left would stay.
  `const count = () => fs.readdirSync("/proc").filter((name) => +name > 0).length;
let processes = count();
for (let tries = 0; tries < 50 && processes > 2; tries++) { await Bun.sleep(100); processes = count(); }
return { files: fs.readdirSync(process.env.TMPDIR), processes };`,
);

export interface HostileOutcome {
  name: string;
  outcomes: RunOutcome[];
}

/** Runs them, some side by side. `port` is of a listener on the loopback that nobody must reach. */
export async function runHostile(runner: ActionRunner, port: number, atOnce = 4): Promise<HostileOutcome[]> {
  const rest = [...hostileCases];
  const done: HostileOutcome[] = [];
  const worker = async () => {
    for (let next = rest.shift(); next; next = rest.shift()) done.push(await runCase(runner, next, port));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const outcome = await runText(runner, harmless, { files: { "tools.ts": tools } });
  return [...done, { name: "harmless", outcomes: [outcome] }];
}

async function runCase(
  runner: ActionRunner,
  { name, text, options = {} }: HostileCase,
  port: number,
): Promise<HostileOutcome> {
  const outcomes: RunOutcome[] = [];
  for (const one of [text].flat()) {
    const files = { "tools.ts": tools, ...options.files };
    outcomes.push(await runText(runner, one, { timeoutMs: 60_000, prompts: { port }, ...options, files }));
  }
  return { name, outcomes };
}

/** With STYRMIN_SHOW_ACTIONS=1: a line for each action, with what it saw or how it was ended. */
export function show(name: string, saw: Pick<RunOutcome, "result" | "failure" | "message">[]): void {
  if (!process.env.STYRMIN_SHOW_ACTIONS) return;
  const told = saw.map(({ result, failure, message }) =>
    failure ? `${failure}: ${message}` : JSON.stringify(result),
  );
  console.log(`  ${name}\n      ${told.map((one) => one?.slice(0, 300)).join("\n      ")}`);
}
