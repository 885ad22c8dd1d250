import {
  createAdvertisementReader,
  createLineCutter,
  createLsRefsReader,
  NotGit,
  pktLine,
} from "../../../server/drivers/pkt-line.ts";
import { checkFollowedRef, resolveRef } from "../../../server/drivers/refs.ts";
import { AppError } from "../../../lib/errors.ts";
import { mutated } from "../mutate.ts";
import type { FuzzTarget } from "../target.ts";

const id = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
const newer = `${pktLine(`${id} refs/heads/main\n`)}${pktLine(`${id} refs/tags/v1.2.0 peeled:${id}\n`)}0000`;
const first = `${pktLine("# service=git-upload-pack\n")}0000${pktLine("version 2\n")}${pktLine("ls-refs=unborn\n")}0000`;
const older = `${pktLine("# service=git-upload-pack\n")}0000${pktLine(`${id} HEAD\0multi_ack symref=HEAD:refs/heads/main\n`)}${pktLine(`${id} refs/tags/v1^{}\n`)}0000`;
const dictionary = [
  "0000",
  "0001",
  "0002",
  "0003",
  "0004",
  "ffff",
  "\0",
  "peeled:",
  "^{}",
  "ERR ",
  "unborn",
  id,
  "a".repeat(64),
];

/** What a git server says of its refs: a list of them, or that it is none. */
export const gitRefs: FuzzTarget<[text: string, ref: string]> = {
  name: "git-refs",
  share: 4,
  limitMs: 1_000,
  make: (random) => [
    random.int(10) === 0 ? random.text(200) : mutated(random, random.pick([newer, first, older]), dictionary),
    random.pick(["main", "v*", "*", random.text(20)]),
  ],
  run([text, ref]) {
    const bytes = Buffer.from(text, "latin1");
    for (const create of [createLsRefsReader, createAdvertisementReader]) {
      try {
        const reader = create(() => true);
        const cutter = createLineCutter((line) => reader.line(line));
        // In two pieces, as the network has it.
        const cut = bytes.length >> 1;
        cutter.push(bytes.subarray(0, cut));
        cutter.push(bytes.subarray(cut));
        cutter.end();
        const said = reader.end();
        const refs = said instanceof Map ? said : "refs" in said ? said.refs : new Map<string, string>();
        for (const commit of refs.values())
          if (!/^[0-9a-f]{40}$/.test(commit)) throw new Error(`a commit that is none: ${commit}`);
        const found = resolveRef(refs, checkFollowedRef(ref));
        if (found && refs.get(found.name) !== found.commit) throw new Error("another commit than was said");
      } catch (thrown) {
        if (!(thrown instanceof NotGit) && !(thrown instanceof AppError)) throw thrown;
      }
    }
  },
};
