import { describe, expect, test } from "bun:test";
import {
  compareVersions,
  latestVersion,
  lowestVersion,
  rangeEnds,
  supports,
} from "../../drivers/kit/index.ts";

const ranges: [range: string, version: string, supported: boolean][] = [
  [">=1.2,<2.0", "1.2", true],
  [">=1.2,<2.0", "1.6.0", true],
  [">=1.2,<2.0", "v1.6.0", true],
  [">=1.2,<2.0", "1.1.9", false],
  [">=1.2,<2.0", "2.0.0", false],
  [">=1.2,<2.0", "2.0.0-rc1", false],
  [">=1.2, !=1.5.0", "1.5.0", false],
  [">=1.2, !=1.5.0", "1.5.1", true],
  ["==1.6.0", "1.6", true],
  ["==1.6.0", "1.6.1", false],
  ["~=1.4", "1.9", true],
  ["~=1.4", "2.0", false],
  ["~=1.4.2", "1.4.9", true],
  ["~=1.4.2", "1.5.0", false],
  [">=1.2 <2.0", "1.6.0", true],
  ["^1.2", "1.6.0", true],
  ["^1.2", "2.0.0", false],
  ["~1.2.3", "1.2.9", true],
  ["1.x || 3", "3.1.4", true],
  ["1.x || 3", "2.0.0", false],
  ["1.0.0 || 1.1.0", "1.0.0", true],
  ["1.2.3 - 2.3.4", "2.3.4", true],
  ["*", "0.0.1", true],
  ["15", "15.4", true],
  // Pre-releases count at their place before the release, but are not below a bound that they lead up to.
  [">=1.2,<2.0", "1.2.0-rc.1", true],
  [">=1.2,<2.0", "1.5.0-beta", true],
  [">=1.2,<2.0", "2.0.0-rc.1", false],
  ["^1.2", "1.3.0-rc.1", true],
  ["^1.2", "2.0.0-rc.1", false],
  [">=1.5.0-rc.2", "1.5.0-rc.1", false],
  [">=1.5.0-rc.2", "1.5.0-rc.10", true],
  [">=1.5.0-rc.2", "1.5.0", true],
  [">=1.2,!=1.5.0", "1.5.0-rc.1", true],
  // A version that is cut short stands for all that begin with it.
  ["==15", "15.4", true],
  ["<=1.5", "1.5.3", true],
  ["<=1.5", "1.6.0", false],
  [">1.5", "1.5.3", false],
  ["*", "newest", false],
  ["*", "", false],
  ["*", "1.0; drop table", false],
];

describe("supported versions", () => {
  test.each(ranges)("%s and %s: %j", (supportedVersions, version, supported) => {
    expect(supports({ supportedVersions }, version)).toBe(supported);
  });

  test.each<[range: string, ends: string[]]>([
    [">=1.0.0,<=1.1.0", ["1.0.0", "1.1.0"]],
    [">=1.2,<2.0", ["1.2.0"]],
    ["<=1.1, >=1.0, !=1.0.0", ["1.1"]],
    ["1.0.0 || 1.2.0 || 1.10.0", ["1.0.0", "1.10.0"]],
    ["1.2.3 - 2.3.4", ["1.2.3", "2.3.4"]],
    [">=14,<=15", ["14.0.0", "15"]],
    ["15", ["15.0.0"]],
    ["1.x || 3.x", ["1.0.0"]],
    ["<2.0", []],
    ["*", []],
    ["no range", []],
  ])("%s tells its ends: %j", (range, ends) => {
    expect(rangeEnds(range)).toEqual(ends);
  });

  test("name the lowest version for a trial", () => {
    expect(lowestVersion(">=1.2,<2.0")).toBe("1.2.0");
    expect(lowestVersion("^3.1")).toBe("3.1.0");
    expect(lowestVersion(">1.2")).toBe("1.3.0");
    // A range that the library's own look-up chokes on.
    expect(lowestVersion("===1.4.2")).toBeOneOf(["1.4.2", null]);
  });
});

describe("a driver's own versions", () => {
  test("are ordered by their numbers, pre-releases before releases", () => {
    const ordered = ["beta", "1.9", "1.10", "2.0.0-alpha", "2.0.0-rc1", "2.0.0", "2.0.1", "v3", "10"];
    expect(ordered.toReversed().toSorted(compareVersions)).toEqual(ordered);
  });

  test("are equal whatever zeros stand before a number, in either direction", () => {
    for (const [one, other] of [
      ["01", "1"],
      ["1.0", "1"],
      ["1.02", "1.2.0"],
    ] as const)
      expect([compareVersions(one, other), compareVersions(other, one)].map((order) => order || 0)).toEqual([
        0, 0,
      ]);
  });

  test("the highest is the latest, and load time breaks ties", () => {
    const versions = [
      { version: "3", loadedAt: "2026-01-01T00:00:00Z" },
      { version: "3.0", loadedAt: "2026-01-02T00:00:00Z" },
      { version: "2.9", loadedAt: new Date("2026-02-01T00:00:00Z") },
    ];
    expect(latestVersion(versions)?.loadedAt).toBe("2026-01-02T00:00:00Z");
    expect(latestVersion([])).toBeUndefined();
  });
});
