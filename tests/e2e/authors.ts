import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join, resolve } from "node:path";
import { Glob } from "bun";
import { createClient } from "../../clients/sdk/index.ts";
import type { KubeObject } from "../../kube/types.ts";
import { helmPath, packFolder } from "../helpers/charts.ts";
import { eventually } from "../helpers/eventually.ts";
import { commitDriver, type GitServer, startGitServer } from "../helpers/git-server.ts";
import { type OciRegistry, startOciRegistry } from "../helpers/oci-registry.ts";
import { describeReal } from "../helpers/real-cluster.ts";
import type { E2eCluster, Site } from "./cluster.ts";

const originals = resolve(import.meta.dir, "original");

/**
 * Drivers of charts, end to end: the bundled shop with its actions, and three that are written only from the original
 * system's format (see `original/README.md`).
 */
export function describeAuthors(cluster: E2eCluster): void {
  const run = helmPath === undefined ? describe.skip : cluster.isReal ? describeReal : describe;
  run(`drivers of charts, ${cluster.title}`, () => {
    let site: Site;
    let git: GitServer;
    let registry: OciRegistry;
    beforeAll(async () => {
      const env = { STYRMIN_ALLOW_LOOPBACK_GIT: "true", STYRMIN_HELM: helmPath! };
      [site, git, registry] = await Promise.all([
        cluster.start({ isDatabaseShared: true, env }),
        startGitServer(),
        startOciRegistry(),
      ]);
    });
    afterAll(async () => {
      await site?.stop();
      await git?.stop();
      await registry?.stop();
    });

    const cli = async (...args: string[]) => {
      const result = await site.product.cli(...args);
      if (result.code !== 0)
        throw new Error(`styrminctl ${args.join(" ")}: ${result.code}\n${result.stderr}`);
      return result.stdout + result.stderr;
    };
    const create = (driver: string, version: string, ...options: string[]) =>
      cli("deployments", "create", driver, version, site.environment, "--name", driver, ...options, "--wait");
    const update = (name: string, ...options: string[]) =>
      cli("deployments", "update", `${site.environment}/${name}`, ...options, "--wait");
    const json = async (name: string, path = "/") => (await site.ask(name, path)).json() as Promise<any>;
    const objects = async (apiVersion: string, kind: string, prefix: string): Promise<KubeObject[]> => {
      const { items } = await site.kube.list({ apiVersion, kind }, { namespace: site.namespace });
      return items.filter(({ metadata }) => metadata.name.startsWith(prefix));
    };

    test("shop migrates its tables in an upgrade, with its worker stopped, and keeps its orders", async () => {
      const order = async (body: object) => {
        const init = { method: "POST", body: JSON.stringify(body) };
        return (await site.ask("shop", "/orders", init)).status;
      };
      const shipped = (count: number) =>
        eventually(`${count} orders are shipped`, async () => {
          const orders = (await json("shop", "/orders")) as { state: string }[];
          return orders.length === count && orders.every(({ state }) => state === "shipped") && orders;
        });
      const slow = JSON.stringify({ worker: { SHIPPING_MS: "10" } });
      await create("shop", "1.0.0", "-p", 'products=["Tea","Jam"]', "--env-vars", slow);
      await eventually("the shop is open", async () => (await order({ product: "Tea" })) === 201);
      expect(await order({ product: "Jam", pieces: 2 })).toBe(400);
      await shipped(1);
      const [volume] = await objects("v1", "PersistentVolumeClaim", "shop");
      const [before] = await objects("apps/v1", "Deployment", "shop-" + (await hashOf("shop")) + "-worker");

      const told = await update("shop", "--version", "2.0.0");
      for (const name of ["stop-worker", "migrate"]) expect(told).toContain(name);
      expect(told.indexOf("stop-worker")).toBeLessThan(told.indexOf("wait ready"));
      expect(told.lastIndexOf("migrate")).toBeGreaterThan(told.indexOf("wait ready"));
      expect(await shipped(1)).toMatchObject([{ product: "Tea", pieces: 1 }]);
      await eventually("the new version answers", async () =>
        (await (await site.ask("shop")).text()).includes("shop 2.0.0"),
      );
      // The worker runs again, and nothing holds it any more.
      expect(await order({ product: "Jam", pieces: 3 })).toBe(201);
      expect(await shipped(2)).toMatchObject([{ product: "Jam", pieces: 3 }, { pieces: 1 }]);
      const [after] = await objects("apps/v1", "Deployment", before!.metadata.name);
      expect(after!.spec.replicas).toBe(1);
      expect(after!.metadata.generation).toBeGreaterThan(before!.metadata.generation! + 1);
      expect((await objects("v1", "PersistentVolumeClaim", "shop"))[0]!.metadata.uid).toBe(
        volume!.metadata.uid,
      );
    });

    /** The 8 characters at the end of a deployment's release name. */
    async function hashOf(name: string): Promise<string> {
      const { environment } = site;
      const found = await createClient({ url: site.product.serverUrl }).deployments.get(name, {
        environment,
      });
      return found!.id.slice(-8);
    }

    /** Puts an original's chart into the registry and its other files into git, and loads it from there. */
    async function load(name: string): Promise<void> {
      const folder = join(originals, name);
      const chart = await packFolder(join(folder, "chart"), name);
      const files: Record<string, string> = {};
      for await (const path of new Glob("*").scan({ cwd: folder, onlyFiles: true })) {
        const text = await Bun.file(join(folder, path)).text();
        files[path] = text.replaceAll("registry.example.org", registry.host);
      }
      const [, repository, version] =
        /oci:\/\/[^/]+\/([a-z/]+)"?,?\s+version: "([^"]+)"/.exec(files["driver.styrmin.yml"]!) ?? [];
      await registry.push(repository!, version!, chart);
      await commitDriver(git, name, files);
      await cli("drivers", "load-version", git.url(name), "main");
    }

    test("an original driver of one component has its addresses, variables and overrides, and loses them again", async () => {
      await load("beacon");
      await site.kube.apply(
        {
          apiVersion: "v1",
          kind: "Secret",
          metadata: { name: "beacon-credentials", namespace: site.namespace },
          stringData: { PASSWORD: "geheim" },
        },
        { manager: "test" },
      );
      await create(
        ...([
          "beacon",
          "0.1.0",
          "-p",
          "upstream_url=https://up.example.org",
          "-p",
          `motto=It's "me": #1`,
        ] as const),
        ...["--config", JSON.stringify({ fqdn_suffix: "localhost", ingress_class: "special" })],
        ...["--env-vars", JSON.stringify({ server: { BEACON_COLOUR: "teal" } })],
        ...["--container-overrides", JSON.stringify({ server: { beacon: { args: ["deep"] } } })],
      );
      const about = {
        VERSION: "0.1.0",
        LOG_LEVEL: "INFO",
        VERIFY: "true",
        MOTTO: `It's "me": #1`,
        password: 6,
      };
      expect(await eventually("it answers", () => json("beacon"))).toMatchObject({
        ...about,
        ...{ UPSTREAM_URL: "https://up.example.org", BEACON_COLOUR: "teal" },
        args: expect.arrayContaining(["deep"]),
      });
      const [ingress] = await objects("networking.k8s.io/v1", "Ingress", "styrmin-beacon");
      expect(ingress!.spec.ingressClassName).toBe("special");
      expect(ingress!.spec.rules.map(({ host }: { host: string }) => host)).toEqual([
        `beacon-${await hashOf("beacon")}.localhost`,
        `beacon-${site.environment}.localhost`,
      ]);

      await update(
        "beacon",
        "--version",
        "0.2.0",
        "--unset-env",
        "server.BEACON_COLOUR",
        "--unset-override",
        "server.beacon",
      );
      const now = await eventually("the new version answers", async () => {
        const answer = await json("beacon");
        return answer.VERSION === "0.2.0" && answer;
      });
      expect([now.BEACON_COLOUR, now.args.includes("deep")]).toEqual([undefined, false]);
    });

    test("an original driver of a chart with a chart in it keeps its data when it is upgraded", async () => {
      await load("ledger");
      await create(
        ...(["ledger", "1.6.0", "-p", "currency=SEK", "-p", `owner=Müller & "Söhne"`] as const),
        ...[
          "--config",
          JSON.stringify({ fqdn_suffix: "localhost", ip_whitelist: ["10.0.0.0/8", "127.0.0.0/8"] }),
        ],
        ...["--env-vars", JSON.stringify({ worker: { INTERVAL: "0.1" } })],
      );
      expect(await eventually("it answers", () => json("ledger"))).toMatchObject({
        VERSION: "1.6.0",
        CURRENCY: "SEK",
        OWNER: `Müller & "Söhne"`,
      });
      const rounds = (more: number) =>
        eventually(`more than ${more} rounds`, async () => {
          const answer = await json("ledger");
          return answer.rounds > more && answer;
        });
      const before = await rounds(2);
      const [ingress] = await objects("networking.k8s.io/v1", "Ingress", "styrmin-ledger");
      expect(ingress!.metadata.annotations).toMatchObject({
        "nginx.ingress.kubernetes.io/whitelist-source-range": "10.0.0.0/8,127.0.0.0/8",
      });
      await update("ledger", "--version", "1.7.0", "-p", "worker_enabled=false");
      const after = await eventually("the new version answers", async () => {
        const answer = await json("ledger");
        return answer.VERSION === "1.7.0" && answer;
      });
      expect(after.rounds).toBeGreaterThanOrEqual(before.rounds);
      const [worker] = await objects("apps/v1", "Deployment", "styrmin-ledger-worker");
      expect(worker!.spec.replicas).toBe(0);
    });

    test("an original driver of a StatefulSet runs its chart's hook, and refuses the version it excepts", async () => {
      await load("relay");
      const refused = await site.product.cli(
        ...["deployments", "create", "relay", "3.1.0", site.environment, "-p", "greeting=x"],
      );
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("3.1.0") });
      await create("relay", "3.2.1", "-p", "greeting=hello", "-p", "loud=true");
      const ref = `${site.environment}/relay`;
      const said = await eventually("the relay speaks", async () => {
        const { stdout } = await site.product.cli("deployments", "logs", ref);
        return stdout.includes("HELLO RELAY 3.2.1") && stdout;
      });
      expect(said).not.toContain("hello relay");
      const [job] = await objects("batch/v1", "Job", "styrmin-relay-before");
      expect(job!.status.succeeded).toBe(1);
      await update("relay", "-p", "loud=false");
      // The volume remembers what was said before.
      await eventually("the relay remembers", async () => {
        const { stdout } = await site.product.cli("deployments", "logs", ref);
        return (stdout.match(/hello relay 3\.2\.1/g) ?? []).length >= 2;
      });
    });
  });
}
