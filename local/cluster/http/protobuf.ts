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
const inside = (name: string, shape: Shape): Shape[number] => [name, (bytes) => decode(shape, bytes)];
const withMetadata = (rest: Shape = {}): Shape => ({
  1: inside("metadata", metadata),
  ...rest,
});
const withSpec = (spec: Shape): Shape => withMetadata({ 2: inside("spec", spec) });
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
const policyRule: Shape = {
  1: ["verbs[]", text],
  2: ["apiGroups[]", text],
  3: ["resources[]", text],
  4: ["resourceNames[]", text],
  5: ["nonResourceURLs[]", text],
};
const subject: Shape = {
  1: ["kind", text],
  2: ["apiGroup", text],
  3: ["name", text],
  4: ["namespace", text],
};
const expression: Shape = { 1: ["key", text], 2: ["operator", text], 3: ["values[]", text] };
const labelSelector: Shape = {
  1: ["matchLabels{}", text],
  2: inside("matchExpressions[]", expression),
};
const binding = withMetadata({
  2: inside("subjects[]", subject),
  3: inside("roleRef", { 1: ["apiGroup", text], 2: ["kind", text], 3: ["name", text] }),
});
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
    3: inside("boundObjectRef", boundObject),
    4: ["expirationSeconds", "number"],
  }),
  "authentication.k8s.io/v1 SelfSubjectReview": withMetadata(),
  "authorization.k8s.io/v1 SelfSubjectAccessReview": withSpec({
    1: inside("resourceAttributes", resourceAttributes),
    2: inside("nonResourceAttributes", { 1: ["path", text], 2: ["verb", text] }),
  }),
  "authorization.k8s.io/v1 SelfSubjectRulesReview": withSpec({ 1: ["namespace", text] }),
  "rbac.authorization.k8s.io/v1 Role": withMetadata({ 2: inside("rules[]", policyRule) }),
  "rbac.authorization.k8s.io/v1 ClusterRole": withMetadata({
    2: inside("rules[]", policyRule),
    3: inside("aggregationRule", { 1: inside("clusterRoleSelectors[]", labelSelector) }),
  }),
  "rbac.authorization.k8s.io/v1 RoleBinding": binding,
  "rbac.authorization.k8s.io/v1 ClusterRoleBinding": binding,
  DeleteOptions: {
    1: ["gracePeriodSeconds", "number"],
    2: inside("preconditions", preconditions),
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
    // Unset texts arrive as empty ones; in a list one means what it says, as the core group does.
    if (name === "" || (value === "" && !name.endsWith("[]"))) continue;
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
