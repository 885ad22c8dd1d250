/** `x-kubernetes-validations`: the rules in CEL that a CRD's schema holds. */
import { Environment } from "@marcbachmann/cel-js";
import { isRecord, records } from "./pod-defaults.ts";
import type { FieldProblem } from "./problem.ts";
import type { Schema } from "./structural-value.ts";

interface Rule {
  rule: string;
  message?: string;
  messageExpression?: string;
  reason?: FieldProblem["reason"];
  /** Below the field the rule stands at: `.max`. */
  fieldPath?: string;
  /** `oldSelf` is an optional then. */
  optionalOldSelf?: boolean;
}

type Program = (variables: Record<string, unknown>) => unknown;

const language = new Environment().registerVariable("self", "dyn").registerVariable("oldSelf", "dyn");
const programs = new Map<string, Program | undefined>();

/**
 * The program of a rule; undefined when it calls a function that Kubernetes has added to CEL: such a rule is not
 * evaluated. Throws what is wrong with the text.
 */
export function compileRule(text: string): Program | undefined {
  if (programs.has(text)) return programs.get(text);
  const parsed = language.parse(text);
  const { valid, error } = parsed.check();
  const foreign = !valid && String(error?.message).includes("found no matching overload");
  if (!valid && !foreign) throw error;
  const program = foreign ? undefined : (parsed as Program);
  programs.set(text, program);
  return program;
}

export function rulesOf(schema: Schema): Rule[] {
  return records(schema["x-kubernetes-validations"]) as Rule[];
}

/** What the rules of a schema say of a value that fits it. `before` is what stood there, if anything did. */
export function checkRules(schema: Schema, value: unknown, before: unknown, path = ""): FieldProblem[] {
  if (value === undefined || value === null) return [];
  const problems = rulesOf(schema).flatMap((rule) => checkRule(rule, schema, value, before, path));
  if (Array.isArray(value)) {
    const { items } = schema;
    if (!items) return problems;
    const same = sameItem(schema, before);
    return [
      ...problems,
      ...value.flatMap((item, at) => checkRules(items, item, same(item), `${path}[${at}]`)),
    ];
  }
  if (!isRecord(value)) return problems;
  for (const [key, child] of Object.entries(value)) {
    const of = schema.properties?.[key] ?? schema.additionalProperties;
    if (!isRecord(of)) continue;
    const was = isRecord(before) ? before[key] : undefined;
    problems.push(...checkRules(of as Schema, child, was, path === "" ? key : `${path}.${key}`));
  }
  return problems;
}

/** Only items with keys can be told from one another. */
function sameItem(schema: Schema, before: unknown): (item: unknown) => unknown {
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  if (schema["x-kubernetes-list-type"] !== "map" || !Array.isArray(before)) return () => undefined;
  return (item) => before.find((old) => keys.every((key) => isRecord(item) && old?.[key] === item[key]));
}

function checkRule(
  rule: Rule,
  schema: Schema,
  value: unknown,
  before: unknown,
  path: string,
): FieldProblem[] {
  const text = rule.rule.trim();
  const program = rule.optionalOldSelf ? undefined : compileRule(text);
  const transition = /\boldSelf\b/.test(text);
  if (!program || (transition && before === undefined)) return [];
  const self = valueOf(schema, value);
  const oldSelf = before === undefined ? undefined : valueOf(schema, before);
  const field = (path + (rule.fieldPath ?? "")).replace(/^\./, "") || "<nil>";
  const shown = isRecord(value) || Array.isArray(value) ? "" : `${JSON.stringify(value)}: `;
  const problem = (detail: string): FieldProblem => {
    const reason = rule.reason ?? "FieldValueInvalid";
    const words: Record<string, string> = {
      FieldValueForbidden: "Forbidden: ",
      FieldValueRequired: "Required value: ",
      FieldValueDuplicate: `Duplicate value: ${shown}`,
    };
    return { field, reason, message: `${words[reason] ?? `Invalid value: ${shown}`}${detail}` };
  };
  try {
    if (program({ self, oldSelf }) === true) return [];
  } catch (thrown) {
    return [problem(`rule: ${text}: evaluation error: ${(thrown as Error).message}`)];
  }
  return [problem(spell(rule, { self, oldSelf }) ?? rule.message ?? `failed rule: ${text}`)];
}

/** What the rule's own expression makes of it; undefined when it fails too. */
function spell({ messageExpression }: Rule, variables: Record<string, unknown>): string | undefined {
  if (!messageExpression) return undefined;
  try {
    const said = compileRule(messageExpression)?.(variables);
    return typeof said === "string" && said.trim() !== "" ? said.trim() : undefined;
  } catch {
    return undefined;
  }
}

/** A value as CEL knows it: whole numbers of the schema are `int`, all others `double`. */
function valueOf(schema: Schema, value: unknown): unknown {
  if (typeof value === "number") {
    const whole = schema.type === "integer" || schema["x-kubernetes-int-or-string"];
    return whole && Number.isInteger(value) ? BigInt(value) : value;
  }
  if (Array.isArray(value)) return value.map((item) => valueOf(schema.items ?? {}, item));
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(([key, child]) => {
    const of = schema.properties?.[key] ?? schema.additionalProperties;
    return [key, valueOf(isRecord(of) ? (of as Schema) : {}, child)];
  });
  return Object.fromEntries(entries);
}
