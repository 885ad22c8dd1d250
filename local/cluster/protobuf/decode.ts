/**
 * Reads the protobuf bodies that kubectl, helm and controllers in Go send whatever the server prefers. The
 * messages are those of Kubernetes' Go types (`messages.json`, made by `generate.ts`).
 */
import { unsupportedMedia } from "../errors.ts";
import messages from "./messages.json" with { type: "json" };

/** One field of a message. Without a name its own fields belong to the message around it. */
interface Field {
  name: string;
  type: string;
}

type Json = Record<string, unknown>;
const shapes = new Map<string, Map<number, Field>>();

/** The object in a protobuf body; 415 for a kind that is not known here: the client should send JSON. */
export function decodeProtobuf(body: Uint8Array): Json {
  const isEnvelope = Buffer.from(body.subarray(0, 4)).toString("latin1") === "k8s\0";
  if (!isEnvelope) throw unsupportedMedia(["application/json"]);
  const [type, raw] = [1, 2].map(
    (wanted) => fieldsOf(body.subarray(4)).find(([number]) => number === wanted)?.[1],
  );
  const [apiVersion = "", kind = ""] = fieldsOf(asBytes(type)).map(([, value]) => text(asBytes(value)));
  const name = kind === "DeleteOptions" ? "meta.v1.DeleteOptions" : messageOf(apiVersion, kind);
  if (!(name in messages)) throw unsupportedMedia(["application/json"]);
  return { apiVersion, kind, ...message(name, asBytes(raw)) };
}

/** `apps/v1`, `Deployment` is `apps.v1.Deployment`; groups go by their first word, and the first one is `core`. */
function messageOf(apiVersion: string, kind: string): string {
  const [version, group = "core"] = apiVersion.split("/").reverse();
  return `${group.split(".")[0]}.${version}.${kind}`;
}

function message(name: string, bytes: Uint8Array): Json {
  const shape = shapeOf(name);
  const object: Json = {};
  for (const [number, value] of fieldsOf(bytes)) {
    const field = shape.get(number);
    if (!field) continue; // of a newer client
    const { name: key, type } = field;
    if (key === "") Object.assign(object, message(type, asBytes(value)));
    else if (type.startsWith("[")) ((object[key] ??= []) as unknown[]).push(read(type.slice(1, -1), value));
    else if (type.startsWith("{")) putEntry((object[key] ??= {}) as Json, type.slice(1, -1), asBytes(value));
    else put(object, key, type, value);
  }
  return object;
}

/** What is not set arrives as empty text, zero or no; only of pointers (`?`) these are meant. */
function put(object: Json, key: string, type: string, value: Value): void {
  const pointer = type.endsWith("?");
  const found = read(pointer ? type.slice(0, -1) : type, value);
  const unset = found === undefined || (!pointer && (found === "" || found === 0 || found === false));
  if (!unset) object[key] = found;
}

function putEntry(map: Json, type: string, bytes: Uint8Array): void {
  const entry = fieldsOf(bytes);
  const [key, value] = [1, 2].map((wanted) => entry.find(([number]) => number === wanted)?.[1]);
  map[text(asBytes(key))] = read(type, value ?? new Uint8Array());
}

function read(type: string, value: Value): unknown {
  if (typeof value === "number") return type === "flag" ? value === 1 : value;
  if (type.startsWith("items:")) return fieldsOf(value).map(([, item]) => read(type.slice(7, -1), item));
  switch (type) {
    case "text":
      return text(value);
    case "bytes":
      return Buffer.from(value).toString("base64");
    case "quantity":
      return text(asBytes(fieldsOf(value)[0]?.[1]));
    case "json":
      return JSON.parse(text(asBytes(fieldsOf(value)[0]?.[1])) || "null");
    case "time":
    case "micro-time":
      return timeOf(value, type === "micro-time");
    case "number-or-text": {
      const [kind, number, words] = [1, 2, 3].map(
        (wanted) => fieldsOf(value).find(([at]) => at === wanted)?.[1],
      );
      return kind === 1 ? text(asBytes(words)) : (number ?? 0);
    }
    default:
      return message(type, value);
  }
}

/** Seconds and nanoseconds; nothing at all is no time. */
function timeOf(bytes: Uint8Array, micro: boolean): string | undefined {
  const parts = new Map(fieldsOf(bytes));
  const seconds = parts.get(1);
  if (typeof seconds !== "number") return undefined;
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  const micros = Math.floor(Number(parts.get(2) ?? 0) / 1000);
  return `${whole}${micro ? `.${String(micros).padStart(6, "0")}` : ""}Z`;
}

type Value = number | Uint8Array;

/** The fields of a message on the wire, in their order: whole numbers, or what has a length. */
function fieldsOf(bytes: Uint8Array): [number: number, value: Value][] {
  const fields: [number, Value][] = [];
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; at < bytes.length; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) break;
    }
    return Number(BigInt.asIntN(64, value));
  };
  while (at < bytes.length) {
    const tag = varint();
    if ((tag & 7) === 0) fields.push([tag >> 3, varint()]);
    else if ((tag & 7) === 2) {
      const length = varint();
      fields.push([tag >> 3, bytes.subarray(at, (at += length))]);
    } else throw unsupportedMedia(["application/json"]);
  }
  return fields;
}

const asBytes = (value: Value | undefined) => (value instanceof Uint8Array ? value : new Uint8Array());
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function shapeOf(name: string): Map<number, Field> {
  let shape = shapes.get(name);
  if (shape) return shape;
  const fields = ((messages as Record<string, string>)[name] ?? "").split(" ").filter(Boolean);
  shape = new Map(
    fields.map((field) => {
      const [number, key = "", ...type] = field.split(":");
      return [Number(number), { name: key, type: type.join(":") }];
    }),
  );
  shapes.set(name, shape);
  return shape;
}
