import type { Node } from "yaml";
import type { Problem } from "./problem.ts";

/** A place in a YAML file: the node that stands there, if any, its path, and the offset to point at. */
export interface Place {
  node: Node | undefined;
  path: string;
  offset: number;
}

/**
 * Reads a YAML file piece by piece and notes everything that is wrong, each with its place, instead of
 * stopping at the first. Every reading function answers a value or undefined, and has said why it is undefined.
 */
export interface Reader {
  root: Place;
  /** In the order they were found; see `inOrder`. */
  problems: Problem[];
  note(place: Place, message: string): void;
  /** The line and the character that a place points at, from 1. */
  where(place: Place): { line: number; column: number };
  /** Whether something was written there (`null` counts as nothing). */
  has(place: Place): boolean;
  isMap(place: Place): boolean;
  /** The places of a map's known keys. Unknown keys are noted, as are the `required` ones that are missing. */
  map<K extends string>(place: Place, keys: readonly K[], required?: readonly K[]): Record<K, Place>;
  /** The same for a map that takes other keys, too. */
  openMap<K extends string>(place: Place, keys: readonly K[], required?: readonly K[]): MapPlaces<K>;
  /** Name and place of each entry of a map whose keys are the author's own. `<<` brings in another map's entries. */
  entries(place: Place): [string, Entry][];
  items(place: Place): Place[];
  text(place: Place, rule?: TextRule): string | undefined;
  number(place: Place, rule?: { whole?: boolean; min?: number; max?: number }): number | undefined;
  flag(place: Place): boolean | undefined;
  word(place: Place, words: readonly string[]): string | undefined;
  /** Whatever is there, as plain data that can be written as JSON. */
  data(place: Place): unknown;
}

/** A value's place, and the offset of its key. */
export interface Entry extends Place {
  key: number;
}

export interface MapPlaces<K extends string = string> {
  places: Record<K, Place>;
  others: [name: string, place: Entry][];
}

export interface TextRule {
  maxLength?: number;
  pattern?: RegExp;
  /** What the pattern asks for, in words: `a DNS label (a-z, 0-9, -)`. */
  wanted?: string;
}
