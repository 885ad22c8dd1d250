import type { Random } from "./random.ts";

/** Changes a sound text in one to `most` places, as a slip of the hand or somebody with ill intent would. */
export function mutated(random: Random, text: string, dictionary: readonly string[], most = 8): string {
  let changed = text;
  for (let times = 1 + random.int(most); times > 0; times--)
    changed = random.pick(changes)(random, changed, dictionary);
  return changed.slice(0, 1_000_000);
}

type Change = (random: Random, text: string, dictionary: readonly string[]) => string;

const spliced = (text: string, at: number, length: number, put: string) =>
  text.slice(0, at) + put + text.slice(at + length);
const place = (random: Random, text: string) => random.int(text.length + 1);

const onLines =
  (change: (random: Random, lines: string[]) => void): Change =>
  (random, text) => {
    const lines = text.split("\n");
    change(random, lines);
    return lines.join("\n");
  };

const changes: Change[] = [
  (random, text) => spliced(text, place(random, text), random.int(20), ""),
  (random, text) => spliced(text, place(random, text), random.int(3), random.text(6)),
  (random, text, dictionary) => spliced(text, place(random, text), random.int(4), random.pick(dictionary)),
  (random, text, dictionary) => replacedWord(random, text, random.pick(dictionary)),
  (random, text, dictionary) => replacedValue(random, text, random.pick(dictionary)),
  (random, text) => replacedWord(random, text, random.pick(numbers)),
  onLines((random, lines) => lines.splice(random.int(lines.length), 1)),
  onLines((random, lines) => {
    const from = random.int(lines.length);
    const copied = lines.slice(from, from + 1 + random.int(4));
    lines.splice(random.int(lines.length), 0, ...copied);
  }),
  onLines((random, lines) => {
    const at = random.int(lines.length);
    lines[at] = " ".repeat(random.int(8)) + lines[at]!.trimStart();
  }),
  onLines((random, lines) => {
    const [one, other] = [random.int(lines.length), random.int(lines.length)];
    [lines[one], lines[other]] = [lines[other]!, lines[one]!];
  }),
  (random, text) => {
    const at = place(random, text);
    return spliced(text, at, 0, text.slice(at, at + random.int(200)).repeat(1 + random.int(3)));
  },
];

/** Puts another word in the place of one. */
function replacedWord(random: Random, text: string, put: string): string {
  const words = [...text.matchAll(/[\w.-]+/g)];
  if (words.length === 0) return text + put;
  const { index, 0: word } = random.pick(words);
  return spliced(text, index, word.length, put);
}

/** Puts something else behind a colon. */
function replacedValue(random: Random, text: string, put: string): string {
  const values = [...text.matchAll(/(?<=: ).+/g)];
  if (values.length === 0) return text + put;
  const { index, 0: value } = random.pick(values);
  return spliced(text, index, value.length, put);
}

const numbers = [
  "0",
  "-1",
  "-0",
  "1e400",
  ".inf",
  ".nan",
  "9007199254740993",
  "0x7fffffff",
  "0o17",
  "1_000",
  "1".repeat(400),
];
