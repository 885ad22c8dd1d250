import { Hono } from "hono";
import { AppError } from "../../lib/errors.ts";
import type { AppEnv } from "../app.ts";
import { bundleOfDigest, chartOfDigest } from "../db/drivers.ts";
import { isInquiryOf } from "../db/inquiries.ts";
import type { Queries } from "../db/sql.ts";
import type { Deps } from "../deps.ts";
import { cleanText } from "./clean.ts";

/**
 * What agents use beside GraphQL, below /agent:
 *
 * - `GET /bundles/<digest>`: the packed files of a driver version (immutable).
 * - `GET /charts/<digest>`: a packed chart that a driver version pins (immutable).
 * - `POST /inquiries/<id>`: the answer to an inquiry, streamed as one JSON object a line: `{pod, container, line}`, or
 *   `{error}` as the last one. 404 when nobody waits for it here (any more), 410 when the asker left in the middle.
 */
export function agentRoutes(deps: Deps): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();

  const keep = (
    path: string,
    what: string,
    find: (sql: Queries, digest: string) => Promise<Uint8Array | undefined>,
  ) =>
    routes.get(`${path}/:digest`, async (c) => {
      const digest = c.req.param("digest") ?? "";
      const found = /^sha256:[0-9a-f]{64}$/.test(digest) ? await find(deps.sql, digest) : undefined;
      if (!found)
        throw new AppError("NOT_FOUND", `There is no ${what} with the digest ${digest.slice(0, 80)}.`);
      return c.body(new Uint8Array(found), 200, {
        "content-type": "application/octet-stream",
        "cache-control": "private, max-age=31536000, immutable",
      });
    });
  keep("/bundles", "bundle", bundleOfDigest);
  keep("/charts", "chart", chartOfDigest);

  routes.post("/inquiries/:id", async (c) => {
    const id = c.req.param("id");
    const caller = c.get("caller");
    c.env?.server?.timeout(c.req.raw, 0);
    const isOwn = caller.kind === "agent" && (await isInquiryOf(deps.sql, id, caller.clusterId));
    const reader = c.req.raw.body?.getReader();
    const leave = () => void reader?.cancel().catch(() => {});
    if (!isOwn || !deps.relay.begin(id, leave)) {
      throw new AppError("NOT_FOUND", "Nobody waits for the answer to this inquiry here; leave it.");
    }
    try {
      const stayed = await relayLines(reader, id, deps);
      return stayed ? c.json({ ok: true }) : c.json({ ok: false, message: "The asker has left." }, 410);
    } catch (thrown) {
      deps.relay.end(id, "The agent's answer broke off; try again.");
      throw thrown;
    }
  });
  return routes;
}

/** The longest line that is relayed; what is longer is cut. */
const maxLineLength = 64 * 1024;

interface Reader {
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
}

/** Relays the lines of a body. False when nobody wanted the rest. */
async function relayLines(reader: Reader | undefined, id: string, { relay }: Deps): Promise<boolean> {
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const chunk = (await reader?.read()) ?? { done: true };
    const lines = (rest + decoder.decode(chunk.value, { stream: !chunk.done })).split("\n");
    rest = chunk.done ? "" : (lines.pop() ?? "").slice(0, 2 * maxLineLength);
    for (const line of lines) if (!(await relayLine(line))) return false;
    if (!chunk.done) continue;
    const stayed = relay.isExpected(id);
    relay.end(id);
    return stayed;
  }

  async function relayLine(text: string): Promise<boolean> {
    if (text.trim() === "") return true;
    let given: Record<string, unknown>;
    try {
      given = JSON.parse(text);
    } catch {
      return true; // One bad line does not end an answer.
    }
    if (typeof given.error === "string") {
      relay.end(id, cleanText(given.error, 2000));
      return true;
    }
    const part = (name: string) => cleanText(String(given[name] ?? ""), maxLineLength);
    return relay.offer(id, { pod: part("pod"), container: part("container"), line: part("line") });
  }
}
