/**
 * A text that differs between two renders (`one`, `other`), with its random words as they were `before` and all else as it
 * is now. Where one of them is not found there for certain, the whole of it is as it was: a setting that does not come is
 * less harm than a password that changes. Pure.
 */
export function keepText(one: string, other: string, before: string): string {
  const [now, again, had] = [partsOf(one), partsOf(other), partsOf(before)];
  if (now.length !== again.length) return before;
  const [words, earlier] = [wordsByPlace(now), wordsByPlace(had)];
  const kept: string[] = [];
  for (const [at, part] of now.entries()) {
    if (part === again[at]) {
      kept.push(part);
      continue;
    }
    const place = placeOf(now, at);
    // The word before it must be none of chance, and of words at places that look alike nobody knows which is which.
    if (place === undefined || place !== placeOf(again, at) || words.get(place)!.length > 1) return before;
    const [found, ...more] = earlier.get(place) ?? [];
    if (found === undefined || more.length > 0) return before;
    kept.push(found);
  }
  return kept.join("");
}

/** The same for what stands in a Secret. Each byte is a character, so that what is no text comes out as it was. */
export function keepEncoded(one: string, other: string, before: string): string {
  const plain = (text: string) => Buffer.from(text, "base64").toString("latin1");
  const had = plain(before);
  const kept = keepText(plain(one), plain(other), had);
  return kept === had ? before : Buffer.from(kept, "latin1").toString("base64");
}

/** Words, and between each two what is between them. A UUID is one word: its parts are the same in two of them too often. */
const partsOf = (text: string): string[] => text.split(/([^\p{L}\p{N}_-]+)/u);

/**
 * What a word is told by: the word before it in its line, such as the key that it is the value of, what is between the
 * two, its length and what ends it. Undefined for the first of a line, such as each of a certificate.
 */
function placeOf(parts: string[], at: number): string | undefined {
  const [name, between, word, after = ""] = [parts[at - 2], parts[at - 1], parts[at]!, parts[at + 1]];
  if (at % 2 === 1 || !name || between!.includes("\n")) return undefined;
  return JSON.stringify([name, between, word.length, after.charAt(0).trim()]);
}

function wordsByPlace(parts: string[]): Map<string, string[]> {
  const words = new Map<string, string[]>();
  for (const [at, word] of parts.entries()) {
    const place = placeOf(parts, at);
    if (place === undefined) continue;
    const alike = words.get(place);
    if (alike) alike.push(word);
    else words.set(place, [word]);
  }
  return words;
}
