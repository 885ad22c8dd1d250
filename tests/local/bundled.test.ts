import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "../../clients/sdk/index.ts";
import { type Product, startProduct } from "../helpers/product.ts";

let product: Product;
beforeAll(async () => {
  product = await startProduct({ isDatabaseShared: true, env: { STYRMIN_HELM: "/nonexistent/helm" } });
});
afterAll(() => product.stop());

const drivers = async () =>
  (await createClient({ url: product.serverUrl }).drivers.list()).map(({ name }) => name);

test("a bundled driver that cannot be loaded is left out with a sentence, and tried again at the next start", async () => {
  expect(await drivers()).toEqual(["hello", "notes"]);
  const [line, ...more] = product
    .output()
    .split("\n")
    .filter((each) => each.includes("left out"));
  expect(line).toMatch(/^! The bundled driver shop is left out.*next start.*\/nonexistent\/helm/);
  expect(more).toEqual([]);

  // Without any helm it loads: its chart is read, and rendered by the agent that has one.
  const folders = (process.env.PATH ?? "").split(":").filter((folder) => !existsSync(join(folder, "helm")));
  await product.restart({ STYRMIN_HELM: "", PATH: folders.join(":") });
  expect(await drivers()).toEqual(["hello", "notes", "shop"]);
  expect(product.output()).not.toContain("left out");
});
