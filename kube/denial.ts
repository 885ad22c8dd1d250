/** What a 403 of Kubernetes says in its own words: there is no other place where it stands. */
import { isForbidden } from "./errors.ts";

export interface Denial {
  verb: string;
  group: string;
  /** The plural, with `/subresource`. */
  resource: string;
  /** Undefined: in the whole cluster. */
  namespace: string | undefined;
}

/** The right that is missing, by the text of a refusal; undefined when it is not for want of one. */
export function denialIn(text: string): Denial | undefined {
  const found =
    /User "[^"]*" cannot (\S+) resource "([^"]*)" in API group "([^"]*)" (?:in the namespace "([^"]*)"|at the cluster scope)/.exec(
      text,
    );
  if (!found) return undefined;
  const [, verb = "", resource = "", group = "", namespace] = found;
  return { verb, resource, group, namespace };
}

export interface RefusedRule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

/** The rules that somebody wanted to give and has not got; undefined when the text is of something else. */
export function escalationIn(text: string): RefusedRule[] | undefined {
  const [, list] = /is attempting to grant RBAC permissions not currently held:\n([\s\S]*)/.exec(text) ?? [];
  if (list === undefined) return undefined;
  return [...list.matchAll(/^\{(.*?)\}/gm)].map(([, rule = ""]) => {
    const names = wordsOf(rule, "ResourceNames");
    return {
      apiGroups: wordsOf(rule, "APIGroups"),
      resources: wordsOf(rule, "Resources"),
      ...(names.length > 0 ? { resourceNames: names } : {}),
      verbs: wordsOf(rule, "Verbs"),
    };
  });
}

function wordsOf(rule: string, field: string): string[] {
  const [, words = ""] = new RegExp(`(?:^|, )${field}:\\[(.*?)\\]`).exec(rule) ?? [];
  return [...words.matchAll(/"([^"]*)"/g)].map(([, word = ""]) => word);
}

/** Refusals that end when the cluster has caught up with what is new in it. */
const tooEarly = [
  // An API server that has just started: its admission plugins refuse what they cannot judge before they have read the
  // cluster (k8s.io/apiserver, `WaitForReady` of pkg/admission).
  /not yet ready to handle request/,
  // A quota of which no controller has counted yet what is used.
  /status unknown for quota: /,
  // A namespace whose account for pods is not made yet. Only this one comes by itself.
  /error looking up service account [^/ ]+\/default: /,
];

export const isTooEarly = (thrown: unknown): boolean =>
  isForbidden(thrown) && tooEarly.some((text) => text.test((thrown as Error).message));
