import { afterAll, beforeAll, describe, test } from "bun:test";
import { type Refused, expectRefused, startTarget, type Target } from "./bad-input.ts";

let target: Target;
beforeAll(async () => {
  target = await startTarget();
  await target.ask('mutation { createCluster(input: { name: "local" }) { token } }');
});
afterAll(async () => {
  console.log(`bad input: ${cases.length} cases about requests`);
  await target.stop();
});

interface Sent {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
}
interface Case extends Refused {
  what: string;
  sent: Sent;
}

const json = { "content-type": "application/json" };
const withInput = "mutation ($input: CreateClusterInput!) { createCluster(input: $input) { token } }";
const create = 'mutation { createCluster(input: { name: "half-written" }) { token } }';
/** A mutation that would leave a trace if it ran, as the body of a request of this type. */
const typed = (type: string): Sent => ({
  headers: { "content-type": type },
  body: JSON.stringify({ query: create }),
});
const query = (text: string, variables?: object): Sent => ({
  headers: json,
  body: JSON.stringify({ query: text, variables }),
});
const sentWith = (headers: Record<string, string>): Sent => ({
  headers: { ...json, ...headers },
  body: JSON.stringify({ query: create }),
});
const raw = (body: string | Uint8Array, headers = {}): Sent => ({ headers: { ...json, ...headers }, body });
const large = JSON.stringify({ query: create, variables: { a: "x".repeat(10 * 1024 * 1024) } });
const nest = (levels: number): string =>
  levels === 0 ? "name" : `environments { cluster { ${nest(levels - 1)} } }`;

const bad = (
  what: string,
  sent: Sent,
  status: number,
  code: Refused["code"],
  field: string | undefined,
  ...says: string[]
): Case => ({ what, sent, status, code, field, says });

// prettier-ignore
const cases: Case[] = [
  bad("a body of 10 MB", raw(large), 413, "LIMIT", undefined, "1 MiB", "Send less"),
  bad("a gzipped body that grows to 10 MB", raw(Bun.gzipSync(Buffer.from(large)), { "content-encoding": "gzip" }), 413, "LIMIT", undefined, "1 MiB", "Send less"),
  bad("a body that is no gzip", sentWith({ "content-encoding": "gzip" }), 400, "INVALID", undefined, "gzip"),
  bad("an encoding nobody knows", sentWith({ "content-encoding": "br" }), 400, "INVALID", undefined, "br", "gzip or none"),
  bad("a foreign Host", sentWith({ host: "evil.example" }), 403, "FORBIDDEN", undefined, "evil.example", "STYRMIN_ALLOWED_HOSTS"),
  bad("a Host that begins like ours", sentWith({ host: "127.0.0.1.evil.example" }), 403, "FORBIDDEN", undefined, "127.0.0.1.evil.example"),
  bad("a foreign Origin", sentWith({ origin: "https://evil.example" }), 403, "FORBIDDEN", undefined, "evil.example", "STYRMIN_ALLOWED_HOSTS"),
  bad("the Origin of a sandboxed page", sentWith({ origin: "null" }), 403, "FORBIDDEN", undefined, "null"),
  bad("a form", { headers: { "content-type": "application/x-www-form-urlencoded" }, body: `query=${encodeURIComponent(create)}` }, 415, "INVALID", undefined, "application/json"),
  bad("plain text", typed("text/plain"), 415, "INVALID", undefined, "application/json"),
  bad("an upload", typed("multipart/form-data; boundary=x"), 415, "INVALID", undefined, "application/json"),
  bad("JSON in another charset", typed("application/json; charset=latin1"), 415, "INVALID", undefined, "UTF-8"),
  bad("a batch", raw(JSON.stringify([{ query: create }])), 400, "INVALID", undefined, "batches are not taken"),
  bad("a number", raw("1"), 400, "INVALID", undefined, "one JSON object"),
  bad("half of JSON", raw('{"query": "'), 400, "INVALID", undefined, "no JSON"),
  bad("JSON nested 100,000 deep", raw("[".repeat(100_000)), 400, "INVALID", undefined, "JSON"),
  bad("bytes that are no UTF-8", raw(new Uint8Array([0x7b, 0xff, 0x7d])), 400, "INVALID", undefined, "UTF-8"),
  bad("no body", raw(""), 400, "INVALID", undefined, "no JSON"),
  bad("no document", raw('{"variables": {}}'), 400, "INVALID", undefined, "`query`"),
  bad("variables that are a list", raw(JSON.stringify({ query: create, variables: [] })), 400, "INVALID", undefined, "`variables`"),
  bad("a mutation by GET", { method: "GET", path: `/graphql?query=${encodeURIComponent(create)}` }, 405, "INVALID", undefined, "POST"),
  bad("another method", { ...sentWith({}), method: "PUT" }, 405, "INVALID", undefined, "GET or POST"),
  bad("an answer of no type we have", sentWith({ accept: "text/html" }), 406, "INVALID", undefined, "application/json"),
  bad("a subscription as a query", query("subscription { deploymentsChanged { id } }"), 400, "INVALID", undefined, "/graphql/stream"),
  bad("a document that is none", query("{ clusters { id "), 200, "INVALID", undefined, "Syntax Error"),
  bad("a field that is not there", query("{ clusterz { id } }"), 200, "INVALID", undefined, "Did you mean"),
  bad("an argument that is missing", query("mutation { createCluster(input: {}) { token } }"), 200, "INVALID", undefined, "name", "required"),
  bad("a variable of the wrong type", query("query ($first: Int) { clusters(first: $first) { id } }", { first: "2" }), 200, "INVALID", "first", "Int"),
  bad("a variable past 2^31", query("query ($first: Int) { clusters(first: $first) { id } }", { first: 2 ** 31 }), 200, "INVALID", "first", "32-bit"),
  bad("a variable that is missing", query("query ($id: ID!) { task(id: $id) { id } }"), 200, "INVALID", "id", "not provided"),
  bad("a field of a variable that is missing", query(withInput, { input: { config: {} } }), 200, "INVALID", "name", "not provided"),
  bad("a field of a variable of the wrong type", query(withInput, { input: { name: ["a"] } }), 200, "INVALID", "name", "String"),
  bad("a field of a variable that is not there", query(withInput, { input: { name: "x", colour: 1 } }), 200, "INVALID", "colour", "not defined"),
  bad("an enum word nobody knows", query('mutation { createCluster(input: { name: "x", intent: PUSH }) { token } }'), 200, "INVALID", undefined, "PUSH"),
  bad("a document too deep", query(`{ clusters { ${nest(8)} } }`), 400, "LIMIT", "query", "levels of nesting", "Ask for less"),
  bad("a document too costly", query("{ clusters(first: 1000) { environments { deployments { instances(first: 100) { id } } } } }"), 400, "LIMIT", "query", "objects to answer", "Ask for less"),
  bad("100 aliases", query(`{ ${Array.from({ length: 100 }, (_, i) => `a${i}: __typename`).join(" ")} }`), 400, "LIMIT", "query", "aliases"),
  bad("3,000 tokens", query(`{ ${"__typename ".repeat(3_000)} }`), 400, "LIMIT", "query", "tokens"),
  bad("100 directives", query(`{ __typename ${"@include(if: true) ".repeat(100)} }`), 400, "LIMIT", "query", "directives"),
  bad("10,000 levels", query(`{ ${"a { ".repeat(10_000)}`), 400, "LIMIT", "query", "tokens"),
  bad("a token that nobody has", sentWith({ authorization: "Bearer nope" }), 401, "UNAUTHENTICATED", undefined, "not known", "Make a new one"),
  bad("a password instead of a token", sentWith({ authorization: "Basic YTpi" }), 401, "UNAUTHENTICATED", undefined, "not known"),
  bad("an address that is not there", { method: "GET", path: "/nope" }, 404, "NOT_FOUND", undefined, "/nope"),
  bad("an address of the agents", { method: "GET", path: "/agent/bundles/sha256:0" }, 401, "UNAUTHENTICATED", undefined, "agent's token"),
];

describe("a request is refused with code and remedy, and leaves nothing:", () => {
  test.each(cases.map((one) => [one.what, one] as const))("%s", async (_what, one) => {
    const { method = "POST", path = "/graphql", ...rest } = one.sent;
    await expectRefused(target, () => fetch(`${target.url}${path}`, { method, ...rest } as RequestInit), one);
  });
});
