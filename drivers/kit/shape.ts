import type { Place, TextRule } from "./reader.ts";

/**
 * What a place of a driver file may hold, as data: the reader reads by it, and the published JSON Schema is made of
 * it, so that both say the same. `about` is the line of help that an editor shows.
 */
export type Shape =
  | TextShape
  | WordShape
  | NumberShape
  | FlagShape
  | AnyShape
  | ListShape<any>
  | RecordShape<any>
  | ObjectShape<any>;

export interface TextShape {
  type: "text";
  about: string;
  rule: TextRule;
}

export interface WordShape<W extends string = string> {
  type: "word";
  about: string;
  words: readonly W[];
}

export interface NumberShape {
  type: "number";
  about: string;
  rule: { whole?: boolean; min?: number; max?: number };
}

export interface FlagShape {
  type: "flag";
  about: string;
}

/** Any data. */
export interface AnyShape {
  type: "any";
  about: string;
}

export interface ListShape<I extends Shape> {
  type: "list";
  about: string;
  item: I;
}

/** A map whose keys are names of the author's own. */
export interface RecordShape<V extends Shape> {
  type: "record";
  about: string;
  name: TextRule;
  value: V;
  /** Whether there must be an entry. */
  filled: boolean;
}

export interface ObjectShape<K extends Record<string, Shape>> {
  type: "object";
  about: string;
  keys: K;
  required: readonly (keyof K)[];
  /** Whether other keys are taken, too, as any data. */
  open: boolean;
  /** Keys that mean something only where the key `kind` is one of these words. */
  kinds: { [P in keyof K]?: KindRule };
  /** Rules between keys as JSON Schema knows them; the reader has them in words of its own. */
  schema: Record<string, unknown>;
}

export interface KindRule {
  of: readonly string[];
  /** What is said of the key where the kind is another one. */
  else: string;
}

/** What was read by a shape: values that may be missing, each with its place. */
export type Read<S> =
  S extends WordShape<infer W>
    ? Field<W>
    : S extends TextShape
      ? Field<string>
      : S extends NumberShape
        ? Field<number>
        : S extends FlagShape
          ? Field<boolean>
          : S extends ListShape<infer I>
            ? { place: Place; items: Read<I>[] }
            : S extends RecordShape<infer V>
              ? { place: Place; entries: [name: string, value: Read<V>][] }
              : S extends ObjectShape<infer K>
                ? { place: Place; others: [name: string, value: unknown][] } & { [P in keyof K]: Read<K[P]> }
                : Field<unknown>;

export interface Field<T> {
  place: Place;
  value: T | undefined;
}

export const text = (about: string, rule: TextRule = {}): TextShape => ({ type: "text", about, rule });
export const word = <const W extends string>(about: string, words: readonly W[]): WordShape<W> => ({
  type: "word",
  about,
  words,
});
export const number = (about: string, rule: NumberShape["rule"] = {}): NumberShape => ({
  type: "number",
  about,
  rule,
});
export const flag = (about: string): FlagShape => ({ type: "flag", about });
export const any = (about: string): AnyShape => ({ type: "any", about });
export const list = <I extends Shape>(about: string, item: I): ListShape<I> => ({
  type: "list",
  about,
  item,
});
export const record = <V extends Shape>(
  about: string,
  name: TextRule,
  value: V,
  { filled = false } = {},
): RecordShape<V> => ({ type: "record", about, name, value, filled });
export const object = <K extends Record<string, Shape>>(
  about: string,
  keys: K,
  { required = [], open = false, kinds = {}, schema = {} }: Partial<Omit<ObjectShape<K>, "keys">> = {},
): ObjectShape<K> => ({ type: "object", about, keys, required, open, kinds, schema });
