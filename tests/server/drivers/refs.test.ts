import { describe, expect, test } from "bun:test";
import { nextWaitMs, seenNow } from "../../../server/drivers/poll-decisions.ts";
import {
  createAdvertisementReader,
  createLineCutter,
  createLsRefsReader,
  lsRefsBody,
  NotGit,
  pktLine,
  readAll,
} from "../../../server/drivers/pkt-line.ts";
import { prefixesOf, resolveRef } from "../../../server/drivers/refs.ts";

const any = () => true;
const readLsRefs = (sent: Uint8Array) => readAll(sent, createLsRefsReader(any));
const readAdvertisement = (sent: Uint8Array) => readAll(sent, createAdvertisementReader(any));
const [a, b, c] = ["a", "b", "c"].map((digit) => digit.repeat(40)) as [string, string, string];
const bytes = (...lines: string[]) =>
  Buffer.from(lines.map((line) => (line === "" ? "0000" : pktLine(line))).join(""));

describe("git's wire format", () => {
  test("asks for what is followed only, with what tags stand for", () => {
    expect(lsRefsBody(["refs/heads/main"])).toBe(
      "0014command=ls-refs\n00010009peel\n001fref-prefix refs/heads/main\n0000",
    );
  });

  test("reads refs, and tags as the commits they stand for", () => {
    const refs = readLsRefs(
      bytes(`${a} refs/heads/main\n`, `${b} refs/tags/v1 peeled:${c}\n`, "unborn HEAD symref-target:x\n", ""),
    );
    expect([...refs]).toEqual([
      ["refs/heads/main", a],
      ["refs/tags/v1", c],
    ]);
  });

  test("reads what servers say first, new and old", () => {
    expect(readAdvertisement(bytes("version 2\n", "ls-refs=unborn\n", ""))).toEqual({ protocol: 2 });
    expect(readAdvertisement(bytes("# service=git-upload-pack\n", "", "version 2\n", ""))).toEqual({
      protocol: 2,
    });
    const old = readAdvertisement(
      bytes(
        "# service=git-upload-pack\n",
        "",
        `${a} HEAD\0multi_ack agent=x\n`,
        `${a} refs/heads/main\n`,
        `${b} refs/tags/v1\n`,
        `${c} refs/tags/v1^{}\n`,
        "",
      ),
    );
    expect(old).toMatchObject({ protocol: 1 });
    expect("refs" in old && old.refs.get("refs/tags/v1")).toBe(c);
    const empty = readAdvertisement(
      bytes("# service=git-upload-pack\n", "", `${"0".repeat(40)} capabilities^{}\0x\n`, ""),
    );
    expect(empty).toEqual({ protocol: 1, refs: new Map() });
  });

  test("keeps what is wanted only, also when it comes byte by byte", () => {
    const reader = createLsRefsReader((name) => name === "refs/heads/main");
    const cutter = createLineCutter((line) => reader.line(line));
    const sent = bytes(`${b} refs/heads/other\n`, `${a} refs/heads/main\n`, "");
    for (const byte of sent) cutter.push(Uint8Array.of(byte));
    cutter.end();
    expect([...reader.end()]).toEqual([["refs/heads/main", a]]);
    const many = Array.from({ length: 10_001 }, (_, index) => `${a} refs/tags/v${index}\n`);
    expect(() => readLsRefs(bytes(...many, ""))).toThrow("more than 10000 refs");
  });

  const garbage: [string, Buffer][] = [
    ["no number", Buffer.from("zzzz")],
    ["an end in the middle", Buffer.from("00ffshort")],
    ["a line that is too long", Buffer.from(`ffff${"x".repeat(70_000)}`)],
    ["a length of three", Buffer.from("0003")],
    ["no end", bytes(`${a} refs/heads/main\n`)],
    ["an id that is none", bytes("hello refs/heads/main\n", "")],
    ["SHA-256", bytes(`${"a".repeat(64)} refs/heads/main\n`, "")],
    ["an error of the server", bytes("ERR access denied\n", "")],
    ["nothing", Buffer.alloc(0)],
  ];
  for (const [what, answer] of garbage) {
    test(`refuses ${what}`, () => void expect(() => readLsRefs(answer)).toThrow(NotGit));
  }
});

describe("a followed ref", () => {
  const refs = new Map([
    ["refs/heads/main", a],
    ["refs/heads/v1", b],
    ["refs/tags/v1", c],
    ["refs/tags/v1.9", a],
    ["refs/tags/v1.10", b],
    ["refs/tags/v2.0-rc1", c],
    ["refs/tags/vnext", c],
    ["refs/tags/shop/3.0", c],
    ["refs/tags/shop/3.1+b", a],
  ]);
  const cases: [string, string | undefined, string | undefined][] = [
    ["main", "refs/heads/main", a],
    ["v1", "refs/heads/v1", b],
    ["refs/tags/v1", "refs/tags/v1", c],
    ["v*", "refs/tags/v1.10", b],
    ["v1.*", "refs/tags/v1.10", b],
    ["v2.*", undefined, undefined],
    ["shop/*", "refs/tags/shop/3.0", c],
    ["refs/tags/shop/*", "refs/tags/shop/3.0", c],
    ["mai", undefined, undefined],
  ];
  for (const [ref, name, commit] of cases) {
    test(`${ref} is ${name ?? "nothing"}`, () => {
      expect(resolveRef(refs, ref)).toEqual(name === undefined ? undefined : { name, commit: commit! });
      for (const [known] of refs) {
        // What is found was asked for.
        if (known === name) expect(prefixesOf(ref).some((prefix) => known.startsWith(prefix))).toBe(true);
      }
    });
  }

  test("that has not moved is nothing to record", () => {
    const source = {
      id: "1",
      url: "u",
      ref: "main",
      seenRef: "refs/heads/main",
      seenCommit: a,
      loadedCommit: a,
      isPending: false,
      failure: null,
    };
    expect(seenNow(source, refs)).toBeUndefined();
    expect(seenNow({ ...source, loadedCommit: b }, refs)).toMatchObject({ seenCommit: a, load: true });
    expect(seenNow({ ...source, loadedCommit: b, isPending: true }, refs)).toBeUndefined();
    expect(seenNow({ ...source, seenCommit: b }, refs)).toMatchObject({ seenCommit: a, load: false });
    expect(seenNow({ ...source, seenCommit: b, loadedCommit: b }, refs)).toMatchObject({ load: true });
    const gone = seenNow({ ...source, ref: "gone" }, refs)!;
    expect(gone).toMatchObject({ seenCommit: null, load: false, failure: { about: "REF" } });
    expect(seenNow({ ...source, ref: "gone", failure: gone.failure }, refs)).toBeUndefined();
    expect(seenNow({ ...source, failure: gone.failure }, refs)).toMatchObject({ load: true, failure: null });
  });
});

test("the wait has jitter, grows with failures and ends at an hour", () => {
  expect(nextWaitMs(300, 0, () => 0)).toBe(270_000);
  expect(nextWaitMs(300, 0, () => 1)).toBe(330_000);
  expect(nextWaitMs(300, 2, () => 0.5)).toBe(1_200_000);
  expect(nextWaitMs(300, 50, () => 0.5)).toBe(3_600_000);
  expect(nextWaitMs(86_400, 3, () => 0.5)).toBe(86_400_000);
});
