import { createPacketCutter } from "../git/packets.ts";

/** What git's servers send is no such thing; the message says what was wrong with it. */
export class NotGit extends Error {
  override readonly name = "NotGit";
}

/** Takes the lines of git's wire format as they come; null is a border between parts. */
export interface LineReader<Result> {
  line(text: string | null): void;
  /** What all lines said. Throws NotGit when something is missing. */
  end(): Result;
}

/** Which refs are of interest; the others are not kept. */
export type Wanted = (name: string) => boolean;

/** No list of refs needs more. */
const mostRefs = 10_000;
const longestLine = 8 * 1024;

/** Cuts what comes over the wire into lines, and hands them on one by one. Throws NotGit. */
export function createLineCutter(take: (line: string | null) => void) {
  const wrong = (how: string) => new NotGit(`it ${how}`);
  return createPacketCutter((packet) => take(typeof packet === "string" ? null : packet.toString("utf8")), {
    longest: longestLine,
    wrong,
  });
}

/** Reads lines that are all there. Throws NotGit. */
export function readAll<Result>(bytes: Uint8Array, reader: LineReader<Result>): Result {
  const cutter = createLineCutter((line) => reader.line(line));
  cutter.push(bytes);
  cutter.end();
  return reader.end();
}

export function pktLine(text: string): string {
  return (Buffer.byteLength(text) + 4).toString(16).padStart(4, "0") + text;
}

/** The question for the refs with these prefixes, each with the commit it stands for (git's protocol v2). */
export function lsRefsBody(prefixes: readonly string[]): string {
  const wanted = prefixes.map((prefix) => pktLine(`ref-prefix ${prefix}\n`)).join("");
  return `${pktLine("command=ls-refs\n")}0001${pktLine("peel\n")}${wanted}0000`;
}

/** Reads the answer to it. */
export function createLsRefsReader(wanted: Wanted): LineReader<Map<string, string>> {
  const refs = createRefs(wanted);
  let last: string | null | undefined;
  return {
    line(text) {
      last = text;
      if (text === null) return;
      const [oid = "", name = "", ...attributes] = text.replace(/\n$/, "").split(" ");
      if (oid === "ERR") throw new NotGit(text.slice(4, 200).trim());
      if (oid === "unborn") return;
      const peeled = attributes.find((one) => one.startsWith("peeled:"))?.slice("peeled:".length);
      refs.put(name, peeled ?? oid);
    },
    end() {
      if (last !== null) throw new NotGit("the list of refs has no end");
      return refs.all;
    },
  };
}

export type Advertisement = { protocol: 2 } | { protocol: 1; refs: Map<string, string> };

/** Reads what a server says first: that it speaks v2, or, of an older one, all its refs at once. */
export function createAdvertisementReader(wanted: Wanted): LineReader<Advertisement> {
  const refs = createRefs(wanted);
  let lines = 0;
  let isNew = false;
  return {
    line(text) {
      if (text === null || text.startsWith("# service=")) return;
      lines++;
      if (lines === 1 && text.trimEnd() === "version 2") isNew = true;
      if (isNew) return;
      const [oid = "", name = ""] = text.replace(/\n$/, "").split("\0", 1)[0]!.split(" ");
      if (oid === "ERR") throw new NotGit(text.slice(4, 200).trim());
      if (oid === "version" || name === "capabilities^{}" || oid === "shallow") return;
      refs.put(name.replace(/\^\{\}$/, ""), oid);
    },
    end() {
      // One that has no ref at all still says what it can.
      if (lines === 0) throw new NotGit("it says nothing");
      return isNew ? { protocol: 2 } : { protocol: 1, refs: refs.all };
    },
  };
}

function createRefs(wanted: Wanted) {
  const all = new Map<string, string>();
  return {
    all,
    put(name: string, id: string): void {
      if (!/^[0-9a-f]{40}$/.test(id)) {
        const isLong = /^[0-9a-f]{64}$/.test(id);
        throw new NotGit(isLong ? "its ids are SHA-256, which is not supported" : "a ref has no id");
      }
      if (!wanted(name)) return;
      all.set(name, id);
      if (all.size > mostRefs)
        throw new NotGit(`it has more than ${mostRefs} refs of those that are followed`);
    },
  };
}
