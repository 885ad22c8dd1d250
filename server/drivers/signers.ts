import { AppError } from "../../lib/errors.ts";

/** A public SSH key that may sign. */
export interface SshSigner {
  /** Who that is, as the list says. */
  name: string;
  type: string;
  /** The key in SSH's own encoding. */
  blob: Buffer;
  validAfter: Date | null;
  validBefore: Date | null;
  /** What it may sign for; null for anything. */
  namespaces: string[] | null;
}

export interface Signers {
  ssh: SshSigner[];
  /** Armoured public keys. */
  pgp: string[];
}

const maxBytes = 64 * 1024;
const maxKeys = 200;
const sshTypes = new Set([
  "ssh-ed25519",
  "ssh-rsa",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
]);
const pgpBlock = /-----BEGIN PGP PUBLIC KEY BLOCK-----[\s\S]*?-----END PGP PUBLIC KEY BLOCK-----/g;

/**
 * Reads the keys of those who may sign: armoured PGP keys, and SSH keys one a line, as in a `.pub` file
 * (`ssh-ed25519 AAAA… name`) or in git's allowed-signers file (`name [options] ssh-ed25519 AAAA…`). Throws INVALID that
 * names the line.
 */
export function readSigners(texts: readonly string[]): Signers {
  const text = texts.join("\n");
  if (text.length > maxBytes) throw invalid(`are larger than ${maxBytes / 1024} KiB`);
  if (text.includes("PRIVATE KEY")) throw invalid("hold a private key, which must not leave its machine");
  const pgp = text.match(pgpBlock) ?? [];
  const ssh = text
    .replace(pgpBlock, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map(readLine);
  if (ssh.length + pgp.length > maxKeys) throw invalid(`are more than ${maxKeys}`);
  return { ssh, pgp };
}

function readLine(line: string): SshSigner {
  const shown = `"${line.slice(0, 40)}${line.length > 40 ? "…" : ""}"`;
  const words = wordsOf(line);
  const at = words.findIndex((word, index) => index <= 2 && /^(ssh|ecdsa|sk)-\S+$/.test(word));
  const type = words[at] ?? "";
  if (at < 0 || words.length < at + 2) throw invalid(`have the line ${shown}, which is no SSH or PGP key`);
  if (!sshTypes.has(type)) throw invalid(`have the line ${shown}, whose kind ${type} is not supported`);
  const blob = Buffer.from(words[at + 1]!, "base64");
  const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0;
  if (blob.subarray(4, 4 + length).toString() !== type)
    throw invalid(`have the line ${shown}, whose key is not whole`);
  const options = at === 2 ? readOptions(words[1]!, shown) : {};
  const name = (at === 0 ? words.slice(2).join(" ") : words[0]!).slice(0, 200) || "an allowed key";
  return { name, type, blob, validAfter: null, validBefore: null, namespaces: null, ...options };
}

/** Words with blanks between; what stands in quotes stays together. */
const wordsOf = (line: string) => line.match(/(?:"[^"]*"|[^\s"])+/g) ?? [];

function readOptions(text: string, shown: string) {
  const options: Partial<Pick<SshSigner, "validAfter" | "validBefore" | "namespaces">> = {};
  for (const option of text.match(/(?:"[^"]*"|[^,"])+/g) ?? []) {
    const [, name = "", value = ""] = /^([a-z-]+)="?([^"]*)"?$/i.exec(option) ?? [];
    if (name === "valid-after") options.validAfter = readTime(value, shown);
    else if (name === "valid-before") options.validBefore = readTime(value, shown);
    else if (name === "namespaces") options.namespaces = value.split(",");
    else
      throw invalid(
        `have the line ${shown} with the option "${option.slice(0, 40)}", which is not supported`,
      );
  }
  return options;
}

/** `20260131` or `202601311530[00]`, always taken as UTC. */
function readTime(text: string, shown: string): Date {
  const [, year, month, day, hour = "00", minute = "00", second = "00"] =
    /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?Z?$/.exec(text) ?? [];
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(time.getTime()))
    throw invalid(`have the line ${shown} with the time "${text.slice(0, 40)}", which is none`);
  return time;
}

const invalid = (what: string) =>
  new AppError("INVALID", `The allowed keys ${what}.`, { field: "allowedKeys" });
