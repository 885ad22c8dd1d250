import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHmac, randomBytes } from "node:crypto";
import { Hono } from "hono";
import { silentLog } from "../../lib/log.ts";
import { type AppEnv, createApp } from "../../server/app.ts";
import { createSchema } from "../../server/graphql/schema.ts";
import { proofOf } from "../../server/webhooks/delivery.ts";
import { createLimiter } from "../../server/webhooks/limiter.ts";
import { webhookRoutes } from "../../server/webhooks/routes.ts";
import { startWorld, type World } from "./world.ts";

const secret = `whsec_${Buffer.from("a key of thirty-two bytes, truly").toString("base64")}`;
const url = "https://git.example.org/Team/Shop.git";
let world: World;
let app: ReturnType<typeof createApp>;
let id: string;
beforeAll(async () => {
  world = await startWorld();
  const agentRoutes = new Hono<AppEnv>();
  app = createApp({
    schema: createSchema("type Query { hello: String }", { Query: { hello: () => "world" } }, silentLog),
    log: silentLog,
    introspection: false,
    allowedHosts: [],
    callerOf: async () => undefined,
    contextOf: () => ({}) as never,
    agentRoutes,
    webhookRoutes: webhookRoutes(world.deps),
    checkReady: async () => {},
  });
  const follow = (input: object) =>
    world.ask(
      `mutation ($input: FollowDriverInput!) { followDriver(input: $input) { source { id } webhookSecret } }`,
      { input },
    );
  id = (await follow({ url, ref: "main", webhookSecret: secret })).followDriver.source.id;
  await follow({ url, ref: "main", name: "no-secret" });
});
afterAll(() => world.end());

/** Whether the repository is to be asked at once; and lets it be so no longer. */
async function wasAsked(): Promise<boolean> {
  const [row] = await world.sql`select due_at <= now() as due from followed_repositories where url = ${url}`;
  await world.sql`update followed_repositories set due_at = now() + interval '1 hour'`;
  return row!.due;
}

/** A push as git servers tell of it: with nothing in common but the address. */
const push = () => JSON.stringify({ after: randomBytes(20).toString("hex"), repository: { clone_url: url } });
const hmac = (body: string, key = secret) => createHmac("sha256", key).update(body).digest("hex");
const standard = (body: string, deliveryId: string, seconds: number, key = secret) =>
  `v1,${createHmac("sha256", Buffer.from(key.slice(6), "base64"))
    .update(`${deliveryId}.${seconds}.${body}`)
    .digest("base64")}`;

type Headers = Record<string, string>;
const deliver = (
  body: string,
  headers: Headers,
  path = "/webhooks/git",
  env: Partial<AppEnv["Bindings"]> = {},
) =>
  app.request(
    `http://hooks.example.com${path}`,
    {
      method: "POST",
      body,
      headers: { host: "hooks.example.com", "content-type": "application/json", ...headers },
    },
    env,
  );

const now = () => Math.floor(Date.now() / 1000);
const unique = () => randomBytes(8).toString("hex");
/** A genuine delivery of each git server. */
const genuine: Record<string, (body: string) => Headers> = {
  GitHub: (body) => ({ "x-hub-signature-256": `sha256=${hmac(body)}`, "x-github-delivery": unique() }),
  Gitea: (body) => ({
    "x-gitea-signature": hmac(body),
    "x-hub-signature-256": `sha256=${hmac(body)}`,
    "x-gitea-delivery": unique(),
  }),
  Forgejo: (body) => ({
    "x-forgejo-signature": hmac(body),
    "x-gitea-signature": hmac(body),
    "x-forgejo-delivery": unique(),
  }),
  "GitLab with a token": () => ({ "x-gitlab-token": secret, "x-gitlab-event-uuid": unique() }),
  "GitLab with a signing token": (body) => {
    const [deliveryId, time] = [unique(), now()];
    return {
      "webhook-id": deliveryId,
      "webhook-timestamp": String(time),
      "webhook-signature": `v1,AAAA ${standard(body, deliveryId, time)}`,
    };
  },
};

describe("a webhook", () => {
  for (const [who, headersOf] of Object.entries(genuine)) {
    test(`of ${who} makes the repository be asked at once, on either address and either listener`, async () => {
      for (const [path, env] of [
        ["/webhooks/git", {}],
        [`/webhooks/git/${id}`, {}],
        ["/webhooks/git", { agentsOnly: true }],
      ] as const) {
        await wasAsked();
        const body = push();
        const response = await deliver(body, headersOf(body), path, env);
        expect([response.status, await response.json()]).toEqual([202, { accepted: true }]);
        expect(await wasAsked()).toBe(true);
      }
    });

    test(`of ${who} is taken once`, async () => {
      const body = push();
      const headers = headersOf(body);
      expect((await deliver(body, headers)).status).toBe(202);
      await wasAsked();
      const again = await deliver(body, headers);
      expect([again.status, (await again.json()).errors[0].extensions.code]).toEqual([409, "CONFLICT"]);
      expect(await wasAsked()).toBe(false);
    });
  }

  test("that was recorded is not new under another id", async () => {
    const body = push();
    expect(
      (await deliver(body, { "x-hub-signature-256": `sha256=${hmac(body)}`, "x-github-delivery": "one" }))
        .status,
    ).toBe(202);
    expect(
      (await deliver(body, { "x-hub-signature-256": `sha256=${hmac(body)}`, "x-github-delivery": "two" }))
        .status,
    ).toBe(409);
  });

  /** What is no part of the proof, by which a delivery must not become another. */
  const added: Record<string, () => Headers> = {
    "a token that is wrong": () => ({ "x-gitlab-token": "x", "x-gitlab-event-uuid": unique() }),
    "a time": () => ({ "webhook-timestamp": String(now() - 7) }),
    "another id": () => ({
      "webhook-id": unique(),
      "x-github-delivery": unique(),
      "x-gitea-delivery": unique(),
      "x-forgejo-delivery": unique(),
    }),
  };
  for (const who of ["GitHub", "Gitea", "Forgejo"])
    test(`of ${who} that was recorded is not new with ${Object.keys(added).join(", ")}, or all of it`, async () => {
      const body = push();
      const headers = genuine[who]!(body);
      expect((await deliver(body, headers)).status).toBe(202);
      await wasAsked();
      const each = Object.values(added).map((make) => ({ ...added["another id"]!(), ...make() }));
      for (const more of [...each, Object.assign({}, ...each) as Headers])
        expect([more, (await deliver(body, { ...headers, ...more })).status]).toEqual([more, 409]);
      expect(await wasAsked()).toBe(false);
    });

  test("finds the repository by each spelling of its address", async () => {
    const spellings: object[] = [
      { repository: { clone_url: "https://GIT.example.org/team/shop" } },
      { repository: { git_http_url: url } },
      { project: { git_http_url: "http://git.example.org/team/shop.git" } },
      { repository: { html_url: "https://git.example.org/Team/Shop/" } },
    ];
    for (const payload of spellings) {
      const body = JSON.stringify({ ...payload, after: unique() });
      expect((await deliver(body, genuine.GitHub!(body))).status).toBe(202);
    }
  });

  /** Each must be told the same as somebody who delivers to nobody. */
  const refused: [string, (body: string) => Headers, string?, string?][] = [
    ["no signature", () => ({})],
    ["an empty signature", () => ({ "x-hub-signature-256": "" })],
    ["a wrong signature", (body) => ({ "x-hub-signature-256": `sha256=${hmac(body, "another secret")}` })],
    ["the signature of another body", () => ({ "x-hub-signature-256": `sha256=${hmac("{}")}` })],
    [
      "SHA-1",
      (body) => ({ "x-hub-signature": `sha1=${createHmac("sha1", secret).update(body).digest("hex")}` }),
    ],
    [
      "a wrong Gitea signature beside a right one of GitHub",
      (body) => ({ ...genuine.GitHub!(body), "x-gitea-signature": "00" }),
    ],
    [
      "a wrong Forgejo signature beside right ones",
      (body) => ({ ...genuine.Gitea!(body), "x-forgejo-signature": hmac("x") }),
    ],
    ["a wrong token", () => ({ "x-gitlab-token": "nope" })],
    ["an empty token", () => ({ "x-gitlab-token": "" })],
    [
      "a right token beside a wrong signature",
      () => ({ "x-gitlab-token": secret, "webhook-signature": "v1,AAAA" }),
    ],
    [
      "a signature from an hour ago",
      (body) => ({
        "webhook-id": "h",
        "webhook-timestamp": String(now() - 3600),
        "webhook-signature": standard(body, "h", now() - 3600),
      }),
    ],
    [
      "a signature from the future",
      (body) => ({
        "webhook-id": "f",
        "webhook-timestamp": String(now() + 3600),
        "webhook-signature": standard(body, "f", now() + 3600),
      }),
    ],
    [
      "a new time on an old signature",
      (body) => ({
        "webhook-id": "n",
        "webhook-timestamp": String(now()),
        "webhook-signature": standard(body, "n", now() - 3600),
      }),
    ],
    ["a source without a secret", (body) => ({ "x-hub-signature-256": `sha256=${hmac(body, "")}` })],
    [
      "another repository",
      (body) => genuine.GitHub!(body),
      undefined,
      JSON.stringify({ repository: { clone_url: "https://git.example.org/other" } }),
    ],
    ["no JSON", (body) => genuine.GitHub!(body), undefined, "{"],
    ["a list", (body) => genuine.GitHub!(body), undefined, "[1]"],
    ["null", (body) => genuine.GitHub!(body), undefined, "null"],
    [
      "odd addresses",
      (body) => genuine.GitHub!(body),
      undefined,
      JSON.stringify({ repository: { clone_url: { a: 1 } }, project: 7 }),
    ],
    [
      "an unknown source",
      (body) => genuine.GitHub!(body),
      "/webhooks/git/0198c0de-0000-7000-8000-000000000000",
    ],
    ["a source that is no id", (body) => genuine.GitHub!(body), "/webhooks/git/' or 1=1"],
  ];
  test(`is refused alike in ${refused.length} ways, and nothing is asked`, async () => {
    const answers = new Set<string>();
    await wasAsked();
    for (const [what, headersOf, path, text] of refused) {
      const body = text ?? push();
      const response = await deliver(body, headersOf(body), path);
      expect([what, response.status]).toEqual([what, 401]);
      answers.add(await response.text());
    }
    expect([...answers]).toHaveLength(1);
    expect(await wasAsked()).toBe(false);
  });

  test("is refused when it is large, encoded, a page's, or no POST", async () => {
    const large = push().replace("{", `{"x":"${"x".repeat(1024 * 1024)}",`);
    expect((await deliver(large, genuine.GitHub!(large))).status).toBe(413);
    const body = push();
    expect((await deliver(body, { ...genuine.GitHub!(body), "content-encoding": "gzip" })).status).toBe(400);
    expect((await deliver(body, { ...genuine.GitHub!(body), origin: "http://localhost" })).status).toBe(403);
    expect((await app.request("/webhooks/git")).status).toBe(404);
    // All else keeps its check of the host, also what looks alike.
    for (const path of ["/graphql", "/webhooks", "/webhook/git"]) {
      expect(
        (await app.request(path, { method: "POST", headers: { host: "hooks.example.com" } })).status,
      ).toBe(403);
    }
  });

  test("comes too often", async () => {
    const env = { server: { timeout() {}, requestIP: () => ({ address: "192.0.2.7" }) } };
    const answers = await Promise.all(
      Array.from({ length: 130 }, () => deliver("{}", {}, "/webhooks/git", env)),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 401).length).toBeGreaterThanOrEqual(100);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(10);
    expect(answers.find(({ status }) => status === 429)!.headers.get("retry-after")).toBe("1");
  });

  test("secret is never shown, and a new one ends the old", async () => {
    const answer = await world.ask(
      `mutation { updateDriverSource(input: { source: "${id}", webhook: true }) { webhookSecret source { webhook } } }`,
    );
    const fresh: string = answer.updateDriverSource.webhookSecret;
    expect(fresh).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const body = push();
    expect((await deliver(body, genuine.GitHub!(body))).status).toBe(401);
    expect((await deliver(body, { "x-hub-signature-256": `sha256=${hmac(body, fresh)}` })).status).toBe(202);
    const [row] = await world.sql`select webhook_secret from driver_sources where id = ${id}`;
    expect(Buffer.from(row!.webhookSecret).includes(fresh.slice(6, 20))).toBe(false);
    await world.ask(
      `mutation { updateDriverSource(input: { source: "${id}", webhook: false }) { source { webhook } } }`,
    );
    const last = push();
    expect((await deliver(last, { "x-hub-signature-256": `sha256=${hmac(last, fresh)}` })).status).toBe(401);
  });
});

test("random headers and bodies are never genuine and never throw", () => {
  const names = [
    "webhook-signature",
    "webhook-id",
    "webhook-timestamp",
    "x-hub-signature-256",
    "x-gitea-signature",
    "x-gitlab-token",
  ];
  for (let round = 0; round < 2_000; round++) {
    const headers = new Map(
      names
        .filter(() => Math.random() < 0.5)
        .map((name) => [name, randomBytes(Math.random() * 40).toString("latin1")]),
    );
    const get = (name: string) => headers.get(name) ?? null;
    expect(
      proofOf({ headers: { get }, body: randomBytes(50), receivedAt: new Date() }, secret),
    ).toBeUndefined();
  }
});

test("a limiter lets a burst pass and then so many a second, for each caller", () => {
  let time = 0;
  const take = createLimiter({ burst: 3, perSecond: 2, callers: 2, now: () => time });
  expect([take("a"), take("a"), take("a"), take("a")]).toEqual([0, 0, 0, 1]);
  expect(take("b")).toBe(0);
  time = 500;
  expect([take("a"), take("a")]).toEqual([0, 1]);
  time = 60_000;
  expect([take("a"), take("a"), take("a"), take("a")]).toEqual([0, 0, 0, 1]);
});
