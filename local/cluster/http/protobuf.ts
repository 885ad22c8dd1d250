/**
 * Reads the few protobuf bodies that helm and `kubectl create` send whatever the server prefers. The
 * numbers are those of Kubernetes' generated.proto files.
 */
import { unsupportedMedia } from "../errors.ts";

type Read = (bytes: Uint8Array) => unknown;
/** Field number → name and reader; a name that ends in `[]` repeats, in `{}` is an entry of a map. */
type Shape = Record<number, [name: string, read: Read | "number"]>;

const text: Read = (bytes) => new TextDecoder().decode(bytes);
const base64: Read = (bytes) => Buffer.from(bytes).toString("base64");

const metadata: Shape = {
  1: ["name", text],
  2: ["generateName", text],
  3: ["namespace", text],
  5: ["uid", text],
  6: ["resourceVersion", text],
  11: ["labels{}", text],
  12: ["annotations{}", text],
  14: ["finalizers[]", text],
};
const withMetadata = (rest: Shape = {}): Shape => ({
  1: ["metadata", (bytes) => decode(metadata, bytes)],
  ...rest,
});
const withSpec = (spec: Shape): Shape => withMetadata({ 2: ["spec", (bytes) => decode(spec, bytes)] });
const boundObject: Shape = {
  1: ["kind", text],
  2: ["apiVersion", text],
  3: ["name", text],
  4: ["uid", text],
};
const resourceAttributes: Shape = {
  1: ["namespace", text],
  2: ["verb", text],
  3: ["group", text],
  5: ["resource", text],
  6: ["subresource", text],
  7: ["name", text],
};
const preconditions: Shape = { 1: ["uid", text], 2: ["resourceVersion", text] };

const shapes: Record<string, Shape> = {
  "v1 Secret": withMetadata({
    2: ["data{}", base64],
    3: ["type", text],
    4: ["stringData{}", text],
    5: ["immutable", "number"],
  }),
  "v1 ConfigMap": withMetadata({
    2: ["data{}", text],
    3: ["binaryData{}", base64],
    4: ["immutable", "number"],
  }),
  "v1 Namespace": withMetadata(),
  "v1 ServiceAccount": withMetadata(),
  "authentication.k8s.io/v1 TokenRequest": withSpec({
    1: ["audiences[]", text],
    3: ["boundObjectRef", (bytes) => decode(boundObject, bytes)],
    4: ["expirationSeconds", "number"],
  }),
  "authentication.k8s.io/v1 SelfSubjectReview": withMetadata(),
  "authorization.k8s.io/v1 SelfSubjectAccessReview": withSpec({
    1: ["resourceAttributes", (bytes) => decode(resourceAttributes, bytes)],
    2: ["nonResourceAttributes", (bytes) => decode({ 1: ["path", text], 2: ["verb", text] }, bytes)],
  }),
  "authorization.k8s.io/v1 SelfSubjectRulesReview": withSpec({ 1: ["namespace", text] }),
  DeleteOptions: {
    1: ["gracePeriodSeconds", "number"],
    2: ["preconditions", (bytes) => decode(preconditions, bytes)],
    4: ["propagationPolicy", text],
    5: ["dryRun[]", text],
  },
};

const unknownMessage: Shape = {
  1: ["type", (bytes) => decode({ 1: ["apiVersion", text], 2: ["kind", text] }, bytes)],
  2: ["raw", (bytes) => bytes],
};

/** The object in a protobuf body; 415 for a kind that is not known here: the client should send JSON. */
export function decodeProtobuf(body: Uint8Array): Record<string, unknown> {
  const isEnvelope = Buffer.from(body.subarray(0, 4)).toString("latin1") === "k8s\0";
  if (!isEnvelope) throw unsupportedMedia(["application/json"]);
  const { type, raw } = decode(unknownMessage, body.subarray(4)) as {
    type?: { apiVersion?: string; kind?: string };
    raw?: Uint8Array;
  };
  const { apiVersion = "", kind = "" } = type ?? {};
  const shape = shapes[`${apiVersion} ${kind}`] ?? shapes[kind];
  if (!shape) throw unsupportedMedia(["application/json"]);
  const object = decode(shape, raw ?? new Uint8Array());
  if ("immutable" in object) object.immutable = object.immutable === 1;
  return { apiVersion, kind, ...object };
}

function decode(shape: Shape, bytes: Uint8Array): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const [name, read] = shape[tag >> 3] ?? ["", text];
    let value: unknown;
    if ((tag & 7) === 0) value = varint();
    else if ((tag & 7) === 2) {
      const length = varint();
      const part = bytes.subarray(at, (at += length));
      value = name.endsWith("{}")
        ? entryOf(part, read as Read)
        : typeof read === "function"
          ? read(part)
          : undefined;
    } else throw unsupportedMedia(["application/json"]);
    // Unset texts arrive as empty ones.
    if (name === "" || value === "") continue;
    put(object, name, value);
  }
  return object;
}

function entryOf(bytes: Uint8Array, read: Read): [string, unknown] {
  const entry = decode({ 1: ["key", text], 2: ["value", read] }, bytes);
  return [String(entry.key ?? ""), entry.value ?? ""];
}

function put(object: Record<string, unknown>, name: string, value: unknown): void {
  const bare = name.replace(/[[{][\]}]$/, "");
  if (name.endsWith("{}")) {
    const [key, one] = value as [string, unknown];
    ((object[bare] ??= {}) as Record<string, unknown>)[key] = one;
  } else if (name.endsWith("[]")) ((object[bare] ??= []) as unknown[]).push(value);
  else object[bare] = value;
}
