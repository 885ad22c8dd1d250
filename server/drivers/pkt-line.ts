/** What git's servers send is no such thing; the message says what was wrong with it. */
export class NotGit extends Error {
  override readonly name = "NotGit";
}

/** The lines of git's wire format: each after its length in four hex digits; null for a border between parts. */
export function pktLines(bytes: Uint8Array): (string | null)[] {
  const text = Buffer.from(bytes).toString("latin1");
  const lines: (string | null)[] = [];
  let at = 0;
  while (at < text.length) {
    const head = text.slice(at, at + 4);
    if (!/^[0-9a-f]{4}$/i.test(head)) throw new NotGit("a length is no number");
    const length = Number.parseInt(head, 16);
    if (length === 3) throw new NotGit("a length is too small");
    if (length < 3) {
      lines.push(null);
      at += 4;
      continue;
    }
    if (at + length > text.length) throw new NotGit("it ends in the middle of a line");
    lines.push(Buffer.from(text.slice(at + 4, at + length), "latin1").toString("utf8"));
    at += length;
  }
  return lines;
}

export function pktLine(text: string): string {
  return (Buffer.byteLength(text) + 4).toString(16).padStart(4, "0") + text;
}

/** The question for the refs with these prefixes, each with the commit it stands for (git's protocol v2). */
export function lsRefsBody(prefixes: readonly string[]): string {
  const wanted = prefixes.map((prefix) => pktLine(`ref-prefix ${prefix}\n`)).join("");
  return `${pktLine("command=ls-refs\n")}0001${pktLine("peel\n")}${wanted}0000`;
}

/** Reads the answer to it. Throws NotGit. */
export function readLsRefs(bytes: Uint8Array): Map<string, string> {
  const refs = new Map<string, string>();
  const lines = pktLines(bytes);
  if (lines.at(-1) !== null) throw new NotGit("the list of refs has no end");
  for (const line of lines) {
    if (line === null) continue;
    const [oid = "", name = "", ...attributes] = line.replace(/\n$/, "").split(" ");
    if (oid === "ERR") throw new NotGit(line.slice(4, 200).trim());
    if (oid === "unborn") continue;
    const peeled = attributes.find((one) => one.startsWith("peeled:"))?.slice("peeled:".length);
    refs.set(name, commitId(peeled ?? oid));
  }
  return refs;
}

/**
 * Reads what a server says first: that it speaks v2, or, of an older one, all its refs at once. Throws NotGit.
 */
export function readAdvertisement(
  bytes: Uint8Array,
): { protocol: 2 } | { protocol: 1; refs: Map<string, string> } {
  const lines = pktLines(bytes).filter((line) => line !== null && !line.startsWith("# service="));
  if (lines[0]?.trimEnd() === "version 2") return { protocol: 2 };
  // One that has no ref at all still says what it can.
  if (lines.length === 0) throw new NotGit("it says nothing");
  const refs = new Map<string, string>();
  for (const line of lines) {
    const [oid = "", name = ""] = line!.replace(/\n$/, "").split("\0", 1)[0]!.split(" ");
    if (oid === "ERR") throw new NotGit(line!.slice(4, 200).trim());
    if (oid === "version" || name === "capabilities^{}" || oid === "shallow") continue;
    refs.set(name.replace(/\^\{\}$/, ""), commitId(oid));
  }
  return { protocol: 1, refs };
}

function commitId(oid: string): string {
  if (/^[0-9a-f]{40}$/.test(oid)) return oid;
  throw new NotGit(
    /^[0-9a-f]{64}$/.test(oid) ? "its ids are SHA-256, which is not supported" : "a ref has no id",
  );
}
