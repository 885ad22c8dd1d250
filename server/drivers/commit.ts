import { createHash } from "node:crypto";

/** Somebody in a commit, and when it was. */
export interface Person {
  name: string;
  email: string;
  at: Date;
}

/** What a commit says of itself. */
export interface Commit {
  author: Person | null;
  committer: Person | null;
  /** The first line of its message, cut at 200 characters. */
  subject: string;
  signature: CommitSignature | null;
}

export interface CommitSignature {
  /** By its armour: PGP, SSH, or anything else that stands there (X.509, say). */
  kind: "PGP" | "SSH" | "OTHER";
  /** The signature with its armour lines. */
  armour: string;
  /** The bytes that were signed: the commit without its signature. */
  payload: Uint8Array;
}

const newline = 10;
const maxSubject = 200;

/**
 * Reads a raw commit object. The git library's own reading is not used: it takes the end of an SSH signature for a part
 * of the payload. Headers go on with lines that begin with a space; the message begins after the first empty line.
 */
export function readCommit(object: Uint8Array): Commit {
  const { headers, message } = split(object);
  const value = (name: string) => headers.find((header) => header.name === name)?.value;
  const armour = value("gpgsig");
  const kept = headers.filter(({ name }) => name !== "gpgsig").map(({ raw }) => raw);
  const kind = armour?.includes("BEGIN PGP SIGNATURE")
    ? "PGP"
    : armour?.includes("BEGIN SSH SIGNATURE")
      ? "SSH"
      : "OTHER";
  return {
    author: personOf(value("author")),
    committer: personOf(value("committer")),
    subject: subjectOf(message),
    signature: armour === undefined ? null : { kind, armour, payload: Buffer.concat([...kept, message]) },
  };
}

/** The id that an object's bytes stand for; a commit that was tampered with has another. */
export function idOfCommit(object: Uint8Array): string {
  return createHash("sha1").update(`commit ${object.byteLength}\0`).update(object).digest("hex");
}

interface Header {
  name: string;
  value: string;
  /** Its lines as they stand there, line ends included. */
  raw: Uint8Array;
}

/** `message` begins with the empty line, as it is part of what is signed. */
function split(object: Uint8Array): { headers: Header[]; message: Uint8Array } {
  const headers: Header[] = [];
  let at = 0;
  while (at < object.length && object[at] !== newline) {
    let end = lineEnd(object, at);
    while (object[end] === 32) end = lineEnd(object, end);
    const raw = object.subarray(at, end);
    const text = Buffer.from(raw).toString("utf8").replace(/\n$/, "");
    const space = text.indexOf(" ");
    const name = space < 0 ? text : text.slice(0, space);
    headers.push({ name, value: space < 0 ? "" : text.slice(space + 1).replaceAll("\n ", "\n"), raw });
    at = end;
  }
  return { headers, message: object.subarray(at) };
}

function lineEnd(object: Uint8Array, from: number): number {
  const found = object.indexOf(newline, from);
  return found < 0 ? object.length : found + 1;
}

function personOf(text: string | undefined): Person | null {
  const [, name = "", email = "", seconds = ""] =
    /^(.*?) ?<([^>]*)> (\d{1,12}) [-+]\d{4}$/.exec(text ?? "") ?? [];
  const at = new Date(Number(seconds) * 1000);
  if (seconds === "" || Number.isNaN(at.getTime()) || at.getUTCFullYear() > 9999) return null;
  return { name: plain(name), email: plain(email), at };
}

function subjectOf(message: Uint8Array): string {
  const text = Buffer.from(message.subarray(0, 8_192)).toString("utf8").trimStart();
  return plain(text.split("\n", 1)[0]!).slice(0, maxSubject).toWellFormed();
}

/** Foreign text as Postgres and a terminal can take it. */
const plain = (text: string) =>
  text
    .replace(/\p{Cc}/gu, " ")
    .trim()
    .toWellFormed()
    .slice(0, 1_000);
