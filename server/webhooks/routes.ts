import { createHmac } from "node:crypto";
import { type Context, Hono } from "hono";
import type { AppEnv } from "../app.ts";
import { AppError } from "../../lib/errors.ts";
import { askRepository } from "../db/sources.ts";
import { transaction } from "../db/sql.ts";
import { rememberDelivery, type WebhookSource, webhookSources } from "../db/webhooks.ts";
import { repositoryKey, webhookOf } from "../deploy/sources.ts";
import type { Deps } from "../deps.ts";
import { readBytes } from "../http/body.ts";
import { type Delivery, deliveryKeys, type Proof, proofOf, repositoryAddresses } from "./delivery.ts";
import { createLimiter } from "./limiter.ts";

const maxBodyBytes = 1024 * 1024;
/** Of one repository so many sources are tried; more have addresses of their own. */
const mostSources = 50;

/**
 * What git servers deliver to, below /webhooks: a push makes a repository be asked at once. Who does not know the
 * secret of a source gets the same answer whether there is such a source or not.
 */
export function webhookRoutes(deps: Deps): Hono<AppEnv> {
  const take = createLimiter({ burst: 100, perSecond: 20 });
  const routes = new Hono<AppEnv>();
  for (const path of ["/git", "/git/:source"]) {
    routes.post(path, async (c) => {
      const waitSeconds = take(addressOf(c));
      if (waitSeconds > 0) return c.json(tooMany, 429, { "retry-after": String(waitSeconds) });
      const body = await readBytes(c.req.raw, maxBodyBytes);
      const delivery = { headers: c.req.raw.headers, body, receivedAt: new Date() };
      await takeDelivery(deps, c.req.param("source"), delivery);
      return c.json({ accepted: true }, 202);
    });
  }
  return routes;
}

/** Throws UNAUTHENTICATED, and CONFLICT for a delivery that was taken before. */
async function takeDelivery(deps: Deps, id: string | undefined, delivery: Delivery): Promise<void> {
  const keys = id === undefined ? repositoryAddresses(delivery.body).map(repositoryKey) : [];
  const known = await webhookSources(deps.sql, { id, keys, most: mostSources });
  for (const source of known) {
    const proof = proofOf(delivery, secretOf(deps, source));
    if (proof) return takeGenuine(deps, source, delivery, proof);
  }
  // As much work as one source would have been.
  if (known.length === 0) createHmac("sha256", "nobody").update(delivery.body).digest();
  throw new AppError("UNAUTHENTICATED", unknown);
}

async function takeGenuine(
  deps: Deps,
  source: WebhookSource,
  delivery: Delivery,
  proof: Proof,
): Promise<void> {
  await transaction(deps.sql, async (tx) => {
    const isNew = await rememberDelivery(tx, deliveryKeys(source.id, delivery, proof));
    if (!isNew) throw new AppError("CONFLICT", "This delivery was taken before; it is not taken again.");
    await askRepository(tx, source.url);
  });
}

const secretOf = ({ sealing }: Deps, { id, webhookSecret }: WebhookSource) =>
  sealing.open(webhookSecret, webhookOf(id));

function addressOf(c: Context<AppEnv>): string {
  return c.env?.server?.requestIP?.(c.req.raw)?.address ?? "";
}

const unknown =
  "No followed source takes this delivery. Check the address, and that the secret is that of the source.";
const tooMany = {
  errors: [
    { message: "There are too many deliveries at once; come again later.", extensions: { code: "LIMIT" } },
  ],
};
