import { describe, expect, test } from "bun:test";
import { buildSchema, isEnumType, isInputObjectType, isIntrospectionType, isObjectType } from "graphql";

const schema = buildSchema(await Bun.file(`${import.meta.dir}/../schema.graphql`).text());
const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type));

describe("schema.graphql", () => {
  test("describes every type, field and value", () => {
    const bare: string[] = [];
    for (const type of types) {
      if (!type.description && !["String", "Int", "Float", "Boolean", "ID"].includes(type.name))
        bare.push(type.name);
      if (isObjectType(type) || isInputObjectType(type)) {
        for (const field of Object.values(type.getFields())) {
          if (!field.description) bare.push(`${type.name}.${field.name}`);
        }
      }
      if (isEnumType(type)) {
        for (const value of type.getValues()) if (!value.description) bare.push(`${type.name}.${value.name}`);
      }
    }
    expect(bare).toEqual([]);
    expect(types.length).toBeGreaterThan(40);
  });

  test("names fields in camelCase", () => {
    const wrong: string[] = [];
    for (const type of types) {
      if (!isObjectType(type) && !isInputObjectType(type)) continue;
      for (const name of Object.keys(type.getFields())) {
        if (!/^[a-z][a-zA-Z0-9]*$/.test(name)) wrong.push(`${type.name}.${name}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("gives every mutation of a person an idempotency key", () => {
    const agents =
      /^(agent|claim|renew|start.*Step|finish|append|ended|release|rollBack|activate|close|pending|record|report)/;
    const without: string[] = [];
    for (const field of Object.values(schema.getMutationType()!.getFields())) {
      if (agents.test(field.name)) continue;
      const input = field.args
        .find((arg) => arg.name === "input")
        ?.type.toString()
        .replace("!", "");
      const named = input ? schema.getType(input) : undefined;
      const inInput = isInputObjectType(named) && "idempotencyKey" in named.getFields();
      if (!inInput && !field.args.some((arg) => arg.name === "idempotencyKey")) without.push(field.name);
    }
    expect(without).toEqual([]);
  });
});
