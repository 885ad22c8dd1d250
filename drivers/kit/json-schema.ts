import { driverShape } from "./driver-shape.ts";
import type { TextRule } from "./reader.ts";
import type { ObjectShape, Shape } from "./shape.ts";

type JsonSchema = Record<string, unknown>;

/**
 * The format as a JSON Schema (draft 7, which editors know best), made of the table that the reader reads by. It
 * refuses nothing that the reader takes; what it cannot say, such as names that must be there, the reader adds.
 */
export function driverSchema(): JsonSchema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "driver.styrmin.yml",
    ...schemaOf(driverShape),
  };
}

function schemaOf(shape: Shape): JsonSchema {
  const { about: description } = shape;
  switch (shape.type) {
    case "text":
      return { description, ...textSchema(shape.rule) };
    case "word":
      return { description, enum: [...shape.words] };
    case "number": {
      const { whole, min, max } = shape.rule;
      return {
        description,
        type: whole ? "integer" : "number",
        ...(min === undefined ? {} : { minimum: min }),
        ...(max === undefined ? {} : { maximum: max }),
      };
    }
    case "flag":
      return { description, type: "boolean" };
    case "any":
      return { description };
    case "list":
      return { description, type: "array", items: schemaOf(shape.item as Shape) };
    case "record":
      return {
        description,
        type: "object",
        propertyNames: namesSchema(shape.name),
        additionalProperties: schemaOf(shape.value as Shape),
        ...(shape.filled ? { minProperties: 1 } : {}),
      };
    case "object":
      return objectSchema(shape);
  }
}

function objectSchema(shape: ObjectShape<Record<string, Shape>>): JsonSchema {
  const { about: description, keys, required, open, kinds, schema } = shape;
  const properties = Object.entries(keys).map(([name, value]) => [
    name,
    required.includes(name) ? schemaOf(value) : orNothing(schemaOf(value)),
  ]);
  const { allOf = [], ...rest } = schema as { allOf?: JsonSchema[] };
  const rules = [...Object.entries(kinds).map(([name, rule]) => onlyFor(name, rule!.of)), ...allOf];
  return {
    description,
    type: "object",
    properties: Object.fromEntries(properties),
    ...(required.length > 0 ? { required: [...required] } : {}),
    additionalProperties: open,
    ...rest,
    ...(rules.length > 0 ? { allOf: rules } : {}),
  };
}

/** A key without a value counts as absent. */
function orNothing(schema: JsonSchema): JsonSchema {
  if (schema.type !== undefined) return { ...schema, type: [schema.type, "null"].flat() };
  return schema.enum === undefined ? schema : { ...schema, enum: [...(schema.enum as unknown[]), null] };
}

/** A key that means something for some kinds only. */
function onlyFor(name: string, kinds: readonly string[]): JsonSchema {
  const others = { properties: { kind: { not: { enum: [...kinds] } } }, required: ["kind"] };
  return { if: others, then: { properties: { [name]: { type: "null" } } } };
}

/** A text may be written as a number (`1.10`), where its rule lets a number be a text. */
function textSchema(rule: TextRule): JsonSchema {
  const fits = (text: string) => rule.pattern?.test(text) ?? true;
  return {
    type: fits("1") ? ["string", "number"] : "string",
    ...namesSchema({ maxLength: 4096, ...rule }),
    ...(fits("1") && !fits("-1") ? { minimum: 0 } : {}),
  };
}

const namesSchema = ({ maxLength, pattern }: TextRule): JsonSchema => ({
  ...(maxLength === undefined ? {} : { maxLength }),
  ...(pattern === undefined ? {} : { pattern: pattern.source }),
});
