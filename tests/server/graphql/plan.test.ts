import { describe, expect, test } from "bun:test";
import { buildSchema, execute, GraphQLError, type GraphQLObjectType, parse } from "graphql";
import { createPlanner } from "../../../server/graphql/plan.ts";

const schema = buildSchema(`
  enum Colour { RED BLUE }
  scalar JSON
  type Thing { id: ID! name: String size: Int! colour: Colour! parent: Thing parts(first: Int = 2): [Thing!]! tags: [String] data: JSON fails: String never: String! }
  type Query { thing(id: ID): Thing things(first: Int): [Thing!]! slow: Thing }
`);
const thing = (id: number): object => ({
  id,
  name: id === 3 ? null : `thing ${id}`,
  size: id,
  colour: "RED",
  tags: ["a", null],
  data: { b: [1] },
});
const fieldsOf = (type: string) => (schema.getType(type) as GraphQLObjectType).getFields();
const resolvers: Record<string, Record<string, (source: any, args: any, context: any) => unknown>> = {
  Query: {
    thing: (_, { id }) => (id === "0" ? null : thing(Number(id ?? 1))),
    things: async (_, { first }) => Array.from({ length: first ?? 3 }, (_, at) => thing(at + 1)),
    slow: (_, __, { mark }) => Promise.resolve({ ...thing(9), name: mark }),
  },
  Thing: {
    parent: ({ id }) => (id > 5 ? null : Promise.resolve(thing(id + 1))),
    parts: ({ id }, { first }) =>
      Array.from({ length: first }, (_, at) => (at % 2 ? Promise.resolve(thing(id + at)) : thing(id))),
    fails: async () => {
      throw new GraphQLError("it failed");
    },
    never: () => null,
  },
};
for (const [type, fields] of Object.entries(resolvers)) {
  for (const [name, resolve] of Object.entries(fields)) fieldsOf(type)[name]!.resolve = resolve;
}
const runPlanned = createPlanner(schema);
const context = { mark: "marked" };

async function both(text: string, variables: Record<string, unknown> = {}) {
  const document = parse(text);
  const expected = await execute({ schema, document, variableValues: variables, contextValue: context });
  const planned = await runPlanned({ document, variables, context });
  return { expected, planned, again: await runPlanned({ document, variables, context }) };
}

describe("a planned query answers what graphql-js answers", () => {
  const queries: [string, Record<string, unknown>?][] = [
    ["{ thing { id name size colour tags data } }"],
    ["{ thing(id: 0) { id } other: thing(id: 3) { id name } __typename }"],
    ["{ things { __typename id parent { id parent { name } } parts { id } few: parts(first: 1) { size } } }"],
    [
      "query ($n: Int, $id: ID = 4) { things(first: $n) { parts(first: $n) { id } } thing(id: $id) { name } }",
      { n: 3 },
    ],
    ["{ things { ...A ... on Thing { name } id } } fragment A on Thing { parent { id } parent { name } }"],
    ["{ slow { name parent { id } } things(first: 0) { id } }"],
    ["query One { thing { id } }"],
  ];
  for (const [text, variables] of queries) {
    test(text, async () => {
      const { expected, planned, again } = await both(text, variables);
      expect(expected.errors).toBeUndefined();
      expect(JSON.stringify(planned)).toBe(JSON.stringify(expected.data));
      expect(again).toEqual(planned);
    });
  }
});

describe("a plan leaves to graphql-js", () => {
  const queries: [string, Record<string, unknown>?][] = [
    ["{ thing { id fails } things { id } }"],
    ["{ things { parent { never } } }"],
    ["query ($yes: Boolean!) { thing { id name @include(if: $yes) } }", { yes: true }],
    ["query ($n: Int!) { things(first: $n) { id } }", {}],
    ["{ __schema { queryType { name } } }"],
  ];
  for (const [text, variables] of queries) {
    test(text, async () => expect((await both(text, variables)).planned).toBeUndefined());
  }
});
