import {
  compareVersions,
  isVersion,
  lowestVersion,
  parseVersionRange,
  supports,
} from "../../../drivers/kit/index.ts";
import { mutated } from "../mutate.ts";
import type { Random } from "../random.ts";
import type { FuzzTarget } from "../target.ts";

const ranges = [
  ">=1.2,<2.0",
  "^1.2.3",
  "~1.4 || >=2 <3",
  "1.x",
  "==1.5,!=1.5.1",
  "~=1.4.2",
  "1.2 - 2.3.4-rc.1",
  "*",
];
const versions = ["1.6.0", "v1.6", "15", "1.2.3-rc.1+build.5", "2024.01.02", "1.0.0-alpha.beta.0"];
const dictionary = [
  ">=",
  "<",
  "||",
  "^",
  "~",
  "-",
  "==",
  "!=",
  "~=",
  ",",
  "x",
  "*",
  ".",
  " ",
  "v",
  "+",
  "999999999999999999999",
  "01",
];

interface Input {
  range: string;
  version: string;
  other: string;
}

const one = (random: Random, list: readonly string[]) =>
  random.chance(0.2) ? random.text(300) : mutated(random, random.pick(list), dictionary).slice(0, 400);

/** Ranges and versions: of any two texts, whether one has the other, and an order that is one. */
export const versionRanges: FuzzTarget<Input> = {
  name: "version-ranges",
  share: 30,
  limitMs: 500,
  make: (random) => ({
    range: one(random, ranges),
    version: one(random, versions),
    other: one(random, versions),
  }),
  run({ range, version, other }) {
    const allows = parseVersionRange(range);
    if (allows?.(version) && !isVersion(version)) throw new Error("a range that has what is no version");
    if (supports({ supportedVersions: range }, version) !== (allows?.(version) ?? false))
      throw new Error("supports() and the range differ");
    const lowest = lowestVersion(range);
    if (lowest !== null && !allows?.(lowest))
      throw new Error(`the lowest version ${lowest} is not in the range`);
    if (compareVersions(version, version) !== 0) throw new Error("a version that is not equal to itself");
    const [there, back] = [compareVersions(version, other), compareVersions(other, version)];
    const sorted = [version, other, "1.6.0", "2-rc"].toSorted(compareVersions);
    if (sorted.some((one, index) => sorted.slice(index).some((later) => compareVersions(one, later) > 0)))
      throw new Error(`an order that contradicts itself: ${JSON.stringify(sorted)}`);
    if (Math.sign(there) !== -Math.sign(back)) throw new Error(`no order: ${there} there and ${back} back`);
  },
};
