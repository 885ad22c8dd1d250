/** The kinds that are questions about the asker's own rights: answered, never stored. */
import { invalid } from "../errors.ts";
import { now } from "../objects.ts";
import { type Resource, resourceKey } from "../resources.ts";
import { type Authorizer, spellMissing } from "../rbac/authorize.ts";
import type { Grants } from "../rbac/grants.ts";
import type { NewObject } from "../types.ts";
import { readObject } from "./body.ts";
import type { Call } from "./request.ts";

export interface Rights {
  grants: Grants;
  authorizer: Authorizer;
}

/** Answers a review; undefined for any other resource. */
export async function answerReview(
  rights: Rights,
  resource: Resource,
  call: Call,
): Promise<Response | undefined> {
  const answer = reviews[resourceKey(resource)];
  if (!answer) return undefined;
  const { kind, version, group } = resource;
  const asked = await readObject(call.request, { apiVersion: `${group}/${version}`, kind });
  return Response.json({ ...asked, ...answer(rights, asked, call) }, { status: 201 });
}

const reviews: Record<string, (rights: Rights, asked: NewObject, call: Call) => object> = {
  "selfsubjectaccessreviews.authorization.k8s.io"({ authorizer }, { spec }, { user }) {
    const { resourceAttributes: wanted, nonResourceAttributes: other } = spec ?? {};
    if (!wanted === !other) {
      throw invalid({ group: "authorization.k8s.io", kind: "" }, "", [
        {
          field: "spec.resourceAttributes",
          message: `Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified`,
          reason: "FieldValueInvalid",
        },
      ]);
    }
    const { verb = "", group = "", resource = "", ...rest } = wanted ?? {};
    const access = other
      ? { verb: other.verb ?? "", path: other.path ?? "" }
      : { ...rest, verb, group, resource };
    const { allowed, reason } = authorizer.decide(user, access);
    return { status: { allowed, ...(reason === "" ? {} : { reason }) } };
  },

  "selfsubjectrulesreviews.authorization.k8s.io"({ grants }, { spec }, { user }) {
    const held = grants.of(user, spec?.namespace || undefined);
    const rules = held.flatMap((grant) => grant.rules);
    const evaluationError = spellMissing(held);
    const status = {
      resourceRules: rules.filter(({ resources }) => resources?.length),
      nonResourceRules: rules.filter(({ nonResourceURLs }) => nonResourceURLs?.length),
      incomplete: false,
      ...(evaluationError === "" ? {} : { evaluationError }),
    };
    return { spec: {}, status };
  },

  "selfsubjectreviews.authentication.k8s.io"(_, __, { user: { name, groups, uid } }) {
    const metadata = { creationTimestamp: now() };
    return { metadata, status: { userInfo: { username: name, ...(uid ? { uid } : {}), groups } } };
  },
};
