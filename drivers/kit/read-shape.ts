import type { Place, Reader } from "./reader.ts";
import type { ObjectShape, Read, RecordShape, Shape } from "./shape.ts";

/** Reads what stands at a place by its shape, and notes everything in it that does not fit. */
export function readShape<S extends Shape>(reader: Reader, place: Place, shape: S): Read<S> {
  return readAny(reader, place, shape) as Read<S>;
}

function readAny(reader: Reader, place: Place, shape: Shape): unknown {
  switch (shape.type) {
    case "text":
      return { place, value: reader.text(place, shape.rule) };
    case "word":
      return { place, value: reader.word(place, shape.words) };
    case "number":
      return { place, value: reader.number(place, shape.rule) };
    case "flag":
      return { place, value: reader.flag(place) };
    case "any":
      return { place, value: reader.data(place) };
    case "list": {
      const items = reader.items(place).filter((item) => isThere(reader, item));
      return { place, items: items.map((item) => readAny(reader, item, shape.item)) };
    }
    case "record":
      return { place, entries: readRecord(reader, place, shape) };
    case "object":
      return readObject(reader, place, shape);
  }
}

function readRecord(reader: Reader, place: Place, { name: rule, value, filled }: RecordShape<Shape>) {
  const entries = reader.entries(place);
  if (filled && reader.isMap(place) && entries.length === 0)
    reader.note(place, "must have one entry at least");
  return entries.flatMap(([name, at]) => {
    if (name.length > (rule.maxLength ?? 253) || !rule.pattern!.test(name))
      reader.note({ ...at, offset: at.key }, `${JSON.stringify(name.slice(0, 80))} must be ${rule.wanted}`);
    return isThere(reader, at) ? [[name, readAny(reader, at, value)]] : [];
  });
}

function readObject(reader: Reader, place: Place, shape: ObjectShape<Record<string, Shape>>) {
  const names = Object.keys(shape.keys);
  const required = shape.required as string[];
  const { places, others } = shape.open
    ? reader.openMap(place, names, required)
    : { places: reader.map(place, names, required), others: [] };
  const read: Record<string, unknown> = { place };
  for (const name of names) read[name] = readAny(reader, places[name]!, shape.keys[name]!);
  const kind = (read.kind as { value?: string } | undefined)?.value;
  for (const [name, rule] of Object.entries(shape.kinds)) {
    if (kind === undefined || rule!.of.includes(kind) || !reader.has(places[name]!)) continue;
    reader.note(places[name]!, rule!.else.replace("KIND", kind));
  }
  return { ...read, others: others.map(([name, at]) => [name, reader.data(at)]) };
}

/** Whether something stands at an item's or an entry's place; says so if not. */
function isThere(reader: Reader, place: Place): boolean {
  if (!reader.has(place)) reader.note(place, "is empty: a value is missing");
  return reader.has(place);
}
