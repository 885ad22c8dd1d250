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
import { createKube } from "../../kube/client.ts";
import { loadKubeAccess } from "../../kube/config.ts";
import { processesUsing } from "../../local/processes.ts";
import { eventually } from "../helpers/eventually.ts";
import { type Product, startProduct } from "../helpers/product.ts";
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

let product: Product;
const folder = mkdtempSync(join(tmpdir(), "vault-"));

/** The secrets that a text gives away, in plain or as base64. */
function expectSilent(where: string, text: string): void {
  const leaks = [...marks, ...encoded].filter((needle) => text.includes(needle));
  const around = leaks.map((needle) => text.slice(Math.max(0, text.indexOf(needle) - 150)).slice(0, 300));
  expect([where, around]).toEqual([where, []]);
}

/** Ways for a driver to fail with the true secrets in its hands, and what the user is to read then. */
const failures: Record<string, string> = {
  render: "RenderFailed",
  yaml: "RenderFailed",
  label: "ApplyRefused",
  type: "ApplyRefused",
  kind: "ApplyRefused",
  name: "RenderFailed",
  command: "keeps ending",
  missing: "cannot be pulled",
};
const tasks: Record<string, string> = {};

beforeAll(async () => {
  product = await startProduct({ env: { STYRMIN_DRIVER_ROOTS: folder } });
  await client().drivers.loadLocal(writeVaultDriver(folder, Object.keys(secrets)));
  for (const mode of ["fine", ...Object.keys(failures)]) {
    const parameters = { ...secrets, mode };
    // What is stalled fails at once; a pod that does not come up may yet.
    const timeoutSeconds = ["command", "missing"].includes(mode) ? 8 : 60;
    const input = { driver: "vault", environment: "demo", name: mode, parameters, timeoutSeconds };
    tasks[mode] = (await client().deployments.create(input)).task!.id;
  }
  await eventually("the end of all tasks", async () =>
    (await client().tasks.list({})).every((task) => ["SUCCEEDED", "FAILED"].includes(task.state)),
  );
}, 90_000);
afterAll(async () => {
  await product?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("twenty secrets", () => {
  test("reach the application as they were given, and no command line", async () => {
    expect((await client().tasks.get(tasks.fine!))!.state).toBe("SUCCEEDED");
    const { items } = await (await kube()).list(secretKind, { namespace: "env-demo" });
    const { data } = items.find(({ metadata }) => metadata.name.startsWith("fine-"))!;
    const values = Object.entries(data as Record<string, string>);
    const plain = values.map(([key, value]) => [key, Buffer.from(value, "base64").toString()]);
    expect(Object.fromEntries(plain)).toEqual(secrets);
    for (const { command } of processesUsing(product.home)) expectSilent("a command line", command);
  });

  test.each(Object.entries(failures))(
    "stay out of a failure (%s), which says what is wrong",
    async (mode, says) => {
      const task = (await client().tasks.get(tasks[mode]!))!;
      expect([task.state, task.reason]).toEqual(["FAILED", expect.stringContaining(says)]);
      expectSilent("the reason", task.reason!);
    },
  );

  test("stay out of what the API refuses", async () => {
    const parameters = { ...secrets, s1: [secrets.s1], nope: 1 };
    const input = { driver: "vault", environment: "demo", name: "bad", parameters };
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
    const client = await kube();
    const resources = await client.list({ apiVersion: "styrmin.io/v1alpha1", kind: "StyrminDeployment" });
    expect(resources.items).toHaveLength(Object.keys(tasks).length);
    expectSilent("the resources", JSON.stringify(resources));
    const events = await client.list({ apiVersion: "v1", kind: "Event" });
    // A command that is a secret is in the pod for all to see, and what the kubelet says of it too.
    const told = events.items.filter(({ involvedObject }) => !involvedObject.name.startsWith("command-"));
    expect(told.length).toBeGreaterThan(0);
    expectSilent("the events", JSON.stringify(told));
  });

  test("stay out of the command line client and the live page", async () => {
    const lines = [
      ["deployments", "list"],
      ["deployments", "list", "-o", "json"],
      ["deployments", "get", "demo/fine"],
      ["deployments", "get", "demo/command"],
      ["deployments", "logs", "demo/fine"],
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
    for (const part of ["postgres", "server", "agent", "logs"]) {
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
    // The same look finds them where they must be.
    const kept = readdirSync(join(product.home, "cluster")).filter((name) => name.includes("db"));
    const texts = kept.map((name) => readFileSync(join(product.home, "cluster", name), "latin1")).join("");
    expect(encoded.filter((needle) => !texts.includes(needle))).toEqual([]);
  });
});

const secretKind = { apiVersion: "v1", kind: "Secret" };
const client = () => createClient({ url: product.serverUrl });
const kube = async () => createKube({ config: await loadKubeAccess({ kubeconfig: product.kubeconfig }) });

async function ask(query: string) {
  const init = {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  };
  return (await (await fetch(`${product.serverUrl}/graphql`, init)).json()) as {
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
