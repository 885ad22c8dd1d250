import { parse } from "yaml";
import { badRequest, unsupportedMedia } from "../errors.ts";
import type { NewObject } from "../types.ts";
import { decodeProtobuf } from "../protobuf/decode.ts";

export const applyType = "application/apply-patch+yaml";
const protobufType = "application/vnd.kubernetes.protobuf";

/** The media type of a request, without parameters. */
export function mediaType(request: Request): string {
  return (request.headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
}

/**
 * The object in a request's body: JSON, YAML or one of the kinds known in protobuf. Of a built-in kind the path
 * says enough (`expected`): some clients leave kind and apiVersion out.
 */
export async function readObject(
  request: Request,
  expected: { apiVersion?: string; kind?: string } = {},
): Promise<NewObject> {
  const type = mediaType(request);
  if (type === protobufType) return asObject(decodeProtobuf(await request.bytes()));
  const known = ["", "application/json", "application/yaml", "text/plain"];
  if (!known.includes(type)) throw unsupportedMedia(["application/json", "application/yaml", protobufType]);
  const object = readText(await request.text(), type === "application/yaml");
  const isMap = typeof object === "object" && !Array.isArray(object);
  return asObject(isMap ? { ...expected, ...object } : object);
}

/** A patch document: any JSON value, or YAML for apply. */
export async function readPatch(request: Request): Promise<unknown> {
  return readText(await request.text(), mediaType(request) === applyType);
}

export function asObject(value: unknown): NewObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw badRequest("the body is not an object");
  }
  const object = value as NewObject;
  if (typeof object.kind !== "string" || object.kind === "") {
    throw badRequest("Object 'Kind' is missing in the body");
  }
  if (typeof object.apiVersion !== "string") throw badRequest("Object 'apiVersion' is missing in the body");
  if (object.metadata === undefined || object.metadata === null) object.metadata = {};
  if (typeof object.metadata !== "object" || Array.isArray(object.metadata)) {
    throw badRequest("metadata is not an object");
  }
  return object;
}

function readText(text: string, asYaml: boolean): unknown {
  // As a key it would set an object's prototype instead of a field.
  if (/__proto__["']?\s*:/.test(text)) throw badRequest("the key __proto__ is not taken");
  try {
    if (!asYaml || text.trimStart().startsWith("{")) return JSON.parse(text);
    // Kubernetes reads YAML 1.1: an unquoted `y`, `no` or `on` is a boolean.
    return parse(text, { version: "1.1", merge: true, schema: "yaml-1.1", resolveKnownTags: false });
  } catch (thrown) {
    throw badRequest(`the body could not be read: ${(thrown as Error).message}`);
  }
}
