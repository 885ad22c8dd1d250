import { closeSync, openSync, statSync } from "node:fs";
import type { Libc } from "./libc.ts";

const calls = { create: 444, addRule: 445, restrictSelf: 446 } as const;
const pathBeneath = 1;

/** Rights on files, by the kernel's bit; a kernel knows the first so many, by its version of Landlock. */
const bit = (n: number) => 2 ** n;
const readFile = bit(2);
const readFolder = bit(3);
const execute = bit(0);
/** The ones that a rule for a file, and not for a folder, may give. */
const fileRights = execute + bit(1) + readFile + bit(14) + bit(15);
const knownRights = [0, 13, 14, 15, 15, 16];
const knownNetwork = 4;
const [bindOnly, bindAndConnect] = [1n, 3n];
const knownScopes = 6;

export interface Access {
  /** May be read and executed, with all below. */
  read: string[];
  /** Of these, and of all below, the names may be seen. */
  list?: string[];
  /** Whether connections over TCP may be made. */
  connect?: boolean;
  /** May be read, written, made and removed, with all below; no sockets, devices or fifos. */
  write: string[];
}

/** The version of Landlock this kernel answers with; 0 without it. */
export function landlockVersion(libc: Libc): number {
  return Math.max(0, libc.syscall(calls.create, 0, 0, 1));
}

/**
 * Takes from this thread, and from what it becomes, every file but those given, listening on TCP ports (and, unless
 * `connect` is set, connecting to them), and signals to and sockets of whoever is not confined with it. A path that is
 * not there is left out. Needs no-new-privileges. Answers the version; 0 when the kernel has none. Throws when it has
 * one and refuses.
 */
export function confineFiles(libc: Libc, access: Access): number {
  const version = landlockVersion(libc);
  if (version === 0) return 0;
  const all = 2 ** (knownRights[Math.min(version, knownRights.length - 1)] ?? 13) - 1;
  const rules = Buffer.alloc(24);
  rules.writeBigUInt64LE(BigInt(all), 0);
  if (version >= knownNetwork) rules.writeBigUInt64LE(access.connect ? bindOnly : bindAndConnect, 8);
  if (version >= knownScopes) rules.writeBigUInt64LE(3n, 16);
  const size = version >= knownScopes ? 24 : version >= knownNetwork ? 16 : 8;
  const ruleset = check(libc.syscall(calls.create, libc.address(rules), size, 0), "make a ruleset");
  const [device, socket, fifo, block] = [bit(6), bit(9), bit(10), bit(11)];
  const written = all - execute - device - socket - fifo - block - (all >= 2 ** 15 ? bit(15) : 0);
  for (const path of access.read) allow(libc, ruleset, path, execute + readFile + readFolder);
  for (const path of access.list ?? []) allow(libc, ruleset, path, readFolder);
  for (const path of access.write) allow(libc, ruleset, path, written);
  check(libc.syscall(calls.restrictSelf, ruleset, 0), "confine files");
  closeSync(ruleset);
  return version;
}

function allow(libc: Libc, ruleset: number, path: string, rights: number): void {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory();
  if (isFolder === undefined) return;
  const opened = openSync(path, pathOnly);
  const rule = Buffer.alloc(12);
  const given = isFolder ? rights : Number(BigInt(rights) & BigInt(fileRights));
  rule.writeBigUInt64LE(BigInt(given), 0);
  rule.writeInt32LE(opened, 8);
  check(libc.syscall(calls.addRule, ruleset, pathBeneath, libc.address(rule), 0), `allow ${path}`);
  closeSync(opened);
}

/** `O_PATH`: the place is meant, not what is in it. */
const pathOnly = 0o10000000;

function check(result: number, what: string): number {
  if (result < 0) throw new Error(`Landlock cannot ${what}.`);
  return result;
}
