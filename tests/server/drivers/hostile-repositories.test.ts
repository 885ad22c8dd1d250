import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync, gzipSync } from "node:zlib";
import { AppError, type ErrorCode } from "../../../lib/errors.ts";
import { tidyPath } from "../../../server/drivers/collect.ts";
import { loadFromGit, loadSince, scanGit } from "../../../server/drivers/git.ts";
import { defaultLoadLimits, type LoadLimits } from "../../../server/drivers/limits.ts";
import { readDriver } from "../../../server/drivers/tree.ts";
import { openRepository } from "../../../server/git/repository.ts";
import { commitDriver, git, type GitServer, startGitServer } from "../../helpers/git-server.ts";
import {
  blob,
  branch,
  commit,
  copy,
  delta,
  entryHead,
  insert,
  namedDelta,
  object,
  offsetDelta,
  pack,
  type PackEntry,
  packed,
  type PackTweaks,
  packet,
  putObjects,
  putRef,
  type RawObject,
  type RawRepository,
  type RawServer,
  sideBand,
  startRawServer,
  tag,
  tree,
} from "../../helpers/raw-git.ts";

const MiB = 1024 * 1024;
const policy = { allowLoopback: true, allowPrivate: false };
/** Those of memory and sizes are the real ones; those of time leave room for a machine that is busy with other tests. */
const limits: LoadLimits = { ...defaultLoadLimits, timeMs: 40_000, silenceMs: 20_000, wireBytes: 8 * MiB };

const ok200 = "HTTP/1.1 200 OK\r\ncontent-type: application/x-git-upload-pack-advertisement\r\n";

interface Case {
  name: string;
  /** Where it is, once the servers run. */
  url: string;
  ref?: string;
  path?: string;
  limits?: Partial<LoadLimits>;
  scan?: boolean;
  code: ErrorCode;
  says: string;
  /** What the HTTP of the runtime makes of it is not ours to say; an error it is. */
  anyCode?: boolean;
}

let server: GitServer;
let raw: RawServer;
const scratch = await mkdtemp(join(tmpdir(), "styrmin-test-hostile-"));
const { TMPDIR } = process.env;
beforeAll(async () => {
  server = await startGitServer();
  raw = startRawServer();
  process.env.TMPDIR = scratch;
});
afterAll(async () => {
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  await Promise.all([server.stop(), raw.stop(), rm(scratch, { recursive: true, force: true })]);
});

const file = blob("x");
const spec = blob("apiVersion: styrmin.io/v1\n");
const sound: [string, string, string] = ["100644", "driver.styrmin.yml", spec.oid];
type Entries = Parameters<typeof tree>[0];
const bytes = (...values: number[]) => Buffer.from(values);
const named = (name: string | Uint8Array): Entries => [sound, ["100644", name, file.oid]];

/** Trees that a real git server sends: name, entries, what the error says, further objects. */
const trees: [string, Entries, string, RawObject[]?][] = [
  ["a parent", named(".."), "cannot be used"],
  ["itself", named("."), "cannot be used"],
  ["git's own folder", named(".git"), "cannot be used"],
  ["git's own folder in capitals", named(".GIT"), "cannot be used"],
  ["git's own folder in odd letters", named(".gıt"), "cannot be used"],
  ["git's own folder with an ignored letter", named(".g\u200cit"), "cannot be used"],
  ["git's own folder with a dot", named(".git."), "cannot be used"],
  ["git's own folder with a blank", named(".git "), "cannot be used"],
  ["git's own folder by its short name", named("git~1"), "cannot be used"],
  ["an absolute path", named("/etc/passwd"), "a slash"],
  ["a path", named("a/b"), "a slash"],
  ["a way out", named("../../etc/passwd"), "a slash"],
  ["a backslash", named("..\\x"), "cannot be used"],
  ["a drive", named("C:x"), "cannot be used"],
  ["a line's end", named("a\nb"), "cannot be used"],
  ["an escape", named("a\u001b[2Jb"), "cannot be used"],
  ["a control of C1", named("a\u0085b"), "cannot be used"],
  ["text turned round", named("a\u202elmay.b"), "cannot be used"],
  ["no width", named("a\u200bb"), "cannot be used"],
  ["a byte order mark", named("\ufeffa"), "cannot be used"],
  ["a form that is not normal", named("e\u0301"), "normal form"],
  ["a name in Latin-1", named(bytes(0x66, 0xfc, 0x72)), "no UTF-8"],
  ["dots written too long", named(bytes(0xc0, 0xae, 0xc0, 0xae)), "no UTF-8"],
  ["half a pair", named(bytes(0xed, 0xa0, 0x80)), "no UTF-8"],
  ["__proto__", named("__proto__"), "cannot be used"],
  ["constructor", named("constructor"), "cannot be used"],
  ["a name that is too long", named("a".repeat(256)), "cannot be used"],
  ["twins but for case", [sound, ["100644", "a", file.oid], ["100644", "A", file.oid]], "upper and lower"],
  [
    "twins but for a sharp s",
    [sound, ["100644", "ß", file.oid], ["100644", "ss", file.oid]],
    "upper and lower",
  ],
  [
    "twins but for a long s",
    [sound, ["100644", "ſ", file.oid], ["100644", "s", file.oid]],
    "upper and lower",
  ],
  [
    "twins but for the sign of Kelvin",
    [sound, ["100644", "\u212a", file.oid], ["100644", "k", file.oid]],
    "form",
  ],
  ["the same twice", [sound, ["100644", "a", file.oid], ["100644", "a", file.oid]], "twice"],
  [
    "a file that is a folder too",
    [sound, ["100644", "a", file.oid], ["40000", "a", tree(named("b")).oid]],
    "twice",
    [tree(named("b"))],
  ],
  [
    "a link to a file",
    [sound, ["120000", "a", blob("/etc/passwd").oid]],
    "symbolic link",
    [blob("/etc/passwd")],
  ],
  ["a link to a folder", [sound, ["120000", "a", blob("/").oid]], "symbolic link", [blob("/")]],
  ["a link upwards", [sound, ["120000", "a", blob("../../x").oid]], "symbolic link", [blob("../../x")]],
  ["a link to itself", [sound, ["120000", "a", blob("a").oid]], "symbolic link", [blob("a")]],
  ["a driver file that is a link", [["120000", "driver.styrmin.yml", file.oid]], "symbolic link"],
  ["a submodule", [sound, ["160000", "a", "1".repeat(40)]], "submodule"],
  ["a submodule that names the commit itself", [sound, ["160000", "a", file.oid]], "submodule"],
  ["no mode", [sound, ["0", "a", file.oid]], "unknown mode"],
  ["a device", [sound, ["20000", "a", file.oid]], "unknown mode"],
  ["a mode of a mile", [sound, ["1".repeat(500), "a", file.oid]], "unknown mode"],
];

function treeCases(): Case[] {
  const gitdir = `${server.root}/x.git`;
  const cases = trees.map(([name, entries, says, more = []], index): Case => {
    const root = tree(entries);
    const head = commit(root.oid);
    putObjects(gitdir, [file, spec, root, head, ...more]);
    putRef(gitdir, `refs/heads/tree-${index}`, head.oid);
    return { name, url: server.url("x"), ref: `tree-${index}`, code: "INVALID", says };
  });
  const add = (
    name: string,
    head: RawObject,
    rest: Omit<Case, "name" | "url" | "ref">,
    ...more: RawObject[]
  ) => {
    const ref = `more-${cases.length}`;
    putObjects(gitdir, [file, spec, head, ...more]);
    putRef(gitdir, `refs/heads/${ref}`, head.oid);
    cases.push({ name, url: server.url("x"), ref, ...rest });
  };
  const linked = tree([["120000", "apps", blob("/etc").oid]]);
  add(
    "a link on the way to the folder",
    commit(linked.oid),
    { path: "apps/x", code: "NOT_FOUND", says: "no folder" },
    linked,
    blob("/etc"),
  );
  const parents = tree([["40000", "..", tree([sound]).oid]]);
  add(
    "a way out as its folder",
    commit(parents.oid),
    { path: "../x", code: "INVALID", says: "does not name a folder" },
    parents,
    tree([sound]),
  );
  const large = blob("x".repeat(MiB + 1));
  const withLarge = tree([sound, ["100644", "a", large.oid]]);
  add(
    "a file that is too large",
    commit(withLarge.oid),
    { code: "LIMIT", says: "allowed for one file" },
    withLarge,
    large,
  );
  const many = tree([
    sound,
    ...Array.from({ length: 2_100 }, (_, i) => ["100644", `f${i}`, file.oid] as const),
  ]);
  add("files without number", commit(many.oid), { code: "LIMIT", says: "limit: files" }, many);
  const bigs = Array.from({ length: 11 }, (_, i) => blob(`${i}`.padEnd(MiB, "x")));
  const heavy = tree([sound, ...bigs.map(({ oid }, i) => ["100644", `f${i}`, oid] as const)]);
  add(
    "more bytes than allowed",
    commit(heavy.oid),
    { code: "LIMIT", says: "bytes together" },
    heavy,
    ...bigs,
  );
  // Ten folders in each of ten, and so on: 10^10 files of a dozen objects.
  const levels = [tree(Array.from({ length: 10 }, (_, i) => ["100644", `f${i}`, file.oid]))];
  for (let level = 0; level < 9; level++) {
    levels.push(tree(Array.from({ length: 10 }, (_, i) => ["40000", `d${i}`, levels.at(-1)!.oid])));
  }
  const bomb = tree([sound, ["40000", "d", levels.at(-1)!.oid]]);
  add("a bomb of folders", commit(bomb.oid), { code: "LIMIT", says: "limit: files" }, bomb, ...levels);
  add(
    "the same, scanned",
    commit(bomb.oid),
    { scan: true, code: "LIMIT", says: "limit: entries" },
    bomb,
    ...levels,
  );
  const hollow = [tree([])];
  for (let level = 0; level < 9; level++) {
    hollow.push(tree(Array.from({ length: 10 }, (_, i) => ["40000", `d${i}`, hollow.at(-1)!.oid])));
  }
  add(
    "a bomb of empty folders",
    commit(hollow.at(-1)!.oid),
    { code: "LIMIT", says: "limit: entries" },
    ...hollow,
  );
  const deep = [tree([sound])];
  for (let level = 0; level < 400; level++) deep.push(tree([["40000", "d", deep.at(-1)!.oid]]));
  add("a folder as deep as a well", commit(deep.at(-1)!.oid), { code: "INVALID", says: "too deep" }, ...deep);
  // What git finds out itself it does not send.
  const cut = cutTree;
  add("a folder that is cut off", commit(cut.oid), { code: "UNAVAILABLE", says: "refuses" }, cut);
  add("a commit of no folder", object("commit", "author A <a@b> 1 +0000\n\nx\n"), {
    code: "NOT_FOUND",
    says: "does not give",
  });
  add("a commit whose folder is a file", commit(file.oid), { code: "UNAVAILABLE", says: "refuses" });
  add("a commit without its folder", commit("2".repeat(40)), { code: "UNAVAILABLE", says: "" });
  const lacking = tree([sound, ["100644", "a", "3".repeat(40)]]);
  add("a folder without its file", commit(lacking.oid), { code: "UNAVAILABLE", says: "" }, lacking);
  add("a branch of a file", file, { code: "NOT_FOUND", says: "is no commit" });
  add("a branch of a folder", tree([sound]), { code: "NOT_FOUND", says: "is no commit" });
  add("a tag of a file", tag(file), { code: "NOT_FOUND", says: "is no commit" });
  const wordy = commit(tree([sound]).oid, "x".repeat(300_000));
  add("a commit with a novel", wordy, { code: "LIMIT", says: "limit: commit bytes" }, tree([sound]));
  const drivers = tree(Array.from({ length: 120 }, (_, i) => ["40000", `d${i}`, tree([sound]).oid]));
  add(
    "drivers without number, scanned",
    commit(drivers.oid),
    { scan: true, code: "LIMIT", says: "limit: drivers" },
    drivers,
    tree([sound]),
  );
  return cases;
}

const cutTree = object("tree", Buffer.concat([tree([sound]).content, Buffer.from("100644 a\0xx")]));
const base = tree([sound]);
const head = commit(base.oid);
const whole: PackEntry[] = [head, base, spec];

/** Packs that no git makes: name, entries and tweaks, or the whole answer; code and what the error says. */
function packCases(): Case[] {
  const cases: Case[] = [];
  const add = (
    name: string,
    entries: readonly PackEntry[],
    says: string,
    {
      code = "INVALID",
      limits,
      ...tweaks
    }: PackTweaks & { code?: ErrorCode; limits?: Partial<LoadLimits> } = {},
  ) => serve(name, { objects: sideBand(pack(entries, tweaks)) }, says, code, limits);
  const serve = (
    name: string,
    repository: RawRepository,
    says: string,
    code: ErrorCode = "INVALID",
    more?: Partial<LoadLimits>,
  ) => {
    const url = raw.add(`r${cases.length}`, { refs: branch(head.oid), ...repository });
    cases.push({ name, url, code, says, ...(more ? { limits: more } : {}) });
  };
  const zeros = (size: number) => deflateSync(Buffer.alloc(size), { level: 9 });
  const entry = (type: number, size: number, stream: Buffer): PackEntry => ({
    raw: Buffer.concat([entryHead(type, size), stream]),
  });

  add(
    "an object that holds more than it says",
    [...whole, entry(3, 10, zeros(30 * MiB))],
    "unpack to the size",
  );
  add(
    "an object that holds less than it says",
    [...whole, entry(3, 10_000, zeros(10))],
    "unpack to the size",
  );
  add("an object of a terabyte", [...whole, entry(3, 2 ** 40, zeros(10))], "limit: object bytes", {
    code: "LIMIT",
  });
  add(
    "an object of impossible size",
    [...whole, { raw: Buffer.from([0xbf, ...new Array(20).fill(0xff), 1]) }],
    "impossible size",
  );
  const bombs = Array.from({ length: 5 }, () => entry(3, 60 * MiB, zeros(60 * MiB)));
  add("a bomb of zlib", [...bombs, ...whole], "limit: unpacked bytes", { code: "LIMIT" });
  const seed = blob("x".repeat(65_536));
  const blowUp = delta(65_536, 60 * MiB, ...Array.from({ length: 960 }, () => copy(0, 65_536)));
  add(
    "a bomb of deltas",
    [seed, ...Array.from({ length: 5 }, () => namedDelta(seed.oid, blowUp)), ...whole],
    "limit: unpacked bytes",
    { code: "LIMIT" },
  );
  add(
    "a delta of a terabyte",
    [file, namedDelta(file.oid, delta(1, 2 ** 40, insert("x")))],
    "limit: object bytes",
    { code: "LIMIT" },
  );
  add("a chain of 300 deltas", chain(300), "limit: delta depth", { code: "LIMIT" });
  add("a chain of 50,000 deltas", chain(50_000), "limit: delta depth", { code: "LIMIT" });
  const [one, two] = ["1".repeat(40), "2".repeat(40)];
  add(
    "deltas of each other",
    [...whole, namedDelta(one, delta(1, 1, insert("a"))), namedDelta(two, delta(1, 1, insert("b")))],
    "changes of objects that are not in it",
  );
  add("a delta of itself", [...whole, offsetDelta(0, delta(1, 1, insert("a")))], "lies outside");
  add(
    "a delta of what lies before the pack",
    [...whole, offsetDelta(100_000, delta(1, 1, insert("a")))],
    "lies outside",
  );
  add(
    "a delta of the middle of an object",
    [...whole, offsetDelta(3, delta(1, 1, insert("a")))],
    "not in it",
  );
  add("a delta of nothing", [...whole, namedDelta("f".repeat(40), delta(1, 1, insert("a")))], "not in it");
  add(
    "a delta that copies from outside",
    [file, namedDelta(file.oid, delta(1, 100, copy(0, 100)))],
    "outside of its object",
  );
  add(
    "a delta that copies from far away",
    [file, namedDelta(file.oid, delta(1, 1, copy(0xfffffff0, 1)))],
    "outside of its object",
  );
  add(
    "a delta that makes too much",
    [file, namedDelta(file.oid, delta(1, 1, insert("aaaa")))],
    "outside of its object",
  );
  add(
    "a delta that makes too little",
    [file, namedDelta(file.oid, delta(1, 10, insert("aaaa")))],
    "less than it says",
  );
  add("a delta with a command of old", [file, namedDelta(file.oid, delta(1, 1, [0]))], "does not exist");
  add("a delta that ends in a command", [file, namedDelta(file.oid, delta(1, 10, [0xff, 1]))], "cut off");
  add(
    "a delta that ends in its text",
    [file, namedDelta(file.oid, delta(1, 10, [10, 65]))],
    "outside of its object",
  );
  add("a delta of another size", [file, namedDelta(file.oid, delta(7, 1, insert("a")))], "another object");
  add("a delta without sizes", [file, namedDelta(file.oid, Buffer.from([0x80]))], "without a size");
  add("an empty delta", [file, namedDelta(file.oid, Buffer.alloc(0))], "without a size");
  add("an object of type 0", [...whole, entry(0, 1, deflateSync("x"))], "unknown type 0");
  add("an object of type 5", [...whole, entry(5, 1, deflateSync("x"))], "unknown type 5");
  add("a stream that is none", [...whole, entry(3, 5, Buffer.from("hello"))], "unpack to the size");
  add(
    "a stream that is cut off",
    [...whole, entry(3, 5_000, deflateSync(crypto.getRandomValues(new Uint8Array(5_000))).subarray(0, 90))],
    "unpack to the size",
  );
  add(
    "a stream with a dictionary",
    [...whole, entry(3, 5, deflateSync("hello", { dictionary: Buffer.from("hello") }))],
    "unpack to the size",
  );
  add("a wrong checksum", whole, "changed on its way", { checksum: Buffer.alloc(20) });
  add("fewer objects than it says", whole, "cut off", { count: 7 });
  add("more objects than it says", whole, "more than it says", { count: 2 });
  add("four billion objects", whole, "limit: objects", { count: 0xffffffff, code: "LIMIT" });
  add("bytes at its end", whole, "more than it says", { trailing: Buffer.from("hello") });
  add("a version of tomorrow", whole, "version 4", { version: 4 });
  add("another magic", whole, "no pack", { magic: "KCAP" });
  add("no object at all", [], "does not give", { code: "NOT_FOUND" });
  add("another commit than asked for", [commit(base.oid, "other\n"), base, spec], "does not give", {
    code: "NOT_FOUND",
  });
  add(
    "a folder that was tampered with",
    [head, tree([["100644", "driver.styrmin.yml", blob("evil").oid]]), blob("evil")],
    "lacks the tree",
  );
  add("a file that was tampered with", [head, base, blob("evil")], "lacks the blob");
  add("a folder that is a file", [head, blob(base.content), spec], "lacks the tree");
  const tags = [tag(head)];
  for (let i = 0; i < 20; i++) tags.push(tag(tags.at(-1)!));
  serve(
    "a tag of a tag of a tag",
    { refs: branch(tags.at(-1)!.oid), objects: sideBand(pack([...tags, ...whole])) },
    "is no commit",
    "NOT_FOUND",
  );
  const nothing = object("tag", "object x\n");
  serve(
    "a tag of nothing",
    { refs: branch(nothing.oid), objects: sideBand(pack([nothing])) },
    "a tag of nothing",
  );
  const flat = Array.from({ length: 3_000 }, (_, i) => blob(`${i}`));
  add("more objects than allowed", [...flat, ...whole], "limit: objects", {
    code: "LIMIT",
    limits: { objects: 1_000 },
  });

  const made: [string, RawObject, string][] = [
    ["a folder with a file of no name", tree(named("")), "cannot be used"],
    ["a folder with a mode that is no number", tree([sound, ["rwx", "a", file.oid]]), "unknown mode"],
    ["a folder that is cut off, sent all the same", cutTree, "cut off"],
  ];
  for (const [name, root, says] of made) {
    const top = commit(root.oid);
    serve(name, { refs: branch(top.oid), objects: sideBand(pack([top, root, spec, file])) }, says);
  }
  const lost = object("commit", "author A <a@b> 1 +0000\n\nx\n");
  serve(
    "a commit of no folder, sent all the same",
    { refs: branch(lost.oid), objects: sideBand(pack([lost])) },
    "without a tree",
  );
  const twisted = commit(spec.oid);
  serve(
    "a commit whose folder is a file, sent all the same",
    { refs: branch(twisted.oid), objects: sideBand(pack([twisted, spec])) },
    "lacks the tree",
  );

  const ok = sideBand(pack(whole));
  const type = (what: string) => ({ headers: { "content-type": `application/x-git-upload-pack-${what}` } });
  serve("a packet without a length", { objects: "zzzzhello" }, "without a length");
  serve("a packet of three bytes", { objects: "0003" }, "packet of 3 bytes");
  serve("a packet that is too long", { objects: `ffff${"x".repeat(65_531)}` }, "packet of 65535 bytes");
  serve("a packet that is cut off", { objects: ok.subarray(0, ok.length - 20) }, "middle of a packet");
  serve("an answer of one byte", { objects: "0" }, "middle of a packet");
  serve("no answer at all", { objects: "" }, "no pack");
  serve("no pack", { objects: Buffer.concat([packet("NAK\n"), Buffer.from("0000")]) }, "no pack");
  serve(
    "a side band that does not exist",
    { objects: Buffer.concat([packet("NAK\n"), packet("\u0007x")]) },
    "side band",
  );
  serve(
    "a refusal with commands for a terminal",
    { objects: Buffer.concat([packet("NAK\n"), packet("\u0003\u001b]0;evil\u0007no\n")]) },
    "refuses: ]0;evil no.",
    "UNAVAILABLE",
  );
  serve("a refusal", { objects: packet("ERR upload-pack: not our ref") }, "does not give", "NOT_FOUND");
  serve(
    "a web page",
    { refs: () => new Response("<html>", { headers: { "content-type": "text/html" } }) },
    "no git repository",
    "NOT_FOUND",
  );
  serve("a web page that says it is git's", { refs: "<html>" }, "without a length");
  serve("an empty advertisement", { refs: "0000" }, "no git repository", "NOT_FOUND");
  serve(
    "an advertisement of SHA-256",
    {
      refs: Buffer.concat([
        packet(`${"a".repeat(64)} refs/heads/main\0object-format=sha256\n`),
        Buffer.from("0000"),
      ]),
    },
    "SHA-256",
  );
  serve(
    "refs that are none",
    { refs: Buffer.concat([packet("hello\n"), Buffer.from("0000")]) },
    "a ref that is none",
  );
  serve("a ref with another name", { refs: branch(head.oid, "refs/heads/mainx") }, "no branch", "NOT_FOUND");
  serve("a ref with an id that is none", { refs: branch("../../../etc/passwd") }, "a ref that is none");
  serve(
    "refs without end",
    {
      refs: endless(packet(`${head.oid} refs/heads/main${"x".repeat(60_000)}\n`), undefined, "advertisement"),
    },
    "limit: bytes on the wire",
    "LIMIT",
  );
  serve(
    "more refs than allowed",
    { refs: Buffer.concat(Array.from({ length: 51_000 }, () => packet(`${head.oid} refs/heads/main\n`))) },
    "limit: refs",
    "LIMIT",
  );
  serve(
    "a pack without end",
    { objects: endless(packet(Buffer.concat([bytes(1), Buffer.alloc(60_000)])), packet("NAK\n")) },
    "limit: bytes on the wire",
    "LIMIT",
  );
  serve(
    "progress without end",
    { objects: endless(packet(Buffer.concat([bytes(2), Buffer.alloc(60_000)])), packet("NAK\n")) },
    "limit: bytes on the wire",
    "LIMIT",
  );
  serve(
    "a bomb of gzip",
    {
      objects: () =>
        new Response(gzipSync(Buffer.alloc(30 * MiB)), {
          headers: { ...type("result").headers, "content-encoding": "gzip" },
        }),
    },
    "",
  );
  serve(
    "an answer of another type",
    { objects: () => new Response(new Uint8Array(ok)) },
    "no git repository",
    "NOT_FOUND",
  );
  serve(
    "a failure in the middle",
    { objects: () => new Response("x", { status: 500 }) },
    "HTTP 500",
    "UNAVAILABLE",
  );
  serve("silence", { objects: () => new Promise<Response>(() => {}) }, "limit: silence", "UNAVAILABLE", {
    silenceMs: 500,
  });
  serve(
    "silence in the middle",
    { objects: () => new Response(stalling(packet("NAK\n")), type("result")) },
    "limit: silence",
    "UNAVAILABLE",
    { silenceMs: 500 },
  );
  serve(
    "one byte at a time",
    { objects: () => new Response(dripping(ok), type("result")) },
    "limit: time",
    "UNAVAILABLE",
    { timeMs: 1_000 },
  );
  return cases;
}

/** Answers that are hardly HTTP: what is written to whoever connects, again and again if it says so. */
const wires: [string, { first: string; again?: string; close?: boolean }, string][] = [
  ["no HTTP", { first: "SSH-2.0-OpenSSH_9.2\r\n", close: true }, ""],
  ["nothing, and the end", { first: "", close: true }, ""],
  ["headers without end", { first: "HTTP/1.1 200 OK\r\n", again: `X-A: ${"a".repeat(4_000)}\r\n` }, ""],
  ["one header without end", { first: "HTTP/1.1 200 OK\r\nX-A: ", again: "a".repeat(64_000) }, ""],
  ["wait, wait, wait", { first: "", again: "HTTP/1.1 100 Continue\r\n\r\n" }, ""],
  [
    "a chunk of a terabyte",
    { first: `${ok200}transfer-encoding: chunked\r\n\r\nffffffffffff\r\nabc`, close: true },
    "",
  ],
  ["a chunk of no number", { first: `${ok200}transfer-encoding: chunked\r\n\r\n-5\r\nabc`, close: true }, ""],
  [
    "a body shorter than it says",
    { first: `${ok200}content-length: 5000\r\n\r\n001e# service`, close: true },
    "",
  ],
  ["a length that is none", { first: `${ok200}content-length: -1\r\n\r\n0000`, close: true }, ""],
  [
    "a redirect to nowhere",
    { first: "HTTP/1.1 302 Found\r\nlocation: \r\ncontent-length: 0\r\n\r\n", close: true },
    "",
  ],
];

/** Starts a listener for each; all of them end in an error within the limits. */
async function wireCases(): Promise<{ cases: Case[]; stop(): void }> {
  const listeners: Server[] = [];
  const cases: Case[] = [];
  for (const [name, { first, again, close }] of wires) {
    const listener = createServer((socket) => {
      socket.on("error", () => {});
      socket.write(first);
      if (close) socket.end();
      const more = (): void => {
        if (!again || socket.destroyed) return;
        socket.write(again, () => setTimeout(more, 1));
      };
      more();
    });
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    listeners.push(listener);
    const { port } = listener.address() as { port: number };
    const url = `http://127.0.0.1:${port}/x`;
    cases.push({
      name,
      url,
      code: "UNAVAILABLE",
      says: "",
      limits: { silenceMs: 1_000, timeMs: 3_000 },
      anyCode: true,
    });
  }
  return { cases, stop: () => listeners.forEach((listener) => void listener.close()) };
}

/** Each changes the one before it. */
function chain(length: number): PackEntry[] {
  const entries: PackEntry[] = [blob("0".padEnd(40, "x"))];
  let previous = packed(entries[0]!).length;
  for (let i = 1; i <= length; i++) {
    const text = `${i}`.padStart(6, "0");
    const next = offsetDelta(previous, delta(40, 40, insert(text), copy(6, 34)));
    previous = packed(next).length;
    entries.push(next);
  }
  return [...entries, ...whole];
}

function endless(part: Buffer, first?: Buffer, what = "result"): () => Response {
  return () => {
    let isFirst = first !== undefined;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(isFirst ? first! : part);
        isFirst = false;
      },
    });
    return new Response(body, { headers: { "content-type": `application/x-git-upload-pack-${what}` } });
  };
}

function stalling(first: Buffer): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.enqueue(first) });
}

function dripping(all: Buffer): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    async pull(controller) {
      await Bun.sleep(100);
      controller.enqueue(all.subarray(at, ++at));
    },
  });
}

async function outcome({
  url,
  ref = "main",
  path,
  limits: more,
  scan,
  code,
}: Case): Promise<AppError | "loaded"> {
  const inChild = code !== "INVALID" && code !== "NOT_FOUND";
  const options = { policy, limits: { ...limits, ...more } };
  try {
    // Starting a process takes longer than most cases. What may be large, slow or endless gets one.
    if (inChild) await (scan ? scanGit({ url, ref }, options) : loadFromGit({ url, ref, path }, options));
    else await readDriver(await openRepository(url, ref, options), tidyPath(path), options.limits);
    return "loaded";
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown;
    throw thrown;
  }
}

test("a hostile repository harms nothing", async () => {
  await commitDriver(server, "x", { "driver.styrmin.yml": "apiVersion: styrmin.io/v1\n" });
  await git(`${server.root}/x.git`, ["gc", "--quiet"]);
  const wire = await wireCases();
  const cases = [...treeCases(), ...packCases(), ...wire.cases];
  console.log(`hostile repositories: ${cases.length}`);
  expect(cases.length).toBeGreaterThanOrEqual(60);

  // What is sound loads from both servers: nothing below is refused for another reason.
  expect(await outcome({ name: "", url: server.url("x"), code: "LIMIT", says: "" })).toBe("loaded");
  const fine = raw.add("sound", { refs: branch(head.oid), objects: sideBand(pack(whole)) });
  expect(await outcome({ name: "", url: fine, code: "INVALID", says: "" })).toBe("loaded");
  const deltas = raw.add("deltas", { refs: branch(head.oid), objects: sideBand(pack(chain(200))) });
  expect(await outcome({ name: "", url: deltas, code: "INVALID", says: "" })).toBe("loaded");

  const wrong: string[] = [];
  const before = process.memoryUsage.rss();
  let highest = before;
  const watch = setInterval(() => (highest = Math.max(highest, process.memoryUsage.rss())), 10);
  const left = [...cases];
  const work = async () => {
    for (let one = left.shift(); one; one = left.shift()) {
      const found = await outcome(one);
      const isFine =
        found !== "loaded" && (one.anyCode || found.code === one.code) && found.message.includes(one.says);
      if (!isFine)
        wrong.push(`${one.name}: ${found === "loaded" ? found : `${found.code} ${found.message}`}`);
      if (found !== "loaded" && /\p{Cc}/u.test(found.message)) wrong.push(`${one.name}: a control character`);
    }
  };
  await Promise.all([work(), work(), work()]);
  // The largest driver that is allowed is what the server itself must hold.
  const largest = Array.from({ length: 9 }, (_, i) => blob(`${i}`.padEnd(MiB, "x")));
  const root = tree([sound, ...largest.map(({ oid }, i) => ["100644", `f${i}`, oid] as const)]);
  const top = commit(root.oid);
  putObjects(`${server.root}/x.git`, [root, top, ...largest]);
  putRef(`${server.root}/x.git`, "refs/heads/largest", top.oid);
  const all = await loadFromGit({ url: server.url("x"), ref: "largest" }, { policy, limits });
  expect(Object.keys(all.files)).toHaveLength(10);
  clearInterval(watch);
  wire.stop();
  const grown = Math.round((highest - before) / MiB);
  console.log(`memory of the process that starts the loads: + ${grown} MB at most`);
  expect(wrong).toEqual([]);
  expect(grown).toBeLessThan(200);
  expect(await readdir(scratch)).toEqual([]);
});

test("a hostile history takes nothing from the commit that is there", async () => {
  const root = tree([sound]);
  const before = object("commit", commit(root.oid).content);
  const text = commit(root.oid).content.toString().replace("author", `parent ${before.oid}\nauthor`);
  const tip = object("commit", text);
  const since = "5".repeat(40);
  const bomb = { raw: Buffer.concat([entryHead(3, 200 * MiB), deflateSync("x")]) };
  const refusal = Buffer.concat([packet("ERR go away\n"), Buffer.from("0000")]);
  const cases: [
    name: string,
    more: RawRepository["objects"],
    code: ErrorCode,
    says: string,
    limits?: object,
  ][] = [
    ["bomb", sideBand(pack([before, bomb])), "LIMIT", "limit: object bytes"],
    ["objects", sideBand(pack([before, root, spec])), "LIMIT", "limit: objects", { objects: 5 }],
    ["cut", sideBand(pack([before])).subarray(0, 60), "INVALID", "middle of a packet"],
    ["refusal", refusal, "UNAVAILABLE", "go away"],
    ["wire", endless(Buffer.alloc(MiB)), "LIMIT", "limit: bytes on the wire"],
    // The process is ended from outside.
    [
      "memory",
      endless(Buffer.alloc(MiB)),
      "LIMIT",
      "limit: memory",
      { memoryBytes: 200 * MiB, wireBytes: 4_096 * MiB },
    ],
  ];
  const outcomes = cases.map(async ([name, more, , says, own]) => {
    let asked = 0;
    const first = sideBand(pack([tip, root, spec]));
    const next = () =>
      typeof more === "function" ? more() : new Response(new Uint8Array(more as Buffer), type);
    const type = { headers: { "content-type": "application/x-git-upload-pack-result" } };
    const objects = () => (asked++ === 0 ? new Response(new Uint8Array(first), type) : next());
    const url = raw.add(`history-${name}`, { refs: branch(tip.oid), objects });
    const source = { url, ref: "main", since };
    const { commits, found } = await loadSince(source, { policy, limits: { ...limits, ...own } });
    const error = found.state === "OPEN" ? found.error : undefined;
    return {
      name,
      commits: commits.map((one) => [one.commit, Object.keys(one.files)]),
      code: error?.code,
      says: error?.message.includes(says) ? says : error?.message,
    };
  });
  const commits = [[tip.oid, ["driver.styrmin.yml"]]];
  expect(await Promise.all(outcomes)).toEqual(
    cases.map(([name, , code, says]) => ({ name, commits, code, says })),
  );
});
