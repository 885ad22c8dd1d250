import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import {
  buildSchema,
  getNamedType,
  type GraphQLField,
  type GraphQLObjectType,
  isObjectType,
  isRequiredArgument,
} from "graphql";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createClient } from "../../clients/sdk/index.ts";
import type { Kube } from "../../kube/types.ts";
import { processesUsing } from "../../local/processes.ts";
import { eventually } from "../helpers/eventually.ts";
import { createClient as createHttp } from "../helpers/kube-http.ts";
import type { Product } from "../helpers/product.ts";
import { describeReal } from "../helpers/real-cluster.ts";
import type { E2eCluster, Site } from "./cluster.ts";
import { writeVaultDriver } from "./drivers.ts";
import { shownByPage } from "./page.ts";

const root = resolve(import.meta.dir, "../..");
const schema = buildSchema(await Bun.file(join(root, "schema.graphql")).text());

/** What each secret has in it, so that any part of one that gets out is found. */
const marks = Array.from({ length: 20 }, (_, index) => `canary${index}x${crypto.randomUUID().slice(0, 8)}`);
const around: ((mark: string) => string)[] = [
  (mark) => `${mark}-plain`,
  (mark) => `not a label ${mark}`,
  (mark) => `Not/A/Name ${mark}`,
  (mark) => `"${mark}\\' quoted`,
  (mark) => `first ${mark}\nsecond line\n`,
  (mark) => `ümläut ${mark} ✓ 🗝`,
  (mark) => `{{ ${mark} }} {% raw %}`,
  (mark) => `${mark}: # yaml & *x`,
  (mark) => `$(${mark}) \`id\` $HOME`,
  (mark) => `${mark}${"x".repeat(300)}`,
  (mark) => `postgres://u:${mark}@h/d?a=b&c=%20`,
  (mark) => `<b>${mark}</b>\t\u001b[31m`,
];
const secrets = Object.fromEntries(
  marks.map((mark, index) => [`s${index + 1}`, (around[index] ?? around[0]!)(mark)]),
);
const encoded = Object.values(secrets).map((value) => Buffer.from(value).toString("base64").slice(0, 24));

/** The secrets that a text gives away, in plain or as base64. */
function expectSilent(where: string, text: string): void {
  const leaks = [...marks, ...encoded].filter((needle) => text.includes(needle));
  const around = leaks.map((needle) => text.slice(Math.max(0, text.indexOf(needle) - 150)).slice(0, 300));
  expect([where, around]).toEqual([where, []]);
}

/** Ways for a driver to fail with the true secrets in its hands, and what the user is to read then. */
const failures: Record<string, string | RegExp> = {
  render: "RenderFailed",
  yaml: "RenderFailed",
  label: "ApplyRefused",
  type: "ApplyRefused",
  kind: /^RenderFailed: .* of a kind that cannot be/,
  name: "RenderFailed",
  // As fast as it goes, before a container runtime has tried twice.
  command: /keeps ending|cannot be started/,
  missing: "cannot be pulled",
};

/** What is stalled fails at once. A pod that does not come up may yet: its deploy is awaited until it tells, and ended. */
const patient = ["command", "missing"];

/**
 * Twenty secrets, in every way in which a deployment may end, and every place where somebody may read: none shows
 * any part of one.
 */
export function describeSecrets(cluster: E2eCluster): void {
  const run = cluster.isReal ? describeReal : describe;
  run(`twenty secrets, ${cluster.title},`, () => {
    const folder = mkdtempSync(join(tmpdir(), "vault-"));
    const tasks: Record<string, string> = {};
    let site: Site;
    let product: Product;
    let environment: string;
    let namespace: string;
    let systemNamespace: string;
    let kube: Kube;
    const client = () => createClient({ url: product.serverUrl });
    const ask = (query: string) => askServer(product.serverUrl, query);
    const logOf = async (mode: string) =>
      (await client().tasks.log(tasks[mode]!))!.map(({ message }) => message).join("\n");
    const untilTold = async (mode: string) => {
      await eventually(`${mode} tells`, async () => new RegExp(failures[mode]!).test(await logOf(mode)));
      await client().tasks.cancel(tasks[mode]!);
    };

    beforeAll(async () => {
      site = await cluster.start({ env: { STYRMIN_DRIVER_ROOTS: folder } });
      ({ product, environment, namespace, systemNamespace, kube } = site);
      await client().drivers.loadLocal(writeVaultDriver(folder, Object.keys(secrets)));
      for (const mode of ["fine", ...Object.keys(failures)]) {
        const parameters = { ...secrets, mode };
        const input = { driver: "vault", environment, name: mode, parameters };
        tasks[mode] = (await client().deployments.create(input)).task!.id;
      }
      await Promise.all(patient.map(untilTold));
      await eventually("the end of all tasks", async () =>
        (await client().tasks.list({})).every(({ state }) => state !== "RUNNING" && state !== "QUEUED"),
      );
    });
    afterAll(async () => {
      await site?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    test("reach the application as they were given, and no command line", async () => {
      expect((await client().tasks.get(tasks.fine!))!.state).toBe("SUCCEEDED");
      const { items } = await kube.list(secretKind, { namespace });
      const { data } = items.find(({ metadata }) => metadata.name.startsWith("fine-"))!;
      const values = Object.entries(data as Record<string, string>);
      const plain = values.map(([key, value]) => [key, Buffer.from(value, "base64").toString()]);
      expect(Object.fromEntries(plain)).toEqual(secrets);
      for (const { command } of processesUsing(product.home)) expectSilent("a command line", command);
    });

    test("can be read where the API says that they are, by who may", async () => {
      const told = (await client().deployments.secrets("fine", { environment }))!;
      expect(told.secrets.map(({ parameter }) => parameter).sort()).toEqual(Object.keys(secrets).sort());
      for (const { parameter, namespace: where, name, key } of told.secrets) {
        const secret = await kube.get({ ...secretKind, namespace: where!, name });
        expect(Buffer.from(secret!.data[key], "base64").toString()).toBe(secrets[parameter]!);
      }
      // As they are printed, with nothing of the environment that names a cluster.
      const { stdout } = await product.cli("deployments", "secrets", `${environment}/fine`);
      const lines = stdout.split("\n").filter((line) => line.startsWith("  kubectl --kubeconfig "));
      expect(lines).toHaveLength(told.secrets.length + 1);
      if (!Bun.which("kubectl")) return;
      const { KUBECONFIG: _, ...env } = process.env;
      const shell = (command: string) => Bun.$`sh -c ${command}`.env(env).quiet().text();
      const { command, parameter } = told.secrets[0]!;
      expect(lines[0]).toEndWith(command!.replace(/^kubectl/, ""));
      expect(await shell(lines[0]!)).toBe(`${secrets[parameter]}\n`);
      const described = await shell(lines.at(-1)!);
      expect(described).toContain(`${parameter}:`);
      expectSilent("what kubectl describes", described);
    });

    test.each(Object.entries(failures))(
      "stay out of a failure (%s), which says what is wrong",
      async (mode, says) => {
        const { state, reason } = (await client().tasks.get(tasks[mode]!))!;
        expect(state).toBe(patient.includes(mode) ? "CANCELLED" : "FAILED");
        const words = patient.includes(mode) ? await logOf(mode) : reason!;
        expect(words).toMatch(says);
        expectSilent("the words", words);
      },
    );

    test("stay out of what the API refuses", async () => {
      const parameters = { ...secrets, s1: [secrets.s1], nope: 1 };
      const input = { driver: "vault", environment, name: "bad", parameters };
      const refused = await client()
        .deployments.create(input)
        .catch((thrown: Error) => thrown);
      expect(String(refused)).toContain("parameters.s1");
      expectSilent("a refusal", JSON.stringify(refused) + String(refused));
    });

    test("stay out of every answer of the API", async () => {
      let fields = 0;
      for (const field of Object.values(schema.getQueryType()!.getFields())) {
        const selection = selectionOf(field, 2);
        if (field.args.some(isRequiredArgument) || selection === "") continue;
        const answer = await ask(`{ ${field.name}${selection} }`);
        expect(JSON.stringify(answer.errors ?? [])).toBe("[]");
        expectSilent(field.name, JSON.stringify(answer));
        fields++;
      }
      expect(fields).toBeGreaterThan(7);
      for (const id of Object.values(tasks)) {
        const answer = await ask(
          `{ task(id: "${id}") { reason steps { error } log { message } instance { parameters context } } }`,
        );
        expect(answer.data.task.log.length).toBeGreaterThan(0);
        expectSilent("a task", JSON.stringify(answer));
      }
    });

    test("stay out of the resources, their status and the events", async () => {
      const kind = { apiVersion: "styrmin.io/v1alpha1", kind: "StyrminDeployment" };
      const resources = await kube.list(kind, { namespace: systemNamespace });
      expect(resources.items).toHaveLength(Object.keys(tasks).length);
      expectSilent("the resources", JSON.stringify(resources));
      const events = await Promise.all(
        [namespace, systemNamespace].map((one) =>
          kube.list({ apiVersion: "v1", kind: "Event" }, { namespace: one }),
        ),
      );
      // A command that is a secret is in the pod for all to see, and what the kubelet says of it too.
      const told = events
        .flatMap(({ items }) => items)
        .filter(({ involvedObject }) => !involvedObject.name.startsWith("command-"));
      expect(told.length).toBeGreaterThan(0);
      expectSilent("the events", JSON.stringify(told));
    });

    test("lie in Secrets alone: those of the Instances beside the resources, the Releases, and the driver's own", async () => {
      const { items } = await kube.list(secretKind, { namespace: systemNamespace });
      const byRole = Object.groupBy(items, ({ metadata }) => metadata.labels?.["styrmin.io/role"] ?? "other");
      expect(Object.keys(byRole).sort()).toEqual(["parameters", "release"]);
      expect(byRole.parameters).toHaveLength(Object.keys(tasks).length);
      const data = JSON.stringify(byRole.parameters!.map((one) => one.data));
      expect(encoded.filter((needle) => !data.includes(needle))).toEqual([]);
      // Whoever lists them sees names, types and labels.
      const http = createHttp(product.kubeconfig);
      const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
      const listing = await http.get(`/api/v1/namespaces/${systemNamespace}/secrets`, { accept });
      expect(listing.body.rows).toHaveLength(items.length);
      expectSilent("the listing of Releases and parameters", JSON.stringify(listing.body));
      const metadata = items.map((one) => one.metadata);
      expectSilent("labels and annotations", JSON.stringify(metadata));
    });

    test("can be read by the agent, and not by the server that wrote them", async () => {
      const http = createHttp(product.kubeconfig);
      const as = (who: string) =>
        http.as(readFileSync(join(product.home, "accounts", `styrmin-${who}.token`), "utf8"));
      const { items } = await kube.list(secretKind, { namespace: systemNamespace });
      const [own] = (await kube.list(secretKind, { namespace })).items;
      const paths = [
        ...items.map(({ metadata }) => `/api/v1/namespaces/${systemNamespace}/secrets/${metadata.name}`),
        `/api/v1/namespaces/${namespace}/secrets/${own!.metadata.name}`,
        `/api/v1/namespaces/${systemNamespace}/secrets`,
        "/api/v1/secrets",
      ];
      for (const path of paths) {
        expect([path, (await as("agent").get(path)).code]).toEqual([path, 200]);
        const refused = await as("server").get(path);
        expect([path, refused.code]).toEqual([path, 403]);
        const patched = await as("server").merge(path, {});
        expect([path, [403, 405].includes(patched.code)]).toEqual([path, true]);
        expect([path, (await as("server").delete(`${path}?dryRun=All`)).code]).toEqual([path, 403]);
      }
    });

    test("stay out of the command line client and the live page", async () => {
      const lines = [
        ["deployments", "list"],
        ["deployments", "list", "-o", "json"],
        ["deployments", "get", `${environment}/fine`],
        ["deployments", "get", `${environment}/command`],
        ["deployments", "logs", `${environment}/fine`],
        ["pods", "list", "-o", "json"],
        ["tasks", "list", "-o", "yaml"],
        ["tasks", "get", tasks.label!],
        ["tasks", "logs", tasks.label!],
        ["tasks", "logs", tasks.render!],
      ];
      const said = await Promise.all(lines.map((line) => product.cli(...line)));
      for (const [index, { code, stdout, stderr }] of said.entries()) {
        expect([lines[index], code, stderr]).toEqual([lines[index], 0, ""]);
        expectSilent(lines[index]!.join(" "), stdout);
      }
      const page = await shownByPage(product.serverUrl);
      expect(page).toContain("fine");
      expectSilent("the page", page);
      expectSilent("the metrics", await (await fetch(`${product.serverUrl}/metrics`)).text());
    });

    test("stay out of the logs, and of every file of the database, the server and the agent", async () => {
      expectSilent("what npm start prints", product.output());
      product.kill("supervisor", "SIGTERM");
      await product.ended();
      let files = 0;
      for (const part of ["postgres", "server", "agent", "logs", "accounts"]) {
        for (const path of readdirSync(join(product.home, part), { recursive: true, withFileTypes: true })) {
          if (!path.isFile()) continue;
          expectSilent(
            join(path.parentPath, path.name),
            readFileSync(join(path.parentPath, path.name), "latin1"),
          );
          files++;
        }
      }
      expect(files).toBeGreaterThan(500);
      if (cluster.isReal) return;
      // The same look finds them where they must be.
      const kept = readdirSync(join(product.home, "cluster")).filter((name) => name.includes("db"));
      const texts = kept.map((name) => readFileSync(join(product.home, "cluster", name), "latin1")).join("");
      expect(encoded.filter((needle) => !texts.includes(needle))).toEqual([]);
    });
  });
}

const secretKind = { apiVersion: "v1", kind: "Secret" };

async function askServer(serverUrl: string, query: string) {
  const init = {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  };
  return (await (await fetch(`${serverUrl}/graphql`, init)).json()) as {
    data: any;
    errors?: object[];
  };
}

/** Every field that can be asked for without an argument, so many levels down. */
function selectionOf({ type }: Pick<GraphQLField<unknown, unknown>, "type">, levels: number): string {
  const named = getNamedType(type);
  if (!isObjectType(named)) return "";
  const fields = Object.values((named as GraphQLObjectType).getFields()).flatMap((field) => {
    const isObject = isObjectType(getNamedType(field.type));
    if (field.args.some(isRequiredArgument) || (isObject && levels === 0)) return [];
    return [`${field.name}${selectionOf(field, levels - 1)}`];
  });
  return ` { ${fields.join(" ")} }`;
}
