import { afterAll, describe, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import postgres from "postgres";
import {
  componentOf,
  createRenderer,
  type DriverFiles,
  type DriverSpec,
  hasLabels,
  type KubeObjectLike,
  problemText,
  resolveParameters,
  supports,
} from "../../drivers/kit/index.ts";
import { readCases } from "../../clients/cli/drivers/cases.ts";
import { readFolder } from "../../clients/cli/drivers/folder.ts";
import { lint } from "../../clients/cli/drivers/lint.ts";
import { renderCases } from "../../clients/cli/drivers/test.ts";
import { loadDriver } from "../../server/drivers/load.ts";
import { helmPath } from "../helpers/charts.ts";
import { eventually } from "../helpers/eventually.ts";
import { testDatabase } from "../helpers/postgres.ts";
import { contextOf, type SampleContext } from "./sample.ts";

const drivers = resolve(import.meta.dir, "../../drivers");
const names = (await readdir(drivers)).filter((name) => name !== "kit").sort();
const versions: Record<string, string[]> = {
  hello: ["1.0.0", "1.1.0"],
  notes: ["1.0.0", "1.4.2"],
  shop: ["1.0.0", "2.0.0"],
};
/** What is of a chart is rendered where there is a helm. */
const testOf = (name: string) => test.skipIf(name === "shop" && !helmPath);
const renderer = createRenderer({ strict: true });
afterAll(() => renderer.close());

const settings = { allowLoopbackGit: false, allowPrivateGit: false, directories: [drivers] };
const loaded = new Map<string, ReturnType<typeof loadDriver>>();

function load(name: string): ReturnType<typeof loadDriver> {
  const loading = loaded.get(name) ?? loadDriver({ kind: "directory", path: join(drivers, name) }, settings);
  loaded.set(name, loading);
  return loading;
}

interface Loaded {
  spec: DriverSpec;
  files: DriverFiles;
}

async function objectsOf(
  { spec, files }: Loaded,
  given: SampleContext & { values?: object } = {},
): Promise<KubeObjectLike[]> {
  const { values, secrets, problems } = resolveParameters(spec, given.values ?? {});
  expect(problems).toEqual([]);
  const context = contextOf(spec, { ...given, parameters: values, secrets: Object.keys(secrets) });
  const plain = Object.fromEntries(Object.keys(secrets).map((name) => [name, 'geheim"123']));
  const outcome = await renderer.render({ spec, files, context, secrets: plain });
  if (outcome.problems) throw new Error(outcome.problems.map(problemText).join("\n"));
  return outcome.objects;
}

const find = (objects: KubeObjectLike[], kind: string, name?: string) =>
  objects.find((each) => each.kind === kind && (name === undefined || each.metadata.name === name))!;

describe("the bundled drivers", () => {
  test("are these", () => {
    expect(names).toEqual(Object.keys(versions));
  });

  for (const name of Object.keys(versions)) {
    testOf(name)(
      `${name} is sound and renders for each of its versions, with and without host names`,
      async () => {
        const driver = await load(name);
        expect(driver.spec.name).toBe(name);
        for (const version of versions[name]!) {
          expect(supports(driver.spec, version)).toBe(true);
          for (const cluster of [
            {},
            { fqdn_suffix: "localhost", ingress_class: "nginx", standard_storage: { storage_class: "fast" } },
          ]) {
            const objects = await objectsOf(driver, { version, cluster });
            expect(objects.some(({ kind }) => kind === "Ingress")).toBe("fqdn_suffix" in cluster);
          }
        }
      },
    );

    testOf(name)(`${name}'s pods are found by its components, its services and its selectors`, async () => {
      const driver = await load(name);
      const objects = await objectsOf(driver, { cluster: { fqdn_suffix: "localhost" } });
      const workloads = objects.filter(({ kind }) => kind === "Deployment" || kind === "StatefulSet");
      const found = workloads.map((each) =>
        componentOf(driver.spec.components, each.spec.template.metadata.labels),
      );
      expect(found.toSorted()).toEqual(Object.keys(driver.spec.components).sort());
      for (const { spec } of workloads) {
        expect(hasLabels(spec.template.metadata.labels, spec.selector.matchLabels)).toBe(true);
        expect(spec.selector.matchLabels["app.kubernetes.io/instance"]).toBe("mine-cafe1234");
      }
      for (const service of objects.filter(({ kind }) => kind === "Service")) {
        const pods = workloads.filter(({ spec }) =>
          hasLabels(spec.template.metadata.labels, service.spec.selector),
        );
        expect(pods).toHaveLength(1);
      }
    });

    testOf(name)(
      `${name} is given 5 s for an answer: a busy node is slow, and no reason to restart`,
      async () => {
        const workloads = (await objectsOf(await load(name))).filter(({ spec }) => spec?.template);
        const containers = workloads.flatMap(({ spec }) => spec.template.spec.containers);
        const asked = containers
          .flatMap((one) => [one.startupProbe, one.readinessProbe, one.livenessProbe])
          .filter((probe) => probe?.httpGet);
        expect(asked.map(({ timeoutSeconds }) => timeoutSeconds)).toEqual([5, 5, 5]);
      },
    );

    testOf(name)(`${name}'s objects are named after the release, within Kubernetes' bounds`, async () => {
      const driver = await load(name);
      const context = contextOf(driver.spec, {
        cluster: { fqdn_suffix: "localhost" },
        secrets: ["database_password"],
      });
      context.instance.release_name = `${"a".repeat(54)}-cafe1234`;
      context.parameters = { ...resolveParameters(driver.spec, {}).values, ...context.parameters };
      const { objects } = await renderer.render({ ...driver, context, secrets: { database_password: "x" } });
      for (const { kind, metadata } of objects!) {
        expect(metadata.name).toStartWith("aaaa");
        expect(metadata.name.length).toBeLessThanOrEqual(kind === "StatefulSet" ? 52 : 63);
      }
    });
  }
});

describe("as for any author", () => {
  const signal = new AbortController().signal;
  for (const name of names) {
    testOf(name)(`${name} passes the cases of its author`, async () => {
      const { files, spec } = await readFolder(join(drivers, name));
      const { cases, problems } = readCases(files);
      expect(problems).toEqual([]);
      const results = await renderCases({ files, spec: spec!, problems: [] }, cases, signal, () => {});
      expect(results.map((one) => ({ name: one.name, failures: one.failures }))).toEqual(
        cases.map((one) => ({ name: one.name, failures: [] })),
      );
      expect(results.length).toBeGreaterThan(2);
    });

    test(`there is nothing to be said against ${name}, no warning either`, async () => {
      expect(await lint(await readFolder(join(drivers, name)), signal, () => {})).toEqual([]);
    });
  }
});

describe("hello", () => {
  test("takes its parameters, and restarts its pods when one changes", async () => {
    const driver = await load("hello");
    const values = { greeting: 'It\'s "me": {{ 7 * 7 }} # <b>', replicas: 5, colour: "green" };
    const before = find(await objectsOf(driver), "Deployment");
    const after = find(
      await objectsOf(driver, { values, deployment: { env_vars: { web: { MOTTO: "on" } } } }),
      "Deployment",
    );
    expect(after.spec.replicas).toBe(5);
    const [container] = after.spec.template.spec.containers;
    expect(container.env).toContainEqual({ name: "GREETING", value: values.greeting });
    expect(container.env).toContainEqual({ name: "MOTTO", value: "on" });
    expect(after.spec.template).not.toEqual(before.spec.template);
    expect(after.spec.selector).toEqual(before.spec.selector);
  });

  test("answers under both host names", async () => {
    const ingress = find(
      await objectsOf(await load("hello"), { cluster: { fqdn_suffix: "localhost", ingress_class: "nginx" } }),
      "Ingress",
    );
    expect(ingress.spec.ingressClassName).toBe("nginx");
    expect(ingress.spec.rules.map(({ host }: { host: string }) => host)).toEqual([
      "web-cafe1234.localhost",
      "web-demo.localhost",
    ]);
  });

  test("is a page that shows the greeting, and looks different by version", async () => {
    const pages: string[] = [];
    for (const version of ["1.0.0", "1.1.0"]) {
      const program = await run("hello", { APP_VERSION: version, GREETING: "Hi <there>" });
      pages.push(await (await fetch(program.url)).text());
      expect((await fetch(`${program.url}/healthz`)).status).toBe(200);
      expect((await fetch(`${program.url}/nope`)).status).toBe(404);
      await program.stop();
    }
    for (const page of pages) expect(page).toContain("<h1>Hi &lt;there&gt;</h1>");
    expect(pages[0]).not.toContain("answered by");
    expect(pages[1]).toContain("answered by");
  });

  test("goes on answering for a moment when it is told to stop, but is not ready", async () => {
    const stopped = async () => {
      const program = await run("hello");
      program.process.kill("SIGTERM");
      let ready = 200;
      while (ready === 200) ready = await statusOf(`${program.url}/healthz`);
      return { ready, page: await statusOf(program.url), code: await program.process.exited };
    };
    let seen = await stopped();
    // The moment is two seconds long; a machine that stands still for as long (a virtual one may) has seen nothing.
    for (let tries = 1; seen.page === 0 && tries < 5; tries++) seen = await stopped();
    expect(seen).toEqual({ ready: 503, page: 200, code: 0 });
  });
});

describe("notes", () => {
  test("keeps its password in a Secret and its data on a volume", async () => {
    const objects = await objectsOf(await load("notes"), {
      values: { storage_size: "5Gi" },
      cluster: { standard_storage: { storage_class: "fast" } },
    });
    expect(atob(find(objects, "Secret").data.password)).toBe('geheim"123');
    expect(find(objects, "PersistentVolumeClaim").spec).toMatchObject({
      storageClassName: "fast",
      resources: { requests: { storage: "5Gi" } },
    });
    for (const kind of ["Deployment", "StatefulSet", "ConfigMap"])
      expect(JSON.stringify(find(objects, kind))).not.toContain("geheim");
  });

  test("waits for its database, keeps notes, and shows them as a page and as JSON", async () => {
    const database = await testDatabase({ migrated: false });
    const { hostname, port, pathname } = new URL(database.url);
    const role = await addRole(database.url);
    const program = await run("notes", {
      TITLE: "My <notes>",
      DATABASE_HOST: hostname,
      DATABASE_PORT: port,
      DATABASE_USER: role,
      DATABASE_PASSWORD: "geheim",
      DATABASE_NAME: pathname.slice(1),
    });
    await eventually("it is ready", async () => (await fetch(`${program.url}/healthz`)).ok);
    const post = (body: BodyInit, type = "application/json") =>
      fetch(`${program.url}/notes`, {
        method: "POST",
        body,
        headers: { "content-type": type },
        redirect: "manual",
      });
    expect((await post('{"text":"Milk & <bread>"}')).status).toBe(201);
    expect((await post("text=Tea", "application/x-www-form-urlencoded")).status).toBe(303);
    for (const bad of [
      "{}",
      "no json",
      '{"text":""}',
      '{"text":5}',
      '{"text":"a\\u0000b"}',
      JSON.stringify({ text: "x".repeat(2_001) }),
    ]) {
      expect((await post(bad)).status).toBe(400);
    }
    const notes = (await (await fetch(`${program.url}/notes`)).json()) as { id: number; text: string }[];
    expect(notes.map(({ text }) => text)).toEqual(["Tea", "Milk & <bread>"]);
    const page = await (await fetch(program.url)).text();
    expect(page).toContain("My &lt;notes&gt;");
    expect(page).toContain("Milk &amp; &lt;bread&gt;");
    expect((await fetch(`${program.url}/notes/${notes[0]!.id}`, { method: "DELETE" })).status).toBe(204);
    expect(await (await fetch(`${program.url}/notes`)).json()).toHaveLength(1);
    await program.stop();
    const sql = postgres(database.url, { max: 1 });
    await sql.unsafe(`drop owned by ${role} cascade; drop role ${role}`);
    await sql.end();
    await database.drop();
  });

  test("is alive but not ready without a database", async () => {
    const program = await run("notes", { DATABASE_HOST: "127.0.0.1", DATABASE_PORT: "1" });
    expect((await fetch(`${program.url}/healthz`)).status).toBe(503);
    expect((await fetch(`${program.url}/livez`)).status).toBe(200);
    expect((await fetch(`${program.url}/notes`)).status).toBe(503);
    await program.stop();
  });
});

/** A role as the public image would make it: the tests' own one has a password that Bun's client finds too weak. */
async function addRole(url: string): Promise<string> {
  const sql = postgres(url, { max: 1 });
  const name = `notes_${crypto.randomUUID().slice(0, 8)}`;
  await sql.unsafe(`set scram_iterations = 4096; create role ${name} login password 'geheim'`);
  await sql.unsafe(`grant all on schema public to ${name}`);
  await sql.end();
  return name;
}

/** Of an answer; 0 where nobody answers. */
async function statusOf(url: string): Promise<number> {
  return await fetch(url).then(
    ({ status }) => status,
    () => 0,
  );
}

/** Runs an application as its container does, on a free port. */
async function run(name: string, env: Record<string, string> = {}) {
  const process = Bun.spawn([globalThis.process.execPath, "--no-install", join(drivers, name, "server.ts")], {
    cwd: "/",
    env: { PORT: "0", ...env },
    stdout: "pipe",
    stderr: "ignore",
  });
  const decoder = new TextDecoder();
  let output = "";
  void (async () => {
    for await (const chunk of process.stdout) output += decoder.decode(chunk, { stream: true });
  })();
  const port = await eventually(`${name} listens`, () => /listens on port (\d+)/.exec(output)?.[1]);
  return {
    process,
    url: `http://127.0.0.1:${port}`,
    async stop() {
      process.kill("SIGKILL");
      await process.exited;
    },
  };
}
