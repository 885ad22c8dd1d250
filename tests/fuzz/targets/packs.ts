import { createHash } from "node:crypto";
import { AppError } from "../../../lib/errors.ts";
import { GitRefusal } from "../../../server/git/errors.ts";
import { guarded } from "../../../server/git/guard.ts";
import {
  blob,
  branch,
  commit,
  copy,
  delta,
  insert,
  namedDelta,
  offsetDelta,
  pack,
  type PackEntry,
  packed,
  sideBand,
  tree,
} from "../../helpers/raw-git.ts";
import type { Random } from "../random.ts";
import type { FuzzTarget } from "../target.ts";

const limits = { objects: 1_000, objectBytes: 1_000_000, inflatedBytes: 4_000_000, deltaDepth: 20 };

/** What a server answers to a fetch or to the question for refs: nearly git's, in what is packed or in how it is sent. */
export const packs: FuzzTarget<{ method: "GET" | "POST"; bytes: Buffer }> = {
  name: "packs",
  share: 3,
  limitMs: 500,
  make(random) {
    if (random.chance(0.2)) return { method: "GET", bytes: damaged(random, branch(blob("x").oid)) };
    const whole = somePack(random);
    if (random.chance(0.3)) return { method: "POST", bytes: damaged(random, sideBand(whole)) };
    const bad = damaged(random, whole);
    // With a checksum that fits, so that what lies behind it is reached.
    const body = bad.subarray(0, Math.max(0, bad.length - 20));
    const checksum = createHash("sha1").update(body).digest();
    return { method: "POST", bytes: sideBand(Buffer.concat([body, checksum])) };
  },
  async run({ method, bytes }) {
    const what = method === "POST" ? "result" : "advertisement";
    const headers = { "content-type": `application/x-git-upload-pack-${what}` };
    const url = "https://git.example.org/x";
    const answer = { url, method, statusCode: 200, statusMessage: "OK", headers, body: [bytes] as never };
    try {
      const passed = await guarded({ request: async () => answer }, { limits, url }).request({ url, method });
      if (passed.statusCode !== 200) throw new Error("the guard made another answer");
    } catch (thrown) {
      if (!(thrown instanceof AppError) && !(thrown instanceof GitRefusal)) throw thrown;
      if (/\p{Cc}/u.test(thrown.message)) throw new Error("the refusal holds a control character");
    }
  },
};

function somePack(random: Random): Buffer {
  const file = blob(random.bytes(random.int(200)));
  const root = tree([["100644", random.pick(["a", "driver.styrmin.yml"]), file.oid]]);
  const entries: PackEntry[] = [commit(root.oid), root, file];
  const size = file.content.length;
  const change = delta(size, size + 3, copy(0, size), insert("end"));
  if (random.chance(0.5)) entries.push(offsetDelta(packed(file).length, change));
  if (random.chance(0.5)) entries.push(namedDelta(file.oid, change));
  return pack(entries);
}

/** Other bits, fewer bytes, more bytes, numbers at their limits. */
function damaged(random: Random, bytes: Buffer): Buffer {
  let made = Buffer.from(bytes);
  for (let times = random.int(4); times > 0; times--) {
    const at = random.int(made.length + 1);
    const rest = made.subarray(at);
    const kind = random.int(5);
    if (kind === 0) made[Math.min(at, made.length - 1)]! ^= 1 << random.int(8);
    else if (kind === 1) made = Buffer.concat([made.subarray(0, at), rest.subarray(random.int(8))]);
    else if (kind === 2) made = Buffer.concat([made.subarray(0, at), random.bytes(1 + random.int(8)), rest]);
    else if (kind === 3)
      made = Buffer.concat([made.subarray(0, at), Buffer.alloc(4, 0xff), rest.subarray(4)]);
    else made = Buffer.concat([made.subarray(0, at), made.subarray(random.int(at + 1), at), rest]);
    if (made.length === 0) return made;
  }
  return made;
}
