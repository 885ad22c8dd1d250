import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";
import { join } from "node:path";
import { errorCodes } from "../../lib/errors.ts";
import { post, startTarget, type Target } from "./bad-input.ts";
import { helloDriver } from "./world.ts";

const schema = buildSchema(await Bun.file(join(import.meta.dir, "../../schema.graphql")).text());

let target: Target;
let token: string;
beforeAll(async () => {
  target = await startTarget();
  const answer = await target.ask('mutation { createCluster(input: { name: "local" }) { token } }');
  token = answer.createCluster.token;
  await target.ask('mutation { createEnvironment(input: { name: "demo", cluster: "local" }) { id } }');
  const path = await target.write("hello", helloDriver());
  await target.ask(`mutation { loadLocalApplicationDriverVersion(path: ${JSON.stringify(path)}) { id } }`);
  await target.ask(
    `mutation { agentHello(input: { instanceId: "agent-1", version: "1" }) { epoch } }`,
    {},
    token,
  );
});
afterAll(() => target.stop());

const texts = [
  "",
  "\0",
  "a\ud800b",
  "\u202e\u200b\ufeff",
  "\u001b]52;c;eA==\u0007\r\nSet-Cookie: a=b",
  "../../etc/passwd",
  "--upload-pack=id $(id) `id`",
  "'; drop table tasks; --",
  "__proto__",
  "${jndi:ldap://x} {{7*7}} <script>",
  "9".repeat(400),
  "x".repeat(300_000),
];
/** JSON in which a hostile text is a value and, where it can be, a key. */
const jsonOf = (text: string) => JSON.parse(`{"a": [${JSON.stringify(text)}], ${JSON.stringify(text)}: 1}`);

/** A request with one hostile text in one place, for every place of the schema that takes a text. */
interface Shot {
  place: string;
  document: string;
  variables: object;
}

/** Every argument and input field that takes a text, a path from the root field down. */
function* placesOf(args: readonly Pick<GraphQLArgument, "name" | "type">[]): Generator<string[]> {
  for (const { name, type } of args) {
    const named = getNamedType(type);
    if (isInputObjectType(named)) {
      for (const below of placesOf(Object.values(named.getFields()))) yield [name, ...below];
    } else if (["String", "ID", "JSON", "DateTime"].includes(named.name)) yield [name];
  }
}

/** A value for what must be given; at `place` it is the hostile one. Optional inputs are left out. */
function valueOf(type: GraphQLInputType, name: string, place: string[] | undefined, text: string): unknown {
  const plain = isNonNullType(type) ? type.ofType : type;
  if (isListType(plain)) {
    return place ? [valueOf(plain.ofType, name, place, text)] : [];
  }
  const named = getNamedType(plain);
  if (isInputObjectType(named)) return objectOf(Object.values(named.getFields()), place, text);
  if (isEnumType(named)) return named.getValues()[0]!.name;
  if (named.name === "JSON") return place ? jsonOf(text) : {};
  if (named.name === "Int") return 1;
  if (named.name === "Boolean") return true;
  if (place) return text;
  return samples[name] ?? "nope";
}

function objectOf(
  fields: readonly Pick<GraphQLArgument, "name" | "type">[],
  place: string[] | undefined,
  text: string,
): Record<string, unknown> {
  const given = fields.filter(({ name, type }) => name === place?.[0] || isNonNullType(type));
  return Object.fromEntries(
    given.map(({ name, type }) => {
      const below = name === place?.[0] ? place.slice(1) : undefined;
      return [name, valueOf(type, name, below, text)];
    }),
  );
}

const samples: Record<string, string> = {
  cluster: "local",
  environment: "demo",
  driver: "hello",
  component: "server",
  url: "http://127.0.0.1:1/x",
  ref: "main",
  digest: "x",
};

function* shots(): Generator<Shot> {
  for (const root of [schema.getQueryType()!, schema.getMutationType()!]) {
    const operation = root === schema.getQueryType() ? "query" : "mutation";
    for (const field of Object.values(root.getFields())) {
      const selection = isObjectType(getNamedType(field.type)) ? " { __typename }" : "";
      for (const place of placesOf(field.args)) {
        for (const text of texts) {
          const variables = objectOf(field.args, place, text);
          const given = field.args.filter(({ name }) => name in variables);
          const declared = given.map(({ name, type }) => `$${name}: ${String(type)}`).join(", ");
          const used = given.map(({ name }) => `${name}: $${name}`).join(", ");
          const document = `${operation} (${declared}) { ${field.name}(${used})${selection} }`;
          yield { place: `${field.name}.${place.join(".")}`, document, variables };
        }
      }
    }
  }
}

const forAgents =
  /\b(agent|claim|renew|startTask|finishTask|appendTask|release|activate|closeDep|pending|record|report)/;

test("no text in any argument of any field meets an unforeseen error", async () => {
  const all = [...shots()];
  const places = new Set(all.map(({ place }) => place));
  const wrong: string[] = [];
  let next = 0;
  const work = async () => {
    for (let shot = all[next++]; shot; shot = all[next++]) {
      const { place, document, variables } = shot;
      const as = forAgents.test(place) ? { token } : {};
      const response = await post(target.url, { document, variables, ...as });
      const { errors = [] } = (await response.json()) as {
        errors?: { message: string; extensions: { code: never; id?: string } }[];
      };
      for (const { message, extensions } of errors) {
        const isForeseen = errorCodes.includes(extensions.code) && extensions.id === undefined;
        const isSafe = message.length <= 2_001 && message.isWellFormed() && !/[\0\r\u001b]/.test(message);
        if (!isForeseen || !isSafe)
          wrong.push(`${place}: ${JSON.stringify({ message, variables }).slice(0, 300)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: 6 }, work));
  console.log(`bad input: ${all.length} hostile texts in ${places.size} places`);
  expect(wrong).toEqual([]);
  expect(target.errors).toEqual([]);
  expect(places.size).toBeGreaterThan(80);
});
