// Every example of the guide for authors is run as it stands there; docs/drivers/README.md says how.
import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseAllDocuments } from "yaml";
import { createRenderer, parseDriver, problemText } from "../../drivers/kit/index.ts";
import { contextOf, filesOf, specOf } from "../drivers/sample.ts";
import { helmPath } from "../helpers/charts.ts";
import { type GitServer, startGitServer } from "../helpers/git-server.ts";
import { type OciRegistry, startOciRegistry } from "../helpers/oci-registry.ts";
import { type Product, startProduct } from "../helpers/product.ts";
import { type Block, isShown, readBlocks, writeBlock } from "./page.ts";

const root = resolve(import.meta.dir, "../..");
const guide = join(root, "docs/drivers");
const pages = (await readdir(guide)).filter((name) => name.endsWith(".md")).sort();

const scratch = mkdtempSync(join(tmpdir(), "styrmin-guide-"));
const renderer = createRenderer();
let product: Promise<Product> | undefined;
let servers: Promise<[GitServer, OciRegistry]> | undefined;
afterAll(async () => {
  await renderer.close();
  await (await product)?.stop();
  for (const server of (await servers) ?? []) await server.stop();
  await rm(scratch, { recursive: true, force: true });
});

const styrminctl = join(scratch, "bin/styrminctl");
await Bun.write(
  styrminctl,
  `#!/bin/sh\nexec "${process.execPath}" --no-install "${root}/clients/cli/main.ts" "$@"\n`,
);
chmodSync(styrminctl, 0o755);

let counted = 0;

describe("the guide for authors", () => {
  for (const page of pages) {
    test(`${page} holds in every example`, async () => {
      const blocks = await readBlocks(root, join(guide, page));
      const folder = mkdtempSync(join(scratch, `${page.replace(".md", "")}-`));
      const typed: Block[] = [];
      await using background = new AsyncDisposableStack();
      let printed: string | undefined;
      for (const block of blocks) {
        const { place, language, what, text } = block;
        counted++;
        await writeBlock(folder, block);
        if (language === "sh" && what === "background") background.defer(await start(block, folder));
        else if (language === "sh") printed = await run(block, folder);
        else if (language === "ts") typed.push(block);
        else if (what === "output" && printed === undefined) continue;
        else if (what === "output")
          expect({ place, printed }).toEqual({ place, printed: shown(text, printed) });
        else if (language === "yaml") await checkYaml(block);
        else if (language === "jinja") await checkJinja(block);
        else if (language === "json") JSON.parse(text);
        else if (language !== "text" && !(language === "js" && block.file !== undefined))
          throw new Error(`${place}: "${language}" is no kind of example that is known`);
      }
      await checkTypes(typed, folder);
    });
  }

  test("has pages with examples, and every page is in its index", async () => {
    const index = await readFile(join(guide, "README.md"), "utf8");
    expect(pages.filter((page) => page !== "README.md" && !index.includes(`(${page})`))).toEqual([]);
    console.log(`the guide for authors: ${counted} examples on ${pages.length} pages`);
    expect(counted).toBeGreaterThan(5);
  });
});

/** The page's own text when it tells what was printed: then the comparison holds, and else shows both. */
const shown = (text: string, printed = "") => (isShown(text, printed) ? printed : text);

/** Starts a command that goes on beside the others, and waits for what it prints first; answers how to end it. */
async function start({ place, text }: Block, folder: string): Promise<() => Promise<void>> {
  port = freePort();
  const { here } = await addresses(text);
  const child = Bun.spawn(["bash", "-euc", `exec ${here(text)}`], {
    cwd: folder,
    env: { ...process.env, GIT_CONFIG_NOSYSTEM: "1", HOME: folder },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { done } = await child.stdout.getReader().read();
  if (done) throw new Error(`${place}: ended with ${await child.exited} before it printed anything`);
  return async () => {
    child.kill();
    await child.exited;
  };
}

const wordsOfCommands = ["fails", "server", "helm"];

/** Runs commands as a reader would; answers what they printed, or undefined where they cannot be run. */
async function run({ place, what, text }: Block, folder: string): Promise<string | undefined> {
  const words = what.split(" ").filter(Boolean);
  const unknown = words.find((word) => !wordsOfCommands.includes(word));
  if (unknown) throw new Error(`${place}: "${unknown}" says nothing about commands`);
  if (words.includes("helm") && !helmPath) return undefined;
  const [fails, server] = [words.includes("fails"), words.includes("server")];
  const { here, there } = await addresses(text);
  const identity = { NAME: "Author", EMAIL: "author@example.org" };
  const child = Bun.spawn(["bash", "-euo", "pipefail", "-c", here(text)], {
    cwd: folder,
    env: {
      ...process.env,
      ...Object.fromEntries(
        Object.entries(identity).flatMap(([name, value]) => [
          [`GIT_AUTHOR_${name}`, value],
          [`GIT_COMMITTER_${name}`, value],
        ]),
      ),
      GIT_CONFIG_NOSYSTEM: "1",
      PATH: `${join(scratch, "bin")}:${helmPath ? `${dirname(helmPath)}:` : ""}${process.env.PATH}`,
      HOME: folder,
      KUBECONFIG: join(folder, "no-kubeconfig"),
      STYRMIN_SERVER_ADDRESS: server ? (await running()).serverUrl : "http://127.0.0.1:1",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if ((code === 0) === fails) throw new Error(`${place}: ended with ${code}:\n${text}\n${out}\n${err}`);
  return there(out + err);
}

const gitName = "https://git.example.com";
const registryName = "registry.example.com";

/** The port of what runs in the background, on the pages and here. */
const shownPort = "8418";
const freePort = () => {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const port = String(listener.port);
  listener.stop(true);
  return port;
};
/** Chosen when it is needed: somebody else may take it before long. */
let port = shownPort;

/** The git server and the registry of the pages are real ones on loopback; a repository is made when it is named. */
async function addresses(text: string) {
  if (!text.includes(gitName) && !text.includes(registryName)) {
    return {
      here: (text: string) => text.replaceAll(shownPort, port),
      there: (text: string) => text.replaceAll(`127.0.0.1:${port}`, `127.0.0.1:${shownPort}`),
    };
  }
  servers ??= Promise.all([startGitServer(), startOciRegistry()]);
  const [git, registry] = await servers;
  for (const [, name] of text.matchAll(/https:\/\/git\.example\.com\/([\w-]+)\.git/g)) {
    const repository = join(git.root, `${name}.git`);
    if (await Bun.file(join(repository, "HEAD")).exists()) continue;
    Bun.spawnSync(["git", "init", "--quiet", "--bare", "--initial-branch=main", repository]);
    Bun.spawnSync(["git", "-C", repository, "config", "http.receivepack", "true"]);
  }
  return {
    here: (text: string) => text.replaceAll(gitName, git.origin).replaceAll(registryName, registry.host),
    there: (text: string) => text.replaceAll(git.origin, gitName).replaceAll(registry.host, registryName),
  };
}

/** The product, for the commands that need a server: one for all pages, started by the first. */
function running(): Promise<Product> {
  product ??= startProduct({
    isDatabaseShared: true,
    env: {
      STYRMIN_DRIVER_ROOTS: scratch,
      STYRMIN_ALLOW_LOOPBACK_GIT: "true",
      ...(helmPath ? { STYRMIN_HELM: helmPath } : {}),
    },
  });
  return product;
}

const specKeys = new Set(
  "version supported_versions default_version info helm manifests components services parameters env_vars container_overrides actions".split(
    " ",
  ),
);

/** A whole driver or keys of one must be right (or, `refused`, must not); other YAML must be YAML. */
async function checkYaml({ place, file, what, text }: Block): Promise<void> {
  const documents = parseAllDocuments(text);
  if (/{{|{%/.test(text)) {
    // A template, which the commands of the page render.
    expect({ place, isFile: file !== undefined }).toEqual({ place, isFile: true });
    return;
  }
  for (const document of documents) expect({ place, errors: document.errors }).toEqual({ place, errors: [] });
  const [first] = documents;
  const value = first?.toJS() as Record<string, unknown> | null;
  const keys = Object.keys(value ?? {});
  const isWhole = value?.apiVersion === "styrmin.io/v1" && value.kind === "ApplicationDriver";
  const isPart = documents.length === 1 && keys.length > 0 && keys.every((key) => specKeys.has(key));
  if (!isWhole && !(isPart && file === undefined)) {
    expect({ place, what }).toEqual({ place, what: "" });
    return;
  }
  const { problems } = parseDriver(isWhole ? text : withRest(text, keys));
  const found = problems?.map(problemText) ?? [];
  if (what === "refused") expect({ place, isRefused: found.length > 0 }).toEqual({ place, isRefused: true });
  else expect({ place, found }).toEqual({ place, found: [] });
}

/** Keys of a specification, with what else a driver needs: components of the names that examples use. */
function withRest(text: string, keys: string[]): string {
  const label = (name: string) =>
    `    ${name}: { identifier: { label: { app.kubernetes.io/component: ${name} } } }`;
  const rest: Record<string, string> = {
    version: '  version: "1"',
    supported_versions: '  supported_versions: ">=1.0,<2.0"',
    components: ["  components:", ...["web", "worker", "database"].map(label)].join("\n"),
  };
  const missing = Object.entries(rest).flatMap(([key, line]) => (keys.includes(key) ? [] : [line]));
  const own = text.split("\n").map((line) => (line === "" ? "" : `  ${line}`));
  return [
    "apiVersion: styrmin.io/v1\nkind: ApplicationDriver\nmetadata: { name: sample }\nspec:",
    ...missing,
    ...own,
  ].join("\n");
}

/** A piece of a template must at least be one. Files are rendered by the commands of the page. */
async function checkJinja(block: Block): Promise<void> {
  if (block.file !== undefined) return;
  const label = (name: string) => `{ identifier: { label: { app: ${name} } } }`;
  const spec = specOf(
    `  components: { web: ${label("web")}, worker: ${label("worker")}, database: ${label("database")} }`,
  );
  const files = filesOf({
    "manifests/piece.yaml": `{% set piece %}${block.text}{% endset %}`,
    "server.ts": "",
  });
  const { problems } = await renderer.render({ spec, files, context: contextOf(spec), secrets: {} });
  expect({ place: block.place, problems }).toEqual({ place: block.place, problems: undefined });
}

/** All TypeScript of a page at once: files where they are, pieces in files of their own. */
async function checkTypes(blocks: Block[], folder: string): Promise<void> {
  if (blocks.length === 0) return;
  for (const [index, block] of blocks.entries())
    if (block.file === undefined) writeFileSync(join(folder, `piece-${index}.ts`), block.text);
  const { compilerOptions } = await Bun.file(join(root, "tsconfig.json")).json();
  const own = {
    ...compilerOptions,
    typeRoots: [join(root, "node_modules/@types"), join(root, "node_modules")],
  };
  const paths = { "@styrmin/driver-kit": [join(root, "drivers/kit/index.ts")] };
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions: { ...own, paths, noUnusedLocals: false }, include: ["**/*.ts"] }),
  );
  const child = Bun.spawnSync([process.execPath, "check", "--no-script"], { cwd: folder });
  const said = child.stdout.toString() + child.stderr.toString();
  expect({ places: blocks.map(({ place }) => place), said: child.success ? "" : said }).toMatchObject({
    said: "",
  });
}
