import { isMap, isScalar, isSeq, type Node } from "yaml";
import { reservedNames } from "./merge.ts";
import type { Entry, MapPlaces, Place, Reader } from "./place.ts";
import { didYouMean, type Problem } from "./problem.ts";
import { brief, kindOf, readYaml } from "./yaml-source.ts";

export type * from "./place.ts";

/** So many values are read of one file, far more than any driver has: aliases let a small file stand for any number. */
const maxValues = 20_000;
const maxProblems = 100;
const maxDepth = 30;

export function createReader(text: string, file: string): Reader {
  const source = readYaml(text, file);
  const problems: Problem[] = [...source.problems];
  let values = 0;

  const note = ({ path, offset }: Place, message: string): void => {
    if (problems.length > maxProblems) return;
    const place = { file, ...source.at(offset) };
    if (problems.length < maxProblems)
      problems.push({ ...place, field: path.toWellFormed(), message: message.toWellFormed() });
    else problems.push({ file, field: "", message: `has more problems than these ${maxProblems}` });
  };
  const place = (node: unknown, path: string, offset: number): Place => {
    const found = source.resolve(node);
    const own = (node as Node | undefined)?.range?.[0];
    return { node: found, path, offset: found && own !== undefined ? own : offset };
  };
  const spend = (at: Place): boolean => {
    if (values++ === maxValues) note(at, `is too much: a driver has ${maxValues} values at most`);
    return values <= maxValues;
  };

  /** The places of a map's entries by name; an entry that is merged in stands behind the map's own. */
  const entriesOf = (at: Place, inside: readonly Node[] = []): Map<string, Entry> => {
    const found = new Map<string, Entry>();
    if (at.node === undefined) return found;
    if (!isMap(at.node)) {
      note(at, `must be a map of keys and values, not ${kindOf(at.node)}`);
      return found;
    }
    const merged: Place[] = [];
    for (const { key, value } of at.node.items) {
      if (!spend(at)) break;
      const offset = (key as Node | null)?.range?.[0] ?? at.offset;
      const name = isScalar(key) && key.value !== null ? String(key.source ?? key.value) : "";
      const path = at.path === "" ? name : `${at.path}.${name}`;
      const entry = { ...placeOfValue(value, path, offset), key: offset };
      if (name === "<<") merged.push(entry);
      else if (name === "" || name.length > 253) note({ ...at, offset }, "has a key that is no plain text");
      else if (reservedNames.has(name)) note({ ...entry, offset }, "is a name that cannot be used");
      else if (found.has(name)) note({ ...entry, offset }, repeats(name, found.get(name)!.key));
      else found.set(name, entry);
    }
    for (const map of merged) mergeInto(found, map, [...inside, at.node]);
    return found;
  };
  /** A map or a list that begins below its key is pointed at by its key. */
  const placeOfValue = (value: unknown, path: string, key: number): Place => {
    const made = place(value, path, key);
    const below = (isMap(value) || isSeq(value)) && !value.flow;
    return below ? { ...made, offset: key } : made;
  };
  const repeats = (name: string, offset: number) =>
    `comes twice: "${name}" is in line ${source.at(offset).line} already`;
  const mergeInto = (into: Map<string, Entry>, at: Place, inside: readonly Node[]): void => {
    const maps = isSeq(at.node) ? at.node.items.map((item) => place(item, at.path, at.offset)) : [at];
    for (const map of maps) {
      if (inside.length > maxDepth || !isMap(map.node) || inside.includes(map.node)) {
        note(map, "must be another map, or a list of maps");
        continue;
      }
      const path = at.path.replace(/\.?<<$/, "");
      for (const [name, entry] of entriesOf({ ...map, path }, inside))
        if (!into.has(name)) into.set(name, entry);
    }
  };

  const plain = (at: Place, inside: readonly Node[]): unknown => {
    const { node } = at;
    if (node === undefined || !spend(at)) return null;
    if (inside.length > maxDepth || inside.includes(node)) {
      note(at, inside.includes(node) ? "contains itself" : "is nested too deeply");
      return null;
    }
    if (isMap(node)) {
      const entries = [...entriesOf(at)].map(([name, value]) => [name, plain(value, [...inside, node])]);
      return Object.fromEntries(entries);
    }
    if (isSeq(node)) return itemsOf(at).map((item) => plain(item, [...inside, node]));
    const { value } = node as { value?: unknown };
    if (typeof value === "string" && isSound(value)) return value;
    if (typeof value === "boolean" || Number.isFinite(value)) return value;
    note(
      at,
      typeof value === "string" ? "must be well-formed text" : "must be a text, a number, true or false",
    );
    return null;
  };
  const itemsOf = (at: Place): Place[] => {
    if (at.node === undefined) return [];
    if (!isSeq(at.node)) {
      note(at, `must be a list, not ${kindOf(at.node)}`);
      return [];
    }
    const found: Place[] = [];
    for (const [index, item] of at.node.items.entries()) {
      if (!spend(at)) break;
      const offset = (item as Node | null)?.range?.[0] ?? at.offset;
      found.push(place(item, `${at.path}[${index}]`, offset));
    }
    return found;
  };

  const split = <K extends string>(at: Place, keys: readonly K[]): MapPlaces<K> => {
    const found = entriesOf(at);
    const path = (key: string) => (at.path === "" ? key : `${at.path}.${key}`);
    const places = Object.fromEntries(
      keys.map((key) => [key, found.get(key) ?? { node: undefined, path: path(key), offset: at.offset }]),
    ) as Record<K, Place>;
    return { places, others: [...found].filter(([name]) => !keys.includes(name as K)) };
  };
  const noteMissing = <K extends string>(at: Place, places: Record<K, Place>, required: readonly K[]) => {
    // What is missing in something that is missing itself need not be told.
    const whole = at.node === undefined ? at.path === "" : isMap(at.node);
    for (const key of required) {
      if (whole && places[key].node === undefined) note(places[key], "is missing");
    }
  };

  return {
    root: place(source.root, "", 0),
    problems,
    note,
    where({ offset }) {
      const { line, column } = source.at(offset);
      return { line, column };
    },
    has: (at) => at.node !== undefined,
    isMap: (at) => isMap(at.node),
    entries: (at) => [...entriesOf(at)],
    items: itemsOf,

    map(at, keys, required = []) {
      const { places, others } = split(at, keys);
      for (const [name, value] of others) {
        const known = didYouMean(name, keys) || `; known are ${keys.join(", ")}`;
        note({ ...value, offset: value.key }, `is not a known key${known}`);
      }
      noteMissing(at, places, required);
      return places;
    },
    openMap(at, keys, required = []) {
      const found = split(at, keys);
      noteMissing(at, found.places, required);
      return found;
    },

    text(at, { maxLength = 4096, pattern, wanted } = {}) {
      if (at.node === undefined) return undefined;
      // `1.10` without quotes is a number to YAML; its source is what the author meant.
      const { value, source: written } = isScalar(at.node) ? at.node : {};
      const text = Number.isFinite(value) ? (written ?? String(value)) : value;
      const quote = typeof text === "boolean" || typeof text === "number" ? "; put it in quotes" : "";
      if (typeof text !== "string") note(at, `must be a text, not ${kindOf(at.node)}${quote}`);
      else if (text.length > maxLength)
        note(at, `must have ${maxLength} characters at most, not ${text.length}`);
      else if (!isSound(text)) note(at, "must be well-formed text");
      else if (pattern && !pattern.test(text)) note(at, `must be ${wanted}, not ${brief(text)}`);
      else return text;
      return undefined;
    },

    number(at, { whole = false, min, max } = {}) {
      if (at.node === undefined) return undefined;
      const value = isScalar(at.node) ? at.node.value : undefined;
      const what = whole ? "a whole number" : "a number";
      if (typeof value !== "number" || !Number.isFinite(value) || (whole && !Number.isSafeInteger(value))) {
        const quote = isScalar(at.node) && /^-?\d+(\.\d+)?$/.test(String(value)) ? quoteHint(value) : "";
        note(at, `must be ${what}, not ${kindOf(at.node)}${quote}`);
      } else if ((min !== undefined && value < min) || (max !== undefined && value > max)) {
        note(at, `must be ${what} from ${min ?? "any"} to ${max ?? "any"}, not ${value}`);
      } else return value;
      return undefined;
    },

    flag(at) {
      if (at.node === undefined) return undefined;
      const value = isScalar(at.node) ? at.node.value : undefined;
      if (typeof value === "boolean") return value;
      note(at, `must be true or false, not ${kindOf(at.node)}`);
      return undefined;
    },

    word(at, words) {
      if (at.node === undefined) return undefined;
      const value = isScalar(at.node) ? String(at.node.source ?? at.node.value) : undefined;
      const found = words.find((word) => word === value);
      if (found !== undefined) return found;
      const near = value === undefined ? "" : didYouMean(value, words);
      const wanted = words.length === 1 ? words[0]! : `one of ${words.join(", ")}`;
      note(at, `must be ${wanted}, not ${value === undefined ? kindOf(at.node) : brief(value)}${near}`);
      return undefined;
    },

    data: (at) => (at.node === undefined ? undefined : plain(at, [])),
  };
}

const quoteHint = (value: unknown) => (typeof value === "string" ? "; take the quotes away" : "");
const isSound = (text: string) => !text.includes("\0") && text.isWellFormed();
