import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { cagedOptions } from "../../../drivers/kit/index.ts";
import { createPlaces } from "../../../server/drivers/places.ts";
import { canConfine, confinedCommand } from "../../../server/drivers/confine.ts";

let folder: string;
let listener: ReturnType<typeof Bun.serve>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "styrmin-test-confine-"));
  await writeFile(join(folder, "sealing.key"), "canary");
  listener = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("hello") });
});
afterAll(async () => {
  await listener.stop(true);
  await rm(folder, { recursive: true, force: true });
});

test("places are given in turn, and given back once", async () => {
  const take = createPlaces(2, { waitMs: 50, what: "things go on" });
  const [first, second] = [await take(), await take()];
  const third = take();
  first();
  first();
  const give = await third;
  await expect(take()).rejects.toMatchObject({ code: "UNAVAILABLE" });
  const stop = new AbortController();
  const stopped = take(stop.signal);
  stop.abort(new Error("enough"));
  await expect(stopped).rejects.toThrow("enough");
  second();
  give();
  await Promise.all([take(), take()]);
});

/** What a child tries that somebody else has taken over: each is answered by what came of it. */
const probe = `
  import { readFileSync, readdirSync, writeFileSync } from "node:fs";
  const [key, home, parent, url] = JSON.parse(await Bun.stdin.text());
  const tried = (work) => { try { return String(work()).slice(0, 40); } catch (thrown) { return "no: " + thrown.code; } };
  const answer = {
    key: tried(() => readFileSync(key)),
    listing: tried(() => readdirSync(home)),
    environment: tried(() => readFileSync("/proc/" + parent + "/environ")),
    passwords: tried(() => readFileSync("/etc/shadow")),
    written: tried(() => writeFileSync(key + ".new", "x")),
    variables: Object.keys(process.env).filter((name) => /DATABASE|TOKEN|STYRMIN/.test(name)),
    network: await fetch(url).then((response) => response.text()),
  };
  console.log(JSON.stringify(answer));
`;

/** Runs the probe by the same launcher: as text, since a file of the test may not be read there. */
async function run(): Promise<Record<string, unknown>> {
  const command = confinedCommand("probe.ts", 256 * 1024 * 1024);
  const launched = canConfine() ? (JSON.parse(command.at(-1)!) as { command: string[] }) : undefined;
  const program = [process.execPath, "--no-install", "--smol", "-e", probe];
  const whole = launched
    ? [...command.slice(0, -1), JSON.stringify({ ...launched, command: program })]
    : [...command.slice(0, command.indexOf(process.execPath)), ...program];
  const stdin = JSON.stringify([join(folder, "sealing.key"), homedir(), process.pid, listener.url.href]);
  const child = Bun.spawn(whole, { ...cagedOptions, stdin: new Blob([stdin]), stderr: "pipe" });
  const text = await new Response(child.stdout).text();
  if (text === "") throw new Error(await new Response(child.stderr).text());
  return JSON.parse(text);
}

test("the process that reads repositories reads nothing else, and writes nothing", async () => {
  const found = await run();
  expect(found).toMatchObject({ variables: [], network: "hello" });
  expect(found.written).toStartWith("no:");
  if (!canConfine()) return console.log("confinement: this kernel has no Landlock");
  expect(existsSync(join(folder, "sealing.key.new"))).toBe(false);
  for (const what of ["key", "listing", "environment", "passwords"])
    expect([what, found[what]]).toEqual([what, "no: EACCES"]);
});
