import { invalid, notFound } from "../errors.ts";
import { now } from "../objects.ts";
import { type Authentication, defaultAudience } from "../rbac/authenticate.ts";
import type { Store } from "../store.ts";
import { readObject } from "./body.ts";
import type { Call, ResourcePath } from "./request.ts";

const title = { group: "authentication.k8s.io", kind: "TokenRequest" };
const [defaultSeconds, leastSeconds, mostSeconds] = [3600, 600, 2 ** 32];

/** `serviceaccounts/token`: a token that lasts as long as is asked. Tokens bound to a pod are not made. */
export async function createToken(
  store: Store,
  { tokenFor }: Authentication,
  { resource, name, namespace }: ResourcePath,
  call: Call,
): Promise<Response> {
  const request = await readObject(call.request);
  const account = store.get(resource, name!, namespace)?.object;
  if (!account) throw notFound(resource, name!);
  const { expirationSeconds = defaultSeconds, audiences, boundObjectRef } = request.spec ?? {};
  const refuse = (field: string, message: string) =>
    invalid(title, "", [{ field: `spec.${field}`, message, reason: "FieldValueInvalid" }]);
  const given = `Invalid value: ${expirationSeconds}`;
  if (expirationSeconds < leastSeconds) {
    throw refuse("expirationSeconds", `${given}: may not specify a duration less than 10 minutes`);
  }
  if (expirationSeconds > mostSeconds) {
    throw refuse("expirationSeconds", `${given}: may not specify a duration larger than 2^32 seconds`);
  }
  if (boundObjectRef) throw refuse("boundObjectRef", "Invalid value: tokens are bound to nothing here");
  const wanted = audiences?.length ? audiences : [defaultAudience];
  const { token, expiresAt } = await tokenFor(account, wanted, expirationSeconds);
  const answer = {
    kind: "TokenRequest",
    apiVersion: "authentication.k8s.io/v1",
    metadata: { name, namespace, uid: account.metadata.uid, creationTimestamp: now() },
    spec: { audiences: wanted, expirationSeconds, boundObjectRef: null },
    status: { token, expirationTimestamp: expiresAt.toISOString().replace(/\.\d+/, "") },
  };
  return Response.json(answer, { status: 201 });
}
