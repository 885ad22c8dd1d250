import { describe, expect, test } from "bun:test";
import { AppError } from "../../../lib/errors.ts";
import { againIn, isWorthWaiting, skippedOf } from "../../../server/drivers/load-decisions.ts";
import { type Line, lineSince } from "../../../server/git/history.ts";
import { randomOf } from "../../fuzz/random.ts";
import { parentsOf } from "../../../server/git/objects.ts";

/** `c:b,x b:a a:` is c, which comes from b and merged x, and so on. What is no entry is not known. */
const graph = (text: string) =>
  new Map(
    text.split(" ").map((entry) => {
      const [commit, parents] = entry.split(":");
      return [commit!, parents === "" ? [] : parents!.split(",")] as const;
    }),
  );

describe("the commits since another", () => {
  const cases: [what: string, commits: string, tip: string, since: string, line: string][] = [
    ["none", "a:", "a", "a", "a"],
    ["one, of which the one before need not be known", "b:a", "b", "a", "b < a"],
    ["several", "d:c c:b b:a a:", "d", "a", "d c b < a"],
    ["several, without what the oldest changed", "d:c c:b b:a", "d", "a", "OPEN"],
    ["a merge, and not what was merged", "m:b,y y:x x:a b:a a:", "m", "a", "m b < a"],
    // `git rev-list --first-parent l..m` lists these three too.
    ["a merge of the branch into another", "m:f,l f:e e:a l:a a:", "m", "l", "m f e < a"],
    ["a merge of a branch of its own beginning", "m:f,l f:e e: l:a a:", "m", "l", "m f e"],
    ["the same, with a part that is not known", "m:f,l f:e e: l:a", "m", "l", "OPEN"],
    ["more than is known", "d:c c:b", "d", "a", "OPEN"],
    ["none, since the branch was rewritten", "d:c c:a a:", "d", "b", "UNRELATED"],
    ["none, since the branch was set back", "a:", "a", "b", "UNRELATED"],
    ["what is on a merged branch only", "m:b,y y:l l:a b:a a:", "m", "l", "m b < a"],
  ];
  for (const [what, commits, tip, since, line] of cases) {
    test(`are ${what}`, () => {
      const found = lineSince(graph(commits), tip, since);
      const base = found.state === "FOUND" && found.base ? ` < ${found.base}` : "";
      expect(found.state === "FOUND" ? found.commits.join(" ") + base : found.state).toBe(line);
    });
  }

  test("are told rightly or not at all, however little of the graph is known", () => {
    const random = randomOf("history");
    const found = { FOUND: 0, UNRELATED: 0, OPEN: 0 };
    for (let round = 0; round < 300; round++) {
      const all = new Map<string, string[]>();
      for (let commit = 0; commit < 15; commit++) {
        const parents = Array.from({ length: random.int(8) === 0 ? 0 : 1 + random.int(2) }, () =>
          String(commit - 1 - random.int(4)),
        );
        all.set(String(commit), [...new Set(parents.filter((parent) => Number(parent) >= 0))]);
      }
      const [tip, since] = [String(14 - random.int(3)), String(random.int(12))];
      const whole = lineSince(all, tip, since);
      expect(whole.state).not.toBe("OPEN");
      const known = new Map([...all].filter(([commit]) => commit === tip || random.int(4) > 0));
      const part = lineSince(known, tip, since);
      found[part.state]++;
      if (part.state !== "OPEN") expect<Line>(part).toEqual(whole);
    }
    for (const count of Object.values(found)) expect(count).toBeGreaterThan(10);
  });

  test("are told by what commits say of their parents", () => {
    const [one, two] = ["1".repeat(40), "2".repeat(40)];
    const head = `tree ${"0".repeat(40)}\n`;
    const parents = (text: string) => parentsOf(Buffer.from(`${head}${text}author x\n\nparent ${one}\n`));
    expect(parents("")).toEqual([]);
    expect(parents(`parent ${one}\nparent ${two}\n`)).toEqual([one, two]);
    expect(parents("parent no\n")).toEqual([]);
  });
});

describe("what is passed over", () => {
  const [since, tip] = ["a".repeat(40), "b".repeat(40)];
  const leftOut = { count: 3, from: "c".repeat(40), to: "d".repeat(40), limit: "commits" as const };
  const error = new AppError("LIMIT", "The repository unpacks to more (limit: unpacked bytes).");

  test("is nothing when all was read", () => {
    expect(skippedOf({ state: "FOUND", leftOut: null }, since, tip)).toBeNull();
  });

  test("is told with how many, which, and why", () => {
    expect(skippedOf({ state: "FOUND", leftOut }, since, tip)).toEqual({
      count: 3,
      from: leftOut.from,
      to: leftOut.to,
      message: expect.stringMatching(/^3 commits, c{12} to d{12}, were not loaded.*limit: commits/),
    });
    const why = (found: Parameters<typeof skippedOf>[0]) => skippedOf(found, since, tip)!.message;
    expect(why({ state: "UNRELATED" })).toContain("another history");
    expect(why({ state: "OPEN" })).toContain("limit: history");
    expect(why({ state: "OPEN", error })).toContain("limit: unpacked bytes");
  });

  test("is waited for a few times, when it may come yet", () => {
    const away = new AppError("UNAVAILABLE", "It does not answer.");
    expect([0, 3, 4].map((failures) => isWorthWaiting(away, failures))).toEqual([true, true, false]);
    expect(isWorthWaiting(error, 0)).toBe(false);
    const missing = (field: string) => new AppError("NOT_FOUND", "There is none.", { field });
    // A chart that is not published yet, a git server behind a proxy; but not what the commit itself lacks.
    expect(["helm", "url"].map((field) => isWorthWaiting(missing(field), 0))).toEqual([true, true]);
    expect(["ref", "path"].map((field) => isWorthWaiting(missing(field), 0))).toEqual([false, false]);
    expect([againIn(0), againIn(1), againIn(50)]).toEqual([15_000, 30_000, 3_600_000]);
  });
});
