import { expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createClient } from "../../clients/sdk/index.ts";
import { startTestCluster } from "../helpers/cluster.ts";
import { testDatabase } from "../helpers/postgres.ts";
import { startProduct } from "../helpers/product.ts";

test("npm start uses a cluster and a database of the user's when told so, and never an ambient kubeconfig", async () => {
  const [cluster, database] = await Promise.all([startTestCluster(), testDatabase({ migrated: false })]);
  const ambient = join(cluster.dir, "ambient");
  await writeFile(ambient, "whoever reads this fails");
  const product = await startProduct({
    args: ["--kubeconfig", cluster.kubeconfig, "--context", "styrmin"],
    env: { DATABASE_URL: database.url, KUBECONFIG: ambient, PGHOST: "no.such.host" },
  });
  try {
    expect(product.kubeconfig).toBe(cluster.kubeconfig);
    expect(product.pids).toMatchObject({ cluster: null, postgres: null });
    const crds = { group: "apiextensions.k8s.io", resource: "customresourcedefinitions" };
    expect(cluster.api.get(crds, "styrmindeployments.styrmin.io")).toBeDefined();
    const [local] = await createClient({ url: product.serverUrl }).clusters.list();
    // What only the embedded cluster offers is not promised of another one.
    expect(local).toMatchObject({ name: "local", config: {} });

    const id = (await createClient({ url: product.serverUrl }).server.info()).installationId;
    await product.restart();
    expect((await createClient({ url: product.serverUrl }).server.info()).installationId).toBe(id);
  } finally {
    await product.stop();
    await cluster.stop();
    await database.drop();
  }
});
