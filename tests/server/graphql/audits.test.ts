import { afterAll, describe, expect, test } from "bun:test";
import { serverAudits } from "graphql-http";
import { silentLog } from "../../../lib/log.ts";
import { createProtocol } from "../../../server/graphql/protocol.ts";
import { createSchema } from "../../../server/graphql/schema.ts";

const schema = createSchema("type Query { hello: String }", { Query: { hello: () => "world" } }, silentLog);
const handle = createProtocol({ schema, log: silentLog, introspection: true, maxBodyBytes: () => 1_000_000 });
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: (request) => handle(request, { caller: { kind: "person" } } as never),
});
afterAll(() => server.stop(true));

describe("GraphQL over HTTP", () => {
  const audits = serverAudits({ url: `${server.url}graphql` });

  test("has 61 audits", () => {
    expect(audits.length).toBe(61);
  });

  for (const audit of audits) {
    test(`${audit.id} ${audit.name}`, async () => {
      const result = await audit.fn();
      expect(result.status === "ok" ? "ok" : `${result.status}: ${result.reason}`).toBe("ok");
      // Once more: the first time it is a stranger to the server, now its document may be known.
      const again = await audit.fn();
      expect(again.status).toBe("ok");
    });
  }
});
